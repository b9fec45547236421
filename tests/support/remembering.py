"""What a process remembers of who may see what: whether it hears of changes, and whether it took note of one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from appliance.db.engine import open_database
from tests.support.waiting import eventually_async
from tests.support.web import Web

_TABLES = ("session", "api_key", "account", "share", "asset", "folder")


async def listening(web: Web) -> None:
    async def hears() -> bool:
        return web.context.access.hears

    await eventually_async(hears)


@asynccontextmanager
async def nobody_notified(web: Web) -> AsyncIterator[None]:
    for table in _TABLES:
        await web.db.ddl(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in _TABLES:
        await web.db.ddl(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def media(asset: dict[str, Any]) -> str:
    return f"/media/{asset['id']}/{asset['media_version']}/240"


async def status(client: httpx.AsyncClient, asset: dict[str, Any]) -> int:
    return (await client.get(media(asset))).status_code


async def soon(client: httpx.AsyncClient, asset: dict[str, Any], wanted: int, *, seconds: float = 3) -> None:
    async def as_wanted() -> bool:
        return await status(client, asset) == wanted

    await eventually_async(as_wanted, seconds)


async def does(database_url: str, sql: str) -> None:
    """What another process changes."""
    async with open_database(database_url, pool_size=1) as other:
        await other.fetch(sql)
