"""Appliances that differ in who may come in, with one administrator who is signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.conftest import MakeSettings
from tests.support.web import PASSWORD, Web, open_web

ANNA = {"username": "anna", "password": PASSWORD}


@asynccontextmanager
async def opened(
    make_settings: MakeSettings, database_url: str, **settings: Any
) -> AsyncIterator[tuple[Web, httpx.AsyncClient]]:
    """The application and anna's browser; no model and no queue."""
    made = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", clip_model="not-there", **settings
    )
    async with open_web(made) as web, web.signed_in() as anna:
        yield web, anna


async def audit_rows(web: Web, action: str) -> list[tuple[str, str]]:
    """Outcome and reason of what the audit log has of this kind, in order."""
    rows = await web.db.fetch("SELECT outcome, reason FROM audit WHERE action = {} ORDER BY id", action)
    return [(row["outcome"], row["reason"]) for row in rows]
