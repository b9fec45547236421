"""What people looked for lately is theirs alone, ends where they say so, and scripts leave no trace."""

from collections.abc import AsyncIterator

import httpx
import pytest

from appliance.db import recents
from appliance.records.accounts import Scope
from tests.conftest import MakeSettings
from tests.support.web import Web, open_web

PATH = "/api/recent-searches"


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(database_url=database_url, redis_url="redis://127.0.0.1:1")
    async with open_web(settings) as opened:
        yield opened


async def look_for(client: httpx.AsyncClient, *texts: str) -> None:
    for text in texts:
        answer = await client.get("/api/search", params={"q": text})
        assert answer.status_code == 200, answer.text


async def remembered(client: httpx.AsyncClient) -> list[str]:
    answer = await client.get(PATH)
    assert answer.status_code == 200, answer.text
    return [item["text"] for item in answer.json()["items"]]


async def test_what_one_looked_for_is_remembered_once_and_the_latest_first(web: Web) -> None:
    async with web.signed_in() as anna:
        await look_for(anna, "red bike", "a dog  tag:sea", "red bike")
        assert await remembered(anna) == ["red bike", "a dog tag:sea"]


async def test_who_types_on_leaves_one_search_behind(web: Web) -> None:
    async with web.signed_in() as anna:
        await look_for(anna, "re", "red b", "red bike", "red bik")
        assert await remembered(anna) == ["red bik"]
        await web.db.fetch("UPDATE recent_search SET used_at = used_at - interval '1 hour'")
        await look_for(anna, "red bike")
        assert await remembered(anna) == ["red bike", "red bik"]


async def test_only_the_latest_are_kept(web: Web) -> None:
    async with web.signed_in() as anna:
        await look_for(anna, *(f"{number:02} dogs" for number in range(recents.MAX_RECENT + 3)))
        found = await remembered(anna)
        assert len(found) == recents.MAX_RECENT
        assert found[-1] == "03 dogs"
        [row] = await web.db.fetch("SELECT count(*) AS n FROM recent_search")
        assert row["n"] == recents.MAX_RECENT


async def test_nobody_else_is_told_not_even_who_runs_the_appliance(web: Web) -> None:
    async with web.signed_in() as anna, web.second_person() as bob:
        await look_for(bob, "a present for anna")
        assert await remembered(bob) == ["a present for anna"]
        assert await remembered(anna) == []
        await anna.delete(PATH)
        await anna.delete(PATH, params={"text": "a present for anna"})
        assert await remembered(bob) == ["a present for anna"]
        assert "present" not in (await anna.get("/api/admin/audit")).text


async def test_one_or_all_of_them_can_be_forgotten(web: Web) -> None:
    async with web.signed_in() as anna:
        await look_for(anna, "a dog", "two cats", "three cows")
        assert (await anna.delete(PATH, params={"text": "two cats"})).status_code == 204
        assert await remembered(anna) == ["three cows", "a dog"]
        assert (await anna.delete(PATH)).status_code == 204
        assert await remembered(anna) == []


async def test_switched_off_there_are_none_and_none_come(web: Web) -> None:
    async with web.signed_in() as anna:
        await look_for(anna, "a dog")
        assert (await anna.put(PATH, json={"keeps": False})).status_code == 204
        assert (await anna.get(PATH)).json() == {"keeps": False, "items": []}
        await look_for(anna, "two cats")
        assert await remembered(anna) == []
        assert (await anna.put(PATH, json={"keeps": True})).status_code == 204
        await look_for(anna, "three cows")
        assert await remembered(anna) == ["three cows"]


async def test_a_key_leaves_no_trace_and_is_told_nothing(web: Web) -> None:
    async with web.signed_in() as anna:
        made = await anna.post("/api/me/keys", json={"name": "script", "scopes": [Scope.SEARCH_READ]})
        assert made.status_code == 201, made.text
        await look_for(anna, "a dog")
        async with web.script(made.json()["key"]) as script:
            await look_for(script, "from a script")
            assert (await script.get(PATH)).status_code == 403
        assert await remembered(anna) == ["a dog"]


async def test_a_further_page_is_no_search_of_its_own(web: Web) -> None:
    async with web.signed_in() as anna:
        answer = await anna.get("/api/search", params={"q": "a dog", "after": "nonsense"})
        assert answer.status_code == 400
        assert await remembered(anna) == []


async def test_several_terms_with_words_are_remembered_as_well(web: Web) -> None:
    async with web.signed_in() as anna:
        answer = await anna.post("/api/search", json={"q": "a dog -cat"})
        assert answer.status_code == 200, answer.text
        assert await remembered(anna) == ["a dog -cat"]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_what_another_page_makes_a_browser_look_for_is_not_remembered(web: Web, site: str) -> None:
    async with web.signed_in() as anna:
        answer = await anna.get("/api/search", params={"q": "a trap"}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 200, answer.text
        assert await remembered(anna) == []
