"""Suggestions over HTTP: names of what one sees, with counts, and none of what one doesn't see any more."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from appliance.db.engine import Database
from appliance.library.access import Access
from appliance.library.vocabulary import Vocabularies, Vocabulary
from appliance.records.accounts import Role, Scope, Sight, Viewer
from appliance.records.helps import SuggestionKind
from tests.conftest import MakeSettings
from tests.support.albums import make_album, put
from tests.support.home import picture
from tests.support.sharing import me
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import Web, open_web


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with open_web(settings) as opened:
        yield opened


async def suggested(client: httpx.AsyncClient, text: str, **query: Any) -> list[tuple[str, str, int | None]]:
    """Kind, label and count of each suggestion, once all is counted."""
    while True:
        answer = await client.get("/api/suggestions", params={"q": text, **query})
        assert answer.status_code == 200, answer.text
        if answer.json()["complete"]:
            return [(each["kind"], each["label"], each["count"]) for each in answer.json()["items"]]


async def test_tags_folders_albums_and_people_are_suggested_with_their_counts(web: Web) -> None:
    async with web.signed_in() as anna:
        first = await stored(anna, picture(1), "a.jpg", folder="Summer/Italy", tags="sun,sunset")
        await stored(anna, picture(2), "b.jpg", folder="Summer", tags="sun")
        album = await make_album(anna, "Sunny days")
        await put(anna, album, first)
        assert await suggested(anna, "tag:su") == [("tag", "sun", 2), ("tag", "sunset", 1)]
        found = await suggested(anna, "su")
        assert ("album", "Sunny days", 1) in found
        assert ("folder", "Summer", 2) in found
        assert ("owner", "anna", 2) in await suggested(anna, "owner:an")
        answer = await anna.get("/api/suggestions", params={"q": "x tag:suns more", "at": 8})
        [item] = answer.json()["items"][:1]
        assert (item["start"], item["end"], item["text"]) == (6, 10, "sun")


async def test_a_suggested_folder_of_ones_own_finds_what_it_says(web: Web) -> None:
    async with web.signed_in() as anna:
        await stored(anna, picture(1), "a.jpg", folder="Trips/2020")
        await stored(anna, picture(2), "b.jpg", folder="2020")
        await suggested(anna, "folder:2020")
        answer = await anna.get("/api/suggestions", params={"q": "folder:2020"})
        for item in answer.json()["items"]:
            listed = await anna.get("/api/assets", params={"q": f"folder:{item['text']}"})
            assert len(listed.json()["items"]) == item["count"] == 1


async def test_names_of_others_are_suggested_only_while_they_are_shared(web: Web) -> None:
    async with web.signed_in() as anna, web.second_person() as bob:
        await stored(anna, picture(1), "a.jpg", folder="Secret/Shared", tags="annas")
        await stored(anna, picture(2), "b.jpg", folder="Secret", tags="hidden")
        assert await suggested(bob, "tag:") == await suggested(bob, "folder:") == []
        folders = (await anna.get("/api/folders")).json()
        shared = next(each["id"] for each in folders if each["path"] == "Secret/Shared")
        made = await anna.post(
            f"/api/folders/{shared}/shares", json={"subject": await me(bob), "may": "view"}
        )
        assert await suggested(bob, "tag:") == [("tag", "annas", 1)]
        assert await suggested(bob, "folder:") == [("folder", "Shared", 1)]
        assert ("owner", "anna", 1) in await suggested(bob, "owner:")
        assert await suggested(bob, "secr") == []
        await anna.delete(f"/api/folders/{shared}/shares/{made.json()['id']}")
        assert await suggested(bob, "tag:") == await suggested(bob, "folder:") == []
        assert [each for each in await suggested(bob, "owner:") if each[1] == "anna"] == []


async def test_what_was_looked_for_and_kept_is_suggested_to_oneself_and_to_no_key(web: Web) -> None:
    async with web.signed_in() as anna, web.second_person() as bob:
        await anna.get("/api/search", params={"q": "blue whale"})
        kept = {"name": "Bluest", "q": "something blue", "narrowing": {"tag": "sea"}}
        assert (await anna.post("/api/saved-searches", json=kept)).status_code == 201
        assert await suggested(anna, "blue") == [
            ("recent", "blue whale", None), ("saved", "Bluest", None)
        ]  # fmt: skip
        answer = await anna.get("/api/suggestions", params={"q": "bluest"})
        assert answer.json()["items"][0]["text"] == "something blue tag:sea"
        assert await suggested(bob, "blue") == []
        made = await anna.post("/api/me/keys", json={"name": "script", "scopes": [Scope.SEARCH_READ]})
        async with web.script(made.json()["key"]) as script:
            assert await suggested(script, "blue") == [("saved", "Bluest", None)]


async def test_what_one_names_is_suggested_from_then_on(web: Web) -> None:
    async with web.signed_in() as anna:
        asset = await stored(anna, picture(1), "a.jpg", tags="sun")
        assert await suggested(anna, "tag:") == [("tag", "sun", 1)]
        body = {"changes": {"add_tags": ["moon"]}, "ids": [asset["id"]]}
        assert (await anna.post("/api/edits", json=body)).status_code == 201

        async def both() -> bool:
            return await suggested(anna, "tag:") == [("tag", "moon", 1), ("tag", "sun", 1)]

        assert await eventually_async(both, 5)


async def test_new_names_come_without_a_wait(database: Database) -> None:
    person = await database.fetch_one(
        "INSERT INTO account (id, name) VALUES (gen_random_uuid(), 'anna') RETURNING id"
    )
    assert person is not None
    viewer = Viewer(person["id"], "anna", Role.MEMBER, frozenset(), Sight.OWN)
    await database.fetch(
        "INSERT INTO tag (id, owner, name) VALUES (gen_random_uuid(), {}, 'sea')", viewer.user_id
    )
    vocabularies = Vocabularies(Access())

    async def complete() -> Vocabulary | None:
        found = await vocabularies.of(database, viewer)
        # A tag that nothing carries finds nothing, and is no longer suggested once that is known.
        assert found.complete or [word.name.label for word in found.words[SuggestionKind.TAG]] == ["sea"]
        return found if found.complete else None

    found = await eventually_async(complete)
    assert found is not None
    assert found.words == {}
    again = await vocabularies.of(database, viewer)
    assert again is found
