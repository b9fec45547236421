"""Whoever watches hears of all that is theirs to see, wherever it was done, and of nothing else."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from appliance.db.engine import open_database
from appliance.library.live import concern_of
from appliance.records.live import Event
from tests.support.cli import on_the_server
from tests.support.events import served, watching
from tests.support.home import picture
from tests.support.sharing import make_folder, me, share, unshare
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import PASSWORD, Web
from web.live import desk
from web.live.desk import desk_of


@pytest.fixture
async def url(web: Web) -> AsyncIterator[str]:
    async with served(web) as address:
        yield address


async def test_what_others_of_ones_sessions_do_is_heard_of(
    web: Web, anna: httpx.AsyncClient, url: str
) -> None:
    async with watching(anna, url) as stream:
        name, hello = stream.events[0]
        assert (name, hello["volume"], stream.last_id) == ("hello", "online", str(hello["id"]))
        asset = await stored(anna, picture(1))
        await stream.until(lambda each: asset["id"] in each.ids and each.of("library") and each.of("jobs"))
        assert stream.of("library")[-1]["revision"] != hello["revision"]
        assert stream.of("jobs")[-1].keys() == {"pending", "running", "failed"}
        stream.events.clear()
        await anna.patch(f"/api/assets/{asset['id']}", json={"tags": ["red"], "folder": "trip"})
        await stream.until(lambda each: asset["id"] in each.ids and each.of("tags") and each.of("folders"))
        stream.events.clear()
        assert (await on_the_server(web).type("asset", "set", asset["id"], "--ttl", "1h")).code == 0
        await stream.until(lambda each: asset["id"] in each.ids and each.of("library"))


async def test_a_guest_hears_of_what_is_shared_and_of_nothing_else(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient, url: str
) -> None:
    trip, own = await make_folder(anna, "trip"), await make_folder(anna, "own")
    async with watching(bob, url) as guest, watching(cleo, url) as stranger:
        await share(anna, trip, bob)
        await guest.until(lambda each: each.of("shares") and each.of("folders") and each.of("library"))
        shown = await stored(anna, picture(1), folder="trip")
        hidden = await stored(anna, picture(2), folder="own")
        await guest.until(lambda each: shown["id"] in each.ids)
        guest.events.clear()
        await anna.delete(f"/api/assets/{shown['id']}")
        await guest.until(lambda each: each.of("library"))
        mark = await stored(cleo, picture(3))
        await stranger.until(lambda each: mark["id"] in each.ids)
        assert guest.ids == set()
        assert stranger.ids == {mark["id"]}
        assert {name for name, _ in stranger.events} <= {"hello", "jobs", "assets", "library"}
        assert hidden["id"] not in guest.ids and own


async def test_administrators_hear_how_the_appliance_is_and_members_do_not(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str
) -> None:
    async with watching(anna, url) as boss, watching(bob, url) as member:
        await web.db.fetch("INSERT INTO purge_hold (due, due_bytes, library) VALUES (7, 70, 9)")
        await boss.until(lambda each: each.of("purge"))
        assert boss.of("purge")[-1] == {"held": True, "due": 7, "due_bytes": 70}
        root = web.settings.storage_path
        away = root.with_name("away")
        root.rename(away)
        for stream in (boss, member):
            await stream.until(lambda each: {"state": "missing"} in each.of("volume"))
        away.rename(root)
        await member.until(lambda each: each.of("volume")[-1] == {"state": "online"})
        assert member.of("purge") == member.of("models") == []


async def test_how_far_an_edit_is_is_told_to_whose_it_is(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str
) -> None:
    async with watching(anna, url) as stream, watching(bob, url) as other:
        [row] = await web.db.fetch(
            "INSERT INTO edit (id, owner, changes, total) VALUES (gen_random_uuid(), {}, '{{}}', 9) RETURNING id",
            await me(anna),
        )
        for done in (3, 9):
            await web.db.fetch("UPDATE edit SET done = {}", done)
            wanted = {"id": str(row["id"]), "state": "running", "done": done, "total": 9}
            await stream.until(lambda each, wanted=wanted: wanted in each.of("edit"))  # type: ignore[misc]
        assert other.of("edit") == []


async def test_after_a_cut_nothing_is_missing(web: Web, anna: httpx.AsyncClient, url: str) -> None:
    async with watching(anna, url) as stream:
        first = await stored(anna, picture(1))
        await stream.until(lambda each: first["id"] in each.ids)
    missed = [(await stored(anna, picture(number)))["id"] for number in (2, 3)]
    async with watching(anna, url, stream.last_id) as again:
        await again.until(lambda each: set(missed) <= each.ids)
        assert not again.of("resync")
    for after in ("999999999", "-1", "x", "9" * 40):
        async with watching(anna, url, after) as lost:
            await lost.until(lambda each: each.of("resync"))
            assert len(lost.of("resync")) == 1


async def test_what_is_committed_late_is_neither_passed_over_nor_lost_in_a_cut(
    web: Web, anna: httpx.AsyncClient, url: str, database_url: str
) -> None:
    slow, quick = await stored(anna, picture(1)), await stored(anna, picture(2))
    async with open_database(database_url, pool_size=1) as other:
        async with watching(anna, url) as stream:
            async with other.transaction():
                await other.fetch("UPDATE asset SET rating = 1 WHERE id = {}", slow["id"])
                await anna.patch(f"/api/assets/{quick['id']}", json={"rating": 2})
                await stream.until(lambda each: quick["id"] in each.ids)
                cut = stream.last_id
                assert slow["id"] not in stream.ids
            await stream.until(lambda each: slow["id"] in each.ids)
        async with watching(anna, url, cut) as again:
            await again.until(lambda each: slow["id"] in each.ids)


async def test_a_stream_ends_with_its_session(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str
) -> None:
    asset = await stored(bob, picture(1))
    person = f"/api/admin/users/{await me(bob)}"
    key = (
        await bob.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"], "expires_days": 1})
    ).json()
    async with web.script(key["key"]) as script, watching(script, url) as stream:
        await bob.delete(f"/api/me/keys/{key['id']}")
        await stream.until(lambda each: each.ended, 2)
        assert stream.events[-1] == ("end", {"reason": "signed_out"})
    async with watching(bob, url) as stream:
        await bob.post("/api/auth/logout")
        await stream.until(lambda each: each.ended, 2)
    await bob.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
    async with watching(bob, url) as stream:
        assert (await on_the_server(web).type("user", "disable", "bob")).code == 0
        await web.db.fetch("UPDATE asset SET rating = 1")
        await stream.until(lambda each: each.ended, 2)
        assert asset["id"] not in stream.ids
    assert (await anna.patch(person, json={"disabled": False})).is_success
    async with watching(bob, url) as stream:
        assert stream.status == 401


async def test_a_stream_that_begins_while_others_are_told_is_told_what_it_waits_for(
    web: Web, bob: httpx.AsyncClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(bob, url) as first:
        await first.until(lambda each: each.of("jobs"))
        began, go_on = asyncio.Event(), asyncio.Event()

        async def slow(*arguments: Any) -> Any:
            began.set()
            await go_on.wait()
            return await concern_of(*arguments)

        monkeypatch.setattr(desk, "concern_of", slow)
        await asyncio.sleep(desk.SELDOM["jobs"])
        await bob.post("/api/folders", json={"path": "trip"})
        await asyncio.wait_for(began.wait(), 5)
        async with watching(bob, url) as second:
            go_on.set()
            await second.until(lambda each: each.of("jobs"), 4)


async def test_a_session_that_is_not_used_ends_although_it_watches(
    web: Web, bob: httpx.AsyncClient, url: str
) -> None:
    async with watching(bob, url) as stream:
        await web.db.fetch("UPDATE session SET last_seen_at = now() - interval '5 minutes'")
        web.context.access.forget()
        await asyncio.sleep(0.3)
        row = await web.db.fetch_one(
            "SELECT max(last_seen_at) < now() - interval '4 minutes' AS idle FROM session"
        )
        assert row == {"idle": True} and not stream.ended


async def test_asking_now_and_then_tells_the_same(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    start = (await anna.get("/api/changes")).json()
    assert start["events"] == [] and start["volume"] == "online"
    after = {"after": start["next"]}
    quiet = await anna.get("/api/changes", params=after)
    known = {"If-None-Match": quiet.headers["etag"]}
    assert (await anna.get("/api/changes", params=after, headers=known)).status_code == 304
    asset = await stored(anna, picture(1))
    answer = await anna.get("/api/changes", params=after, headers=known)
    told = {each["event"]: each["data"] for each in answer.json()["events"]}
    assert told["assets"] == {"ids": [asset["id"]]}
    assert {"library", "jobs"} <= told.keys() and answer.json()["next"] > start["next"]
    others = (await bob.get("/api/changes", params=after)).json()["events"]
    assert others == []
    for forged in (10**15, 0):
        events = (await anna.get("/api/changes", params={"after": forged})).json()["events"]
        assert ({"event": "resync", "data": {}} in events) == (forged > 0)
    assert (await anna.get("/api/changes", params={"after": -1})).status_code == 400


class Acts:
    """What two people do at random with what they have, and which pictures each could look at after each step."""

    def __init__(self, anna: httpx.AsyncClient, bob: httpx.AsyncClient, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 -- the same acts each time
        self.people = (anna, bob)
        self._folders: dict[httpx.AsyncClient, str] = {}
        self._shares: dict[httpx.AsyncClient, str] = {}
        self.assets: list[tuple[httpx.AsyncClient, str]] = []
        self.seen: dict[httpx.AsyncClient, set[str]] = {anna: set(), bob: set()}

    async def begin(self) -> None:
        for person in self.people:
            self._folders[person] = await make_folder(person, "f")
        for number in range(4):
            owner = self._rng.choice(self.people)
            asset = await stored(owner, picture(number), folder=self._rng.choice(("f", "g")))
            self.assets.append((owner, asset["id"]))

    async def step(self) -> None:
        owner, asset = self._rng.choice(self.assets)
        address, act = f"/api/assets/{asset}", self._rng.randrange(5)
        if act == 0:
            await self._share_or_not(owner)
        elif act == 1:
            await owner.patch(address, json={"folder": self._rng.choice(("f", "g"))})
        elif act == 2:
            await owner.patch(address, json={"rating": self._rng.randrange(1, 6)})
        elif act == 3:
            await owner.delete(address)
        else:
            await owner.post(f"{address}/restore")
        for person in self.people:
            for _, each in self.assets:
                if (await person.get(f"/api/assets/{each}")).status_code == 200:
                    self.seen[person].add(each)

    async def _share_or_not(self, owner: httpx.AsyncClient) -> None:
        shared = self._shares.pop(owner, None)
        if shared is not None:
            await unshare(owner, self._folders[owner], shared)
            return
        guest = self.people[owner is self.people[0]]
        self._shares[owner] = await share(owner, self._folders[owner], guest)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_two_people_do_neither_hears_of_what_they_may_not_see(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str, seed: int
) -> None:
    acts = Acts(anna, bob, seed)
    await acts.begin()
    async with watching(anna, url) as of_anna, watching(bob, url) as of_bob:
        for _ in range(14):
            await acts.step()
        for number, (person, stream) in enumerate(zip(acts.people, (of_anna, of_bob), strict=True)):
            mark = (await stored(person, picture(50 + number)))["id"]
            await stream.until(lambda each, mark=mark: mark in each.ids)  # type: ignore[misc]
            assert stream.ids - {mark} <= acts.seen[person]


async def test_a_thousand_tabs_end_each_other_and_harm_nobody(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str
) -> None:
    host, port = url.removeprefix("http://").split(":")
    fields = ("GET /api/events HTTP/1.1", f"Host: {host}", f"Cookie: sid={anna.cookies['sid']}")
    head = "\r\n".join((*fields, "Connection: close", "", "")).encode()

    async def tab() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head)
        return reader, writer

    tabs = []
    for _ in range(20):
        tabs += await asyncio.gather(*(tab() for _ in range(50)))
    try:
        async with watching(bob, url) as stream, asyncio.timeout(20):
            asset = await stored(bob, picture(1))
            await stream.until(lambda each: asset["id"] in each.ids)
        reads = [asyncio.create_task(reader.read()) for reader, _ in tabs]

        async def all_but_six() -> bool:
            return sum(read.done() for read in reads) == 1000 - 6

        await eventually_async(all_but_six, 30)
        ended = [read.result() for read in reads if read.done()]
        assert all(b'"superseded"' in text for text in ended)
        for read in reads:
            read.cancel()
    finally:
        for _, writer in tabs:
            writer.close()


async def test_a_reader_that_takes_nothing_is_not_stored_up_for(
    web: Web, anna: httpx.AsyncClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.live.watchers.MOST_WAITING", 3)
    async with watching(anna, url) as stream:
        [watcher] = desk_of(web.context).watchers
        for number in range(6):
            watcher.push([Event("library", {"revision": str(number)})], number)
        await stream.until(lambda each: each.of("library"))
        assert [name for name, _ in stream.events[1:]][-3:] == ["resync", "library", "library"]
        assert [data["revision"] for data in stream.of("library")] == ["4", "5"]
