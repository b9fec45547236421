"""A running server with people in it, for the page's stories about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from playwright.sync_api import Browser, Page

from tests.support import services
from tests.support.browser import PHOTOS, Visitor, visiting
from tests.support.up import Up

PASSWORD = "correct horse battery"
FIRST, SECOND, THIRD = sorted(PHOTOS.iterdir())[:3]


@dataclass(frozen=True, slots=True)
class House:
    """A running server that anna looks after, with two of her pictures in ``Trips/Summer``."""

    browser: Browser
    up: Up
    #: anna at the API for all of the run: as many sign-ins as there are tests would be told to wait.
    admin: httpx.Client

    @contextmanager
    def client(self, name: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
        """Somebody at the API, in another browser."""
        with httpx.Client(
            base_url=self.up.url, headers={"Origin": self.up.url}, trust_env=False, timeout=60
        ) as client:
            answer = client.post("/api/auth/login", json={"username": name, "password": password})
            assert answer.is_success, answer.text
            yield client

    @contextmanager
    def visitor(self, name: str | None, password: str = PASSWORD, **options: Any) -> Iterator[Visitor]:
        """Somebody at the page, signed in unless the name is None."""
        with visiting(self.browser, f"{self.up.url}/", **options) as visitor:
            if name is not None:
                visitor.signed_in(name, password)
            yield visitor

    def person(self, name: str, role: str = "member") -> str:
        """The id of a new account."""
        body = {"username": name, "role": role, "password": PASSWORD}
        answer = self.admin.post("/api/admin/users", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def age_sessions(self) -> None:
        """Let an hour pass since people last proved who they are, but not for :attr:`admin`."""

        async def change() -> None:
            connection = await asyncpg.connect(self.up.postgres.url)
            await connection.execute(
                "UPDATE session SET authenticated_at = now() - interval '1 hour'"
                " WHERE id <> (SELECT id FROM session ORDER BY created_at LIMIT 1)"
            )
            await connection.close()

        services.in_thread(change)


def add(client: httpx.Client, photo: Path, **fields: str) -> str:
    """The id of a picture that is in the library now."""
    with photo.open("rb") as file:
        answer = client.post("/api/assets", files={"file": (photo.name, file)}, data=fields)
    assert answer.is_success, answer.text
    return str(answer.json()["asset"]["id"])


def act(page: Page, menu: str, entry: str) -> None:
    """Open the menu of a row and choose."""
    page.get_by_role("button", name=menu).click()
    page.get_by_role("menuitem", name=entry).click()
