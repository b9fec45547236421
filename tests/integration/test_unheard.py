"""A database whose notifications don't arrive: nothing is told wrongly, little is asked for it, and it is said."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from appliance.db import listening
from appliance.db.engine import Database
from appliance.db.standing import find_standings
from tests.conftest import MakeSettings
from tests.support.events import served, watching
from tests.support.examined import examined, new_installation
from tests.support.frozen import frozen
from tests.support.home import picture
from tests.support.pooler import moved, socket_of, without_notifications
from tests.support.sharing import make_folder, me, share, unshare
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import PASSWORD, Web, open_web
from web.auth.identify import identify_again
from web.live import desk
from web.routes import health


@pytest.fixture
async def pooled_url(database_url: str, reachable_path: Path) -> AsyncIterator[str]:
    async with without_notifications(database_url, reachable_path) as url:
        yield url


@pytest.fixture
async def web(make_settings: MakeSettings, pooled_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=pooled_url,
        redis_url="redis://127.0.0.1:1",
        free_space_floor_bytes=0,
        clip_model="not-there",
    )
    async with open_web(settings) as opened:
        yield opened


class Counted:
    """How often somebody was looked up, and how often all were asked about at once."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.people = self.rounds = 0
        patch.setattr(desk, "identify_again", self._person)
        patch.setattr(desk, "find_standings", self._round)

    async def _person(self, *arguments: Any) -> Any:
        self.people += 1
        return await identify_again(*arguments)

    async def _round(self, *arguments: Any, **options: Any) -> Any:
        self.rounds += 1
        return await find_standings(*arguments, **options)


async def test_all_who_watch_are_asked_about_in_one_query_and_looked_up_when_something_is_different(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not web.context.access.hears
    async with served(web) as url, AsyncExitStack() as stack:
        streams = []
        for _ in range(6):
            browser = await stack.enter_async_context(web.client())
            await browser.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
            streams.append(await stack.enter_async_context(watching(browser, url)))
        of_anna = await stack.enter_async_context(watching(anna, url))
        await asyncio.sleep(2 * desk.LOOK_SECONDS)
        counted = Counted(monkeypatch)
        for number in range(3):
            asset = await stored(anna, picture(number))
            await of_anna.until(lambda each, asset=asset: asset["id"] in each.ids)  # type: ignore[misc]
        assert counted.people == 0
        rounds = counted.rounds
        await asyncio.sleep(5 * desk.LOOK_SECONDS)
        assert 1 <= counted.rounds - rounds <= 6
        await web.db.fetch("DELETE FROM session WHERE account = {}", UUID(await me(bob)))
        for stream in streams:
            await stream.until(lambda each: each.ended, 3)
            assert stream.events[-1] == ("end", {"reason": "signed_out"})
        assert (counted.people, of_anna.ended) == (6, False)


async def test_a_share_is_heard_of_and_what_is_no_longer_shared_is_not(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    trip = await make_folder(anna, "trip")
    async with served(web) as url, watching(bob, url) as guest:
        shared = await share(anna, trip, bob)
        shown = await stored(anna, picture(1), folder="trip")
        await guest.until(lambda each: each.of("shares") and shown["id"] in each.ids)
        await unshare(anna, trip, shared)
        hidden = await stored(anna, picture(2), folder="trip")
        mark = await stored(bob, picture(3))
        await guest.until(lambda each: mark["id"] in each.ids)
        assert hidden["id"] not in guest.ids


async def test_each_right_that_ends_or_changes_makes_another_standing(
    database: Database, web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    wish = {"name": "k", "scopes": ["asset:read"], "expires_days": 1}
    key = (await bob.post("/api/me/keys", json=wish)).json()["id"]
    [row] = await database.fetch("SELECT id FROM session WHERE account = {}", UUID(await me(bob)))

    async def standings() -> list[str | None]:
        found = await find_standings(database, sessions=[row["id"]], keys=[key], idle_seconds=3600)
        return [found.get(str(row["id"])), found.get(key)]

    async def changed_by(sql: str) -> list[bool]:
        before = await standings()
        await database.fetch(sql)
        return [one != other for one, other in zip(before, await standings(), strict=True)]

    assert None not in await standings()
    assert await standings() == await standings()
    for sql in (
        "UPDATE account SET role = 'viewer' WHERE name = 'bob'",
        "UPDATE account SET disabled_at = now() WHERE name = 'bob'",
        "UPDATE account SET deleted_at = now() WHERE name = 'bob'",
        "INSERT INTO share (id, owner, folder, may) SELECT gen_random_uuid(), a.id, f.id, 'view' FROM account a "
        "JOIN folder f ON f.owner = a.id WHERE a.name = 'anna'",
    ):
        if "share" in sql:
            await make_folder(anna, "trip")
        assert await changed_by(sql) == [True, True], sql
    for sql in (
        "UPDATE session SET last_seen_at = now() - interval '2 hours'",
        "UPDATE session SET token_sha256 = sha256('x') WHERE account = (SELECT id FROM account WHERE name = 'bob')",
        "UPDATE session SET expires_at = now()",
        "UPDATE session SET revoked_at = now()",
        "DELETE FROM session",
    ):
        assert await changed_by(sql) == [True, False], sql
    for sql in (
        "UPDATE api_key SET scopes = '{{search:read}}'",
        "UPDATE api_key SET expires_at = now()",
        "UPDATE api_key SET revoked_at = now()",
        "DELETE FROM api_key",
    ):
        assert await changed_by(sql) == [False, True], sql


async def test_the_server_says_that_nothing_arrives(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async with web.client() as browser:
        assert "listener" not in (await browser.get("/api/health/ready")).json()["missing"]
        monkeypatch.setattr(health, "DEAF_SECONDS", 0.01)
        answer = await browser.get("/api/health/ready")
        [part] = [each for each in answer.json()["parts"] if each["name"] == "listener"]
        assert (answer.status_code, part["ready"], part["needed"]) == (200, False, False)
        assert "DATABASE_URL has to lead to PostgreSQL itself" in part["detail"]
        web.context.access.set_hears(True)
        assert "listener" not in (await browser.get("/api/health/ready")).json()["missing"]


async def test_the_doctor_says_that_nothing_arrives(
    tmp_path: Path, database_url: str, pooled_url: str, redis_url: str
) -> None:
    environment = new_installation(tmp_path, database_url, redis_url)
    found = await examined(environment, "--before-start")
    assert (found.code, found.level("database.notifications")) == (0, "ok")
    found = await examined(environment | {"DATABASE_URL": pooled_url}, "--before-start")
    assert (found.code, found.level("database.notifications")) == (0, "warning")
    assert "pool_mode = session" in found.text("database.notifications")


async def test_a_listener_that_heard_again_says_once_more_that_it_does_not(
    database: Database,
    database_url: str,
    reachable_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(listening, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(listening, "SIGN_SECONDS", 0.3)
    heard: list[bool] = []
    url = moved(database_url, reachable_path)

    async def told(times: int) -> None:
        async def is_so() -> bool:
            return len(caplog.records) == times

        await eventually_async(is_so, 3)

    async def hears() -> None:
        async def is_so() -> bool:
            return heard[-1:] == [True]

        await eventually_async(is_so, 3)

    with caplog.at_level(logging.WARNING, "appliance.db.listening"):
        task = asyncio.create_task(listening.listen(url, "nothing", heard=lambda: None, hears=heard.append))
        await told(1)
        await asyncio.sleep(0.3)
        assert len(caplog.records) == 1
        (reachable_path / socket_of(database_url).name).symlink_to(socket_of(database_url))
        await hears()
        [row] = await database.fetch(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'scene-sense-listener' "
            "AND datname = current_database()"
        )
        with frozen(row["pid"]):
            await told(2)
        await hears()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
