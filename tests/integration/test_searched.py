"""What comes of a search besides its hits: counts of what is above the cut, and what is new in kept searches."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from appliance.settings import load
from tests.support.services import Cluster
from tests.support.sharing import me
from tests.support.vectors import add_crowd, unit
from tests.support.web import Web, open_web

pytestmark = pytest.mark.asyncio(loop_scope="module")

THINGS = ("a dog", "a car", "a tree", "a pizza", "a mountain", "a clock", "a boat", "a chair")


@dataclass(frozen=True)
class Home:
    """anna's pictures, ten of each thing, all dogs in one folder; bob has two dogs of his own."""

    web: Web
    anna: httpx.AsyncClient
    bob: httpx.AsyncClient
    #: By the thing that it shows.
    pictures: dict[str, list[str]]

    async def add(self, client: httpx.AsyncClient, thing: str, count: int, seed: int) -> list[str]:
        appliance = self.web.context.appliance
        assert appliance.encoder is not None
        assert appliance.model is not None
        word: NDArray[np.float32] = await appliance.encoder.encode_text(thing)
        noise = unit(np.random.default_rng(seed).normal(size=(count, len(word))))
        crowd = await add_crowd(
            self.web.db, UUID(await me(client)), unit(word + 0.8 * noise), model_id=appliance.model.id
        )
        return [str(each) for each in crowd.ids]

    async def facets(self, client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
        answer = await client.get("/api/facets", params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def keep(self, client: httpx.AsyncClient, **search: Any) -> str:
        answer = await client.post("/api/saved-searches", json={"name": "kept", **search})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def news(self, client: httpx.AsyncClient) -> dict[str, int]:
        answer = await client.get("/api/saved-searches/news")
        assert answer.status_code == 200, answer.text
        return {item["id"]: item["new"] for item in answer.json()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    url = cluster.clone()
    settings = load(
        {}, DATA_PATH=str(tmp_path_factory.mktemp("home")), DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1"
    )
    try:
        async with open_web(settings) as web, web.signed_in() as anna, web.second_person() as bob:
            home = Home(web, anna, bob, {})
            for seed, thing in enumerate(THINGS):
                home.pictures[thing] = await home.add(anna, thing, 10, seed)
            await home.add(bob, "a dog", 2, 99)
            changes = {"folder": "Dogs", "add_tags": ["pet"]}
            body = {"changes": changes, "ids": home.pictures["a dog"]}
            assert (await anna.post("/api/edits", json=body)).status_code == 201
            # Both have what a sample can be made of before the first question.
            await home.add(bob, "a car", 10, 98)
            yield home
    finally:
        await asyncio.to_thread(cluster.drop, url)


async def test_counts_of_a_search_are_over_what_is_above_its_cut(home: Home) -> None:
    found = await home.facets(home.anna, q="a dog")
    assert 8 <= found["total"] <= 14
    assert found["cut"]["nothing"] is False
    assert found["cut"]["at_least"] is False
    assert [each["path"] for each in found["folders"]] == ["Dogs"]
    assert found["tags"][0]["name"] == "pet"
    assert sum(each["assets"] for each in found["years"]) == found["total"]
    assert [(each["name"], each["assets"]) for each in found["owners"]] == [("anna", found["total"])]
    everything = await home.facets(home.anna)
    assert (everything["total"], everything["cut"]) == (80, None)


async def test_filters_narrow_what_is_counted(home: Home) -> None:
    inside = await home.facets(home.anna, q="a dog folder:Dogs")
    assert 8 <= inside["total"] <= 10
    outside = await home.facets(home.anna, q="a dog -tag:pet")
    assert outside["total"] <= 4
    assert outside["tags"] == []


async def test_how_strict_the_cut_is_can_be_said(home: Home) -> None:
    totals = [
        (await home.facets(home.anna, q="a dog", strength=each))["total"]
        for each in ("strict", "balanced", "loose", "all")
    ]
    assert totals == sorted(totals)
    assert totals[-1] == 80


async def describe(home: Home, asset: str, words: str) -> None:
    answer = await home.anna.patch(f"/api/assets/{asset}", json={"description": words})
    assert answer.status_code == 200


async def test_what_is_called_by_the_words_is_counted_wherever_it_stands(home: Home) -> None:
    described = home.pictures["a car"][:3]
    for asset in described:
        await describe(home, asset, "grandmother in Zwickau")
    shown = (await home.anna.get("/api/search", params={"q": "zwickau", "strength": "strict"})).json()
    assert {each["id"] for each in shown["items"]} == set(described)
    found = await home.facets(home.anna, q="zwickau", strength="strict")
    assert (found["total"], found["cut"]["nothing"]) == (3, True)
    alone = (await home.facets(home.anna, q="a dog"))["total"]
    await describe(home, home.pictures["a pizza"][0], "A dog ate it")
    assert (await home.facets(home.anna, q="a dog"))["total"] == alone + 1
    await describe(home, home.pictures["a pizza"][0], "")


async def test_what_looks_like_a_picture_is_counted_without_itself(home: Home) -> None:
    found = await home.facets(home.anna, like=home.pictures["a dog"][0])
    assert found["cut"] is not None
    assert found["total"] < 80
    assert (await home.bob.get("/api/facets", params={"like": home.pictures["a dog"][0]})).status_code == 404


async def test_nobody_counts_other_peoples_pictures(home: Home) -> None:
    found = await home.facets(home.bob, q="a dog")
    assert found["total"] <= 12
    assert found["folders"] == found["tags"] == []
    assert {each["name"] for each in found["owners"]} <= {"bob"}


async def test_what_is_uploaded_since_the_last_look_is_new_in_a_kept_filter(home: Home) -> None:
    kept = await home.keep(home.anna, narrowing={"type": "image/jpeg"})
    assert (await home.news(home.anna))[kept] == 0
    await home.add(home.anna, "a tree", 3, 50)
    await home.web.db.fetch("UPDATE asset SET uploaded_at = now() WHERE uploaded_at > now()")
    assert (await home.news(home.anna))[kept] == 3
    assert (await home.anna.post(f"/api/saved-searches/{kept}/seen")).status_code == 204
    assert (await home.news(home.anna))[kept] == 0


async def test_of_a_kept_search_with_words_only_what_is_above_the_cut_is_new(home: Home) -> None:
    kept = await home.keep(home.anna, q="a dog")
    assert (await home.news(home.anna))[kept] == 0
    await home.add(home.anna, "a boat", 4, 60)
    assert (await home.news(home.anna))[kept] == 0
    added = await home.add(home.anna, "a dog", 2, 61)
    assert (await home.news(home.anna))[kept] == 2
    trashed = await home.anna.delete(f"/api/assets/{added[0]}")
    assert trashed.status_code == 200
    assert (await home.news(home.anna))[kept] == 1
    assert (await home.anna.post(f"/api/saved-searches/{kept}/seen")).status_code == 204
    assert (await home.news(home.anna))[kept] == 0


async def test_what_is_called_by_the_words_of_a_kept_search_is_new(home: Home) -> None:
    before = await home.add(home.anna, "a car", 1, 62)
    kept = await home.keep(home.anna, q="chemnitz")
    await describe(home, before[0], "Chemnitz")
    assert (await home.news(home.anna))[kept] == 0
    for asset in await home.add(home.anna, "a car", 2, 63):
        await describe(home, asset, "the market of Chemnitz")
    assert (await home.news(home.anna))[kept] == 2
    assert (await home.anna.post(f"/api/saved-searches/{kept}/seen")).status_code == 204
    assert (await home.news(home.anna))[kept] == 0


async def test_what_was_uploaded_before_a_look_and_got_its_vector_after_it_is_new(home: Home) -> None:
    kept = await home.keep(home.anna, q="a dog")
    added = await home.add(home.anna, "a dog", 1, 70)
    await home.web.db.fetch(
        "UPDATE asset SET uploaded_at = now() - interval '1 day' WHERE id = {}", UUID(added[0])
    )
    assert (await home.news(home.anna))[kept] == 1


async def test_nobody_else_looks_or_is_told_of_others_news(home: Home) -> None:
    kept = await home.keep(home.bob, q="a dog")
    await home.add(home.anna, "a dog", 2, 80)
    assert (await home.news(home.bob))[kept] == 0
    assert kept not in await home.news(home.anna)
    assert (await home.anna.post(f"/api/saved-searches/{kept}/seen")).status_code == 404
