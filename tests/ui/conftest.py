"""A browser for the whole run, and a library with pictures in it that the tests only look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support import services
from tests.support.browser import PHOTOS, Visitor, launch, visiting
from tests.support.up import Up
from tests.support.waiting import eventually
from tests.ui.house import FIRST, PASSWORD, SECOND, House, add

NAME = "anna"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@dataclass(frozen=True, slots=True)
class Library:
    """A running server whose one account has all the photos of the suite."""

    up: Up
    client: httpx.Client

    def waiting(self) -> int:
        jobs = self.client.get("/api/status").json()["jobs"]
        return int(jobs["pending"]) + int(jobs["running"])

    def add(self, photo: Path, **fields: str) -> str:
        with photo.open("rb") as file:
            answer = self.client.post("/api/assets", files={"file": (photo.name, file)}, data=fields)
        assert answer.is_success, answer.text
        return str(answer.json()["asset"]["id"])


@pytest.fixture(scope="session")
def library(browser: Browser) -> Iterator[Library]:
    """Started only where there is a browser."""
    folder = services.new_folder()
    try:
        with (
            Up(folder / "data") as up,
            httpx.Client(base_url=up.url, headers={"Origin": up.url}, trust_env=False, timeout=60) as client,
        ):
            account = {"token": up.setup_token(), "username": NAME, "password": PASSWORD}
            assert client.post("/api/auth/setup", json=account).status_code == 201
            made = Library(up, client)
            for number, photo in enumerate(sorted(PHOTOS.iterdir())):
                made.add(
                    photo,
                    folder="Trips/Summer" if number % 9 == 0 else "",
                    tags="garden" if number % 7 == 0 else "",
                )
            eventually(lambda: made.waiting() == 0, 180)
            yield made
    finally:
        services.remove_folder(folder)


@pytest.fixture(scope="session")
def session(browser: Browser, library: Library) -> dict[str, Any]:
    """Cookies of somebody who has signed in through the page."""
    with visiting(browser, f"{library.up.url}/") as visitor:
        visitor.signed_in(NAME, PASSWORD)
        return dict(visitor.context.storage_state())


@pytest.fixture
def visitor(
    browser: Browser, library: Library, session: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """Signed in; ``@pytest.mark.parametrize("visitor", [{...}], indirect=True)`` gives another kind of screen."""
    options = getattr(request, "param", {})
    with visiting(browser, f"{library.up.url}/", storage_state=session, **options) as one:
        yield one


@pytest.fixture(scope="session")
def house(browser: Browser) -> Iterator[House]:
    """A server that anna looks after, with two of her pictures in ``Trips/Summer``; started only for who asks."""
    folder = services.new_folder()
    try:
        with Up(folder / "data", SIGNUP="invite") as up:
            account = {"token": up.setup_token(), "username": "anna", "password": PASSWORD}
            with httpx.Client(
                base_url=up.url, headers={"Origin": up.url}, trust_env=False, timeout=60
            ) as anna:
                made = anna.post("/api/auth/setup", json=account)
                assert made.status_code == 201, made.text
                for photo in (FIRST, SECOND):
                    add(anna, photo, folder="Trips/Summer")
                yield House(browser, up, anna)
    finally:
        services.remove_folder(folder)
