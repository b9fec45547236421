"""People who sign in at an identity provider: their browsers, and an appliance that trusts the provider."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx
from starlette.applications import Starlette

from appliance.db.engine import Database, open_database
from appliance.settings import Settings
from tests.support.identity_provider import Provider
from tests.support.up import free_port
from tests.support.waiting import eventually_async
from tests.support.web import ORIGIN, PASSWORD, Web, open_web

#: More pages than any provider shows between a click and the way back.
_PAGES = 12


class _Forms(HTMLParser):
    """The forms of a page: where each goes, and what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self.forms and "name" in given:
            self.forms[-1][1][given["name"]] = given.get("value", "")
        elif tag == "button" and self.forms and "name" in given:
            # The first of several, as a browser does when somebody presses Enter.
            self.forms[-1][1].setdefault(given["name"], given.get("value", ""))


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that has the appliance open at ``origin`` and can go to the provider."""

    client: httpx.AsyncClient
    origin: str

    async def api(self, method: str, path: str, body: object = None) -> httpx.Response:
        """What the page itself asks for."""
        headers = {"Origin": self.origin}
        return await self.client.request(method, self.origin + path, headers=headers, json=body)

    async def me(self) -> httpx.Response:
        """Who is signed in."""
        return await self.api("GET", "/api/me")

    async def get(self, url: str) -> httpx.Response:
        """Follow a link; redirects are shown, not followed."""
        return await self.client.get(urljoin(self.origin, url))

    async def start(self, *, next_: str = "/", purpose: str = "login") -> httpx.Response:
        """Press the button."""
        query = httpx.QueryParams({"next": next_, "purpose": purpose})
        url = f"{self.origin}/api/auth/oidc/start?{query}"
        return await self.client.get(url, headers=self.own_page("/account"))

    def own_page(self, path: str = "/sign-in") -> dict[str, str]:
        """What a browser says when a link of the appliance's own page at this path was followed.

        Where the appliance is by plain http under a name or address, browsers send no more than the Referer.
        """
        headers = {"Referer": f"{self.origin}{path}"}
        host = httpx.URL(self.origin).host
        if self.origin.startswith("https:") or host in {"localhost", "127.0.0.1"}:
            headers |= {
                "Sec-Fetch-Site": "same-origin",
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "document",
            }
        return headers

    async def at_provider(self, url: str, name: str, *, cancel: bool = False) -> str:
        """Do what the provider asks of ``name``; the address at the appliance that it sends the browser to."""
        answer = await self.client.get(url)
        for _ in range(_PAGES):
            if answer.has_redirect_location:
                onward = urljoin(str(answer.url), answer.headers["location"])
                if onward.startswith(self.origin):
                    return onward
                answer = await self.client.get(onward)
                continue
            assert answer.status_code == 200, f"{answer.url}: {answer.status_code} {answer.text}"
            answer = await self.submit(answer, name, cancel=cancel)
        raise AssertionError(f"the provider does not come to an end: {answer.url} {answer.text}")

    async def submit(self, page: httpx.Response, name: str, *, cancel: bool = False) -> httpx.Response:
        """Fill in the form of a page as ``name`` would, and send it."""
        parser = _Forms()
        parser.feed(page.text)
        assert parser.forms, page.text
        action, fields = parser.forms[0]
        typed = {"username": name, "login": name, "password": f"{name}-pw-{name}"}
        filled = {field: typed.get(field, value) for field, value in fields.items()}
        if cancel:
            filled["action"] = "cancel"
        if "xsrf" in filled:
            filled["logout"] = "yes"
        return await self.client.post(urljoin(str(page.url), action or str(page.url)), data=filled)

    async def callback(self, name: str, *, next_: str = "/", purpose: str = "login") -> str:
        """Sign in up to the address that the provider sends the browser back to."""
        started = await self.start(next_=next_, purpose=purpose)
        assert started.status_code == 303, started.text
        return await self.at_provider(started.headers["location"], name)

    async def sign_in(self, name: str, *, next_: str = "/", purpose: str = "login") -> httpx.Response:
        """Sign in, whether it succeeds or not: the appliance's answer at the end."""
        return await self.get(await self.callback(name, next_=next_, purpose=purpose))

    async def signed_in(self, name: str, *, next_: str = "/") -> httpx.Response:
        """Sign in, which has to succeed."""
        answer = await self.sign_in(name, next_=next_)
        assert answer.status_code == 303, answer.text
        assert "sign_in_error" not in answer.headers["location"], answer.headers["location"]
        return answer


def sign_in_error(answer: httpx.Response) -> str | None:
    """The code of the sentence that the page shows after this answer."""
    query = httpx.URL(answer.headers.get("location", "")).params
    return query.get("sign_in_error") or None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """What the audit log says happened."""

    action: str
    outcome: str
    reason: str
    object: str
    session: str


async def audit(db: Database, action: str | None = None) -> list[AuditRow]:
    """The audit log, the oldest first; of one action only where one is named."""
    rows = await db.fetch("SELECT action, outcome, reason, object, session FROM audit ORDER BY id")
    found = [AuditRow(**row) for row in rows]
    return [row for row in found if action is None or row.action == action]


@asynccontextmanager
async def browser_of(app: Starlette, *, verify: ssl.SSLContext | bool = True) -> AsyncIterator[Browser]:
    """A new browser, to which the application is at `ORIGIN` and everything else is on the network."""
    mounts = {ORIGIN: httpx.ASGITransport(app, client=("127.0.0.1", 50000))}
    async with httpx.AsyncClient(mounts=mounts, verify=verify, trust_env=False, timeout=30) as client:
        yield Browser(client, ORIGIN)


@dataclass(frozen=True, slots=True)
class OidcHome:
    """An appliance that anna has set up and that people sign in to at a provider."""

    web: Web

    @property
    def db(self) -> Database:
        """Its database."""
        return self.web.db

    def browser(self, *, verify: ssl.SSLContext | bool = True) -> AbstractAsyncContextManager[Browser]:
        """A new browser."""
        return browser_of(self.web.app, verify=verify)

    async def local_admin(self, browser: Browser) -> None:
        """Sign anna in with her password."""
        body = {"username": "anna", "password": PASSWORD}
        answer = await browser.api("POST", "/api/auth/login", body)
        assert answer.status_code == 200, answer.text

    async def audit(self, action: str | None = None) -> list[AuditRow]:
        """Its audit log."""
        return await audit(self.db, action)


def settings_of(provider: Provider) -> dict[str, str]:
    """The settings of an appliance at `ORIGIN` that trusts this provider, and has no model and no queue."""
    return provider.settings(ORIGIN) | {"REDIS_URL": "redis://127.0.0.1:1", "CLIP_MODEL": "not-there"}


@asynccontextmanager
async def open_oidc_home(settings: Settings) -> AsyncIterator[OidcHome]:
    """The application of these settings, which anna sets up unless she has."""
    async with open_web(settings) as web:
        if not await web.db.fetch("SELECT FROM account LIMIT 1"):
            async with web.client() as browser:
                await web.set_up(browser)
        yield OidcHome(web)


@asynccontextmanager
async def running_home(
    provider: Provider, database_url: str, data: Path, **settings: str
) -> AsyncIterator[tuple[str, Database]]:
    """A web process of its own, which the provider can reach; its address and its database. anna has set it up."""
    port = free_port()
    origin = f"http://localhost:{port}"
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    given = {
        "DATABASE_URL": database_url,
        "DATA_PATH": str(data),
        "BIND": f"127.0.0.1:{port}",
        "REDIS_URL": "redis://127.0.0.1:1",
        "CLIP_MODEL": "not-there",
    }
    log = data / "web.log"
    command = (sys.executable, "-P", "-m", "web.serve")
    with log.open("wb") as errors:
        environment |= given | provider.settings(origin) | settings
        process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=errors)
    try:
        async with (
            open_database(database_url, pool_size=1) as db,
            httpx.AsyncClient(base_url=origin, headers={"Origin": origin}, trust_env=False) as browser,
        ):

            async def answers() -> bool:
                assert process.returncode is None, log.read_text(errors="replace")
                try:
                    return (await browser.get("/api/health/live")).is_success
                except httpx.TransportError:
                    return False

            await eventually_async(answers, 60)
            token = (data / "secrets" / "setup-token").read_text().strip()
            body = {"token": token, "username": "anna", "password": PASSWORD}
            made = await browser.post("/api/auth/setup", json=body)
            assert made.status_code == 201, made.text
            yield origin, db
    finally:
        process.kill()
        await process.wait()
