"""The real application over a real database, asked through ASGI as a browser or a script would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.applications import Starlette

from appliance.db.engine import Database
from appliance.library.people import add_person
from appliance.records.accounts import Role
from appliance.settings import Settings
from web.app import create_app
from web.state import Context
from web.static_files import STATIC

#: The address that tests type; a browser's Origin follows from it.
ORIGIN = "http://localhost:8020"

PASSWORD = "correct horse battery"


def attributes_of(answer: httpx.Response, name: str) -> set[str]:
    """The attributes of the one cookie of this name that an answer sets, in small letters."""
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{name}=")]
    return set(cookie.lower().split("; ")[1:])


@dataclass(frozen=True, slots=True)
class Web:
    """An application that is open."""

    app: Starlette
    settings: Settings

    @property
    def context(self) -> Context:
        context = self.app.state.context
        assert isinstance(context, Context)
        return context

    @property
    def db(self) -> Database:
        return self.context.appliance.db

    def client(
        self, *, origin: str | None = ORIGIN, peer: str = "127.0.0.1", base_url: str = ORIGIN
    ) -> httpx.AsyncClient:
        """A browser at ``peer`` whose page is at ``origin``; a script when that is None."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(peer, 50000)),
            base_url=base_url,
            headers={} if origin is None else {"Origin": origin},
        )

    def script(self, credential: str, **options: str) -> httpx.AsyncClient:
        """A script with a bearer token or an API key."""
        client = self.client(origin=None, **options)
        client.headers["Authorization"] = f"Bearer {credential}"
        return client

    def setup_token(self) -> str:
        return (self.settings.data_path / "secrets" / "setup-token").read_text().strip()

    async def set_up(self, browser: httpx.AsyncClient, name: str = "anna") -> None:
        """Make the first account, signed in in this browser."""
        body = {"token": self.setup_token(), "username": name, "password": PASSWORD}
        answer = await browser.post("/api/auth/setup", json=body)
        assert answer.status_code == 201, answer.text

    @asynccontextmanager
    async def second_person(self, name: str = "bob") -> AsyncIterator[httpx.AsyncClient]:
        """The browser of another account, a member's."""
        await add_person(
            self.db,
            actor=None,
            passwords=self.context.passwords,
            name=name,
            role=Role.MEMBER,
            password=PASSWORD,
        )
        async with self.client() as browser:
            answer = await browser.post("/api/auth/login", json={"username": name, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield browser

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator[httpx.AsyncClient]:
        """The browser in which the first account was just made."""
        async with self.client() as browser:
            await self.set_up(browser)
            yield browser


@asynccontextmanager
async def open_web(settings: Settings, *, static: Path = STATIC) -> AsyncIterator[Web]:
    """The application of these settings, its lifespan begun."""
    app = create_app(settings, static=static)
    async with app.router.lifespan_context(app):
        yield Web(app, settings)
