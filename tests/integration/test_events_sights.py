"""What somebody may see changes while they watch; and whoever asks now and then is told the same."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.support.albums import make_album, share_album, unshare_album
from tests.support.events import Stream, served, watching
from tests.support.home import picture
from tests.support.sharing import make_folder, share, unshare
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import PASSWORD, Web
from web.live.watchers import Watcher


@pytest.fixture
async def url(web: Web) -> AsyncIterator[str]:
    async with served(web) as address:
        yield address


async def test_a_share_that_comes_and_goes_is_told_and_after_a_cut_nothing_of_what_is_gone(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str
) -> None:
    trip = await make_folder(anna, "trip")
    async with watching(bob, url) as guest:
        began = guest.last_id
        shared = await share(anna, trip, bob)
        await guest.until(lambda each: each.of("shares") and each.of("folders") and each.of("library"))
        shown = await stored(anna, picture(1), folder="trip")
        await guest.until(lambda each: shown["id"] in each.ids)
        guest.events.clear()
        await unshare(anna, trip, shared)
        await guest.until(lambda each: each.of("shares") and each.of("folders") and each.of("library"))
        hidden = await stored(anna, picture(2), folder="trip")
        mark = await stored(bob, picture(3))
        await guest.until(lambda each: mark["id"] in each.ids)
        assert guest.ids == {mark["id"]}
    async with watching(bob, url, began) as again:
        await again.until(lambda each: mark["id"] in each.ids)
        assert again.ids == {mark["id"]} and hidden["id"] != shown["id"]


async def test_an_album_by_rule_tells_of_a_picture_that_comes_to_meet_it_and_not_of_one_that_does_no_more(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str
) -> None:
    one, other = await stored(anna, picture(1)), await stored(anna, picture(2))
    album = await make_album(anna, "the sea", rule={"tag": "sea"})
    async with watching(bob, url) as guest:
        shared = await share_album(anna, album, bob)
        await guest.until(lambda each: each.of("shares") and each.of("albums"))
        await anna.patch(f"/api/assets/{one['id']}", json={"tags": ["sea"]})
        await guest.until(lambda each: one["id"] in each.ids and each.of("library"))
        guest.events.clear()
        await anna.patch(f"/api/assets/{one['id']}", json={"tags": []})
        await guest.until(lambda each: each.of("library"))
        await anna.patch(f"/api/albums/{album}", json={"rule": {"rating": 5}})
        await guest.until(lambda each: each.of("albums"))
        await anna.patch(f"/api/assets/{other['id']}", json={"rating": 5})
        await guest.until(lambda each: other["id"] in each.ids)
        assert guest.ids == {other["id"]}
        guest.events.clear()
        await unshare_album(anna, album, shared)
        await guest.until(lambda each: each.of("shares") and each.of("library"))
        assert guest.ids == set()


def _last(events: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What was told last under each name, of each edit by itself."""
    return {f"{name} {data.get('id', '')}": data for name, data in events if name != "assets"}


#: A stream begins with how these are, also where nothing of it changes later.
BEGINNING = frozenset({"hello", "volume", "jobs", "models"})


def _tells(stream: Stream, wanted: dict[str, Any]) -> bool:
    """Whether the stream ended up with this, and with nothing else."""
    told = _last(stream.events)
    others = {name for name in told.keys() - wanted.keys() if name.split()[0] not in BEGINNING}
    return not others and wanted.items() <= told.items()


async def _ids(person: httpx.AsyncClient, ids: set[str]) -> set[str]:
    """Those that this person can look at."""
    return {each for each in ids if (await person.get(f"/api/assets/{each}")).status_code == 200}


async def test_asking_at_last_tells_what_a_stream_told_step_by_step_to_everybody(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient, url: str
) -> None:
    people = (anna, bob, cleo)
    trip = await make_folder(anna, "trip")
    async with watching(anna, url) as first, watching(bob, url) as second, watching(cleo, url) as third:
        streams: tuple[Stream, ...] = (first, second, third)
        starts = [each.of("hello")[0]["id"] for each in streams]
        assets = [(await stored(anna, picture(n), folder="trip"))["id"] for n in range(3)]
        shared = await share(anna, trip, bob)
        album = await make_album(anna, "the sea", rule={"tag": "sea"})
        await share_album(anna, album, cleo)
        edit = {"ids": assets[:2], "changes": {"add_tags": ["sea"]}}
        assert (await anna.post("/api/edits", json=edit)).status_code == 201
        await anna.delete(f"/api/assets/{assets[0]}")
        await web.db.fetch("INSERT INTO purge_hold (due, due_bytes, library) VALUES (7, 70, 9)")
        await unshare(anna, trip, shared)
        marks = [(await stored(each, picture(50 + n)))["id"] for n, each in enumerate(people)]
        for person, stream, start, mark in zip(people, streams, starts, marks, strict=True):
            answer = (await person.get("/api/changes", params={"after": start})).json()
            asked = [(each["event"], each["data"]) for each in answer["events"]]
            wanted = _last(asked)
            await stream.until(
                lambda each, mark=mark, wanted=wanted: mark in each.ids and _tells(each, wanted)  # type: ignore[misc]
            )
            named = {each for name, data in asked if name == "assets" for each in data["ids"]}
            assert named == await _ids(person, stream.ids)
        assert first.of("purge") and not second.of("purge") and not third.of("purge")
        assert assets[1] in third.ids and first.of("edit") and not third.of("edit")


async def test_one_stream_too_many_is_told_so_at_once_and_others_go_on(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.live.watchers.MOST", 3)
    head = {"Cookie": f"sid={anna.cookies['sid']}"}
    async with (
        watching(bob, url) as stream,
        httpx.AsyncClient(base_url=url, headers=head, trust_env=False) as reader,
    ):

        async def status() -> tuple[int, str]:
            async with reader.stream("GET", "/api/events", params={"seconds": 1}) as answer:
                if answer.status_code == 200:
                    return 200, (await answer.aread()).decode()
                return answer.status_code, str((await answer.aread()) and answer.json()["code"])

        answers = await asyncio.gather(*(status() for _ in range(8)))
        assert sorted(code for code, _ in answers) == [200, 200, *[429] * 6]
        assert {text for code, text in answers if code == 429} == {"too_many_streams"}
        assert all('"over"' in text for code, text in answers if code == 200)
        assert (await status())[0] == 200
        asset = await stored(bob, picture(1))
        await stream.until(lambda each: asset["id"] in each.ids)


async def test_a_person_has_so_many_streams_over_all_their_sessions(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.live.watchers.MOST_OF_PERSON", 2)
    async with AsyncExitStack() as held, watching(bob, url) as others, watching(anna, url) as oldest:
        for _ in range(2):
            async with web.client() as browser:
                await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
                await held.enter_async_context(watching(browser, url))
        await oldest.until(lambda each: each.ended)
        assert oldest.events[-1] == ("end", {"reason": "superseded"}) and not others.ended


async def test_nothing_is_kept_of_a_stream_that_is_over_long_before_its_time(
    web: Web, anna: httpx.AsyncClient, url: str
) -> None:
    head = {"Cookie": f"sid={anna.cookies['sid']}"}

    async def watchers(number: int) -> None:
        async def are_so_many() -> bool:
            gc.collect()
            return sum(isinstance(each, Watcher) for each in gc.get_objects()) == number

        await eventually_async(are_so_many, 5)

    async with (
        httpx.AsyncClient(base_url=url, headers=head, trust_env=False) as reader,
        reader.stream("GET", "/api/events", params={"seconds": 86_400}) as answer,
    ):
        text = ""
        async for piece in answer.aiter_text():
            text += piece
            if "event: library" in text or "event: jobs" in text:
                break
        await watchers(1)
    await watchers(0)
