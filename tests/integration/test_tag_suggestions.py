"""Suggested tags over HTTP with the built-in model's words: what is suggested, to whom, and what yes and no do."""

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

from appliance.clip.encoder import Encoder
from appliance.settings import load
from tests.support.services import Cluster
from tests.support.sharing import me
from tests.support.vectors import add_crowd, unit
from tests.support.web import Web, open_web

pytestmark = pytest.mark.asyncio(loop_scope="module")

THINGS = ("dog", "car", "tree", "pizza", "mountain", "clock", "boat", "chair")


@dataclass(frozen=True)
class Home:
    """anna's pictures, ten of each thing, the first two of which carry its tag; bob has none."""

    web: Web
    anna: httpx.AsyncClient
    bob: httpx.AsyncClient
    #: By the thing that it shows.
    pictures: dict[str, list[str]]
    tags: dict[str, str]

    async def wanted(self, client: httpx.AsyncClient, *pictures: str) -> dict[str, list[str]]:
        """The pictures for each tag that is suggested."""
        while True:
            answer = await client.post("/api/tag-suggestions", json={"ids": pictures, "limit": 100})
            assert answer.status_code == 200, answer.text
            if answer.json()["waiting"] == 0:
                return {item["name"]: item["ids"] for item in answer.json()["items"]}

    async def candidates(self, thing: str) -> list[str]:
        answer = await self.anna.get(f"/api/tags/{self.tags[thing]}/suggestions")
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    async def judge(self, thing: str, **verdicts: list[str]) -> httpx.Response:
        return await self.anna.post(f"/api/tags/{self.tags[thing]}/verdicts", json=verdicts)

    def thing_of(self, picture: str) -> str:
        return next(thing for thing, ids in self.pictures.items() if picture in ids)


async def vectors(encoder: Encoder, thing: str, seed: int) -> NDArray[np.float32]:
    """Ten pictures of a thing, as far from its word as pictures are."""
    word = await encoder.encode_text(f"a photo of {thing}")
    noise = unit(np.random.default_rng(seed).normal(size=(10, len(word))))
    return unit(word + 1.2 * noise)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    url = cluster.clone()
    settings = load(
        {}, DATA_PATH=str(tmp_path_factory.mktemp("home")), DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1"
    )
    try:
        async with open_web(settings) as web, web.signed_in() as anna, web.second_person() as bob:
            appliance = web.context.appliance
            assert appliance.encoder is not None
            assert appliance.model is not None
            owner = UUID(await me(anna))
            pictures, tags = {}, {}
            for seed, thing in enumerate(THINGS):
                crowd = await add_crowd(
                    web.db, owner, await vectors(appliance.encoder, thing, seed), model_id=appliance.model.id
                )
                pictures[thing] = [str(each) for each in crowd.ids]
                made = await anna.post("/api/tags", json={"name": thing})
                tags[thing] = made.json()["id"]
                body = {"changes": {"add_tags": [thing]}, "ids": pictures[thing][:2]}
                assert (await anna.post("/api/edits", json=body)).status_code == 201
            yield Home(web, anna, bob, pictures, tags)
    finally:
        await asyncio.to_thread(cluster.drop, url)


async def test_a_picture_is_suggested_the_tag_of_what_it_shows(home: Home) -> None:
    right = 0
    for thing, ids in home.pictures.items():
        answer = await home.anna.get("/api/tag-suggestions", params={"asset": ids[5]})
        items = answer.json()["items"]
        right += bool(items) and items[0]["name"] == thing and items[0]["ids"] == [ids[5]]
    assert right >= len(THINGS) - 1


async def test_a_selection_is_told_which_of_it_wants_what(home: Home) -> None:
    asked = [*home.pictures["dog"][3:6], *home.pictures["car"][3:6]]
    found = await home.wanted(home.anna, *asked)
    assert len(set(found["dog"]) & set(home.pictures["dog"])) == 3
    assert set(found["car"]) <= set(home.pictures["car"])


async def test_what_carries_a_tag_already_does_not_want_it(home: Home) -> None:
    found = await home.wanted(home.anna, home.pictures["dog"][0])
    assert "dog" not in found
    assert not set(home.pictures["tree"][:2]) & set(await home.candidates("tree"))


async def test_a_tag_is_offered_the_pictures_that_show_it(home: Home) -> None:
    found = await home.candidates("pizza")
    assert len(found) >= 6
    assert {home.thing_of(picture) for picture in found} == {"pizza"}


async def test_yes_tags_by_an_edit_that_can_be_undone(home: Home) -> None:
    chosen = home.pictures["boat"][5:7]
    answer = await home.judge("boat", accept=chosen)
    assert answer.status_code == 200, answer.text
    edit = answer.json()["edit"]
    assert (edit["state"], edit["done"]) == ("done", 2)
    carried = await home.anna.get(f"/api/assets/{chosen[0]}")
    assert carried.json()["tags"] == ["boat"]
    assert not set(chosen) & set(await home.candidates("boat"))
    assert (await home.anna.post(f"/api/edits/{edit['id']}/undo")).status_code == 200
    assert (await home.anna.get(f"/api/assets/{chosen[0]}")).json()["tags"] == []
    assert set(chosen) & set(await home.candidates("boat"))


async def test_no_is_kept_and_not_asked_again(home: Home) -> None:
    chosen = home.pictures["clock"][5:7]
    assert set(chosen) <= set(await home.candidates("clock"))
    for wanted in (2, 0):
        answer = await home.judge("clock", reject=chosen)
        assert answer.json() == {"edit": None, "rejected": wanted}
    assert not set(chosen) & set(await home.candidates("clock"))
    assert "clock" not in await home.wanted(home.anna, chosen[0])
    assert (await home.anna.get(f"/api/assets/{chosen[0]}")).json()["tags"] == []


async def test_yes_takes_an_earlier_no_back(home: Home) -> None:
    chosen = home.pictures["chair"][5:6]
    await home.judge("chair", reject=chosen)
    edit = (await home.judge("chair", accept=chosen)).json()["edit"]
    await home.anna.post(f"/api/edits/{edit['id']}/undo")
    assert set(chosen) <= set(await home.candidates("chair"))


async def test_what_is_refused_counts_against_what_looks_like_it(home: Home) -> None:
    async def above(picture: str) -> float:
        answer = await home.anna.get(f"/api/tags/{home.tags['mountain']}/suggestions", params={"limit": 500})
        return float(next(each["above_chance"] for each in answer.json()["items"] if each["id"] == picture))

    watched = home.pictures["mountain"][9]
    before = await above(watched)
    await home.judge("mountain", accept=home.pictures["mountain"][2:8])
    assert await above(watched) > before


async def test_nobody_is_suggested_anything_for_other_peoples_pictures_nor_their_words(home: Home) -> None:
    picture, tag = home.pictures["dog"][5], home.tags["dog"]
    assert (await home.bob.get("/api/tag-suggestions", params={"asset": picture})).status_code == 404
    assert (await home.bob.post("/api/tag-suggestions", json={"ids": [picture]})).status_code == 404
    assert (await home.bob.get(f"/api/tags/{tag}/suggestions")).status_code == 404
    assert (await home.bob.post(f"/api/tags/{tag}/verdicts", json={"accept": [picture]})).status_code == 404
    made: dict[str, Any] = (await home.bob.post("/api/tags", json={"name": "dog"})).json()
    assert (await home.bob.get(f"/api/tags/{made['id']}/suggestions")).json() == {"items": []}
    answer = await home.bob.post(f"/api/tags/{made['id']}/verdicts", json={"reject": [picture]})
    assert answer.status_code == 404


async def test_verdicts_that_say_nothing_or_both_are_refused(home: Home) -> None:
    picture = home.pictures["dog"][5]
    assert (await home.judge("dog")).status_code == 400
    assert (await home.judge("dog", accept=[picture], reject=[picture])).status_code == 400
    assert (await home.anna.get(f"/api/assets/{picture}")).json()["tags"] == []
