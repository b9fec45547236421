"""In a collapsed answer one stands for all that are alike: on every page, and for everybody as they see it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from appliance.library.appliance import Appliance
from appliance.records.search import Place
from tests.conftest import MakeSettings
from tests.support.alike import SAME, photo, png, settle
from tests.support.home import open_home
from tests.support.sharing import make_folder, share
from tests.support.uploads import stored
from tests.support.web import Web, open_web
from web.schemas.cursors import search_cursor


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Web]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)
    async with open_web(settings) as opened:
        yield opened


@pytest.fixture
async def worker(web: Web) -> AsyncIterator[Appliance]:
    async with open_home(web.settings) as home:
        yield home


async def found(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/api/search", params={"q": "a photo", "collapse": True, **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def names(answer: dict[str, Any]) -> list[str]:
    return [hit["asset"]["filename"] for hit in answer["items"]]


async def fill(client: httpx.AsyncClient, worker: Appliance, numbers: range, **fields: Any) -> None:
    for number in numbers:
        for name in ("png", "compressed", "darker"):
            await stored(client, SAME[name](photo(number)), f"{number}-{name}.jpg", **fields)
    await settle(worker)


async def test_the_first_of_each_group_is_shown_on_whatever_page(
    anna: httpx.AsyncClient, worker: Appliance
) -> None:
    await fill(anna, worker, range(20, 26))
    await stored(anna, png(photo(40)), "40-alone.png")
    await settle(worker)
    every = await found(anna, collapse=False)
    wanted = list({name.partition("-")[0]: name for name in reversed(names(every))}.values())[::-1]
    whole = await found(anna)
    assert names(whole) == wanted
    assert len(wanted) == 7
    sizes = {hit["asset"]["filename"]: (hit["group"] or {}).get("size") for hit in whole["items"]}
    assert sizes.pop("40-alone.png") is None
    assert set(sizes.values()) == {3}
    assert all(hit["group"] is None for hit in every["items"])
    group = whole["items"][0]["group"] or whole["items"][1]["group"]
    opened = await anna.get(f"/api/duplicates/{group['id']}")
    assert len(opened.json()["members"]) == 3
    paged: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await found(anna, limit=2, **after)
        paged += names(page)
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert paged == wanted


async def test_what_a_filter_or_the_trash_leaves_out_hides_nothing(
    anna: httpx.AsyncClient, worker: Appliance
) -> None:
    await fill(anna, worker, range(30, 31))
    [first] = names(await found(anna))
    hits = (await found(anna, collapse=False))["items"]
    best, second, third = (hit["asset"] for hit in hits)
    assert best["filename"] == first
    for other in (second, third):
        await anna.patch(f"/api/assets/{other['id']}", json={"tags": ["others"]})
    assert names(await found(anna, tag="others")) == [second["filename"]]
    assert (await anna.delete(f"/api/assets/{best['id']}")).status_code == 200
    answer = await found(anna)
    assert names(answer) == [second["filename"]]
    assert answer["items"][0]["group"]["size"] == 2
    # What one asks for more of stands for nothing, and its fellows are one hit.
    assert names(await found(anna, q="", like=second["id"])) == [third["filename"]]


async def test_a_file_that_is_called_so_is_found_and_stands_for_its_fellows(
    anna: httpx.AsyncClient, worker: Appliance
) -> None:
    await fill(anna, worker, range(32, 34))
    for name in ("32-darker.jpg", "33-png.jpg", "32-compressed.jpg"):
        answer = await found(anna, q=name)
        assert names(answer)[0] == name
        assert len(names(answer)) == 2
        pages = await found(anna, q=name, limit=1)
        assert names(pages) + names(await found(anna, q=name, limit=1, after=pages["next"])) == names(answer)


async def test_a_guest_is_told_of_what_they_see_alone(
    web: Web, anna: httpx.AsyncClient, worker: Appliance
) -> None:
    folder = await make_folder(anna, "shared")
    for number, places in ((44, ("shared", "shared", "")), (45, ("shared", "", ""))):
        for name, place in zip(("png", "compressed", "darker"), places, strict=True):
            fields = {"folder": place} if place else {}
            await stored(anna, SAME[name](photo(number)), f"{number}-{name}.jpg", **fields)
    await settle(worker)
    async with web.second_person("bob") as bob:
        await share(anna, folder, bob)
        hits = (await found(bob))["items"]
        seen = {hit["asset"]["filename"].partition("-")[0]: hit["group"] for hit in hits}
        assert len(hits) == 2
        assert seen["44"]["size"] == 2
        assert seen["45"] is None
        # Those that he does not see hide none that he sees, whichever is nearer.
        assert [name for name in names(await found(bob)) if name.startswith("45")] == ["45-png.jpg"]
        # Nor where he writes a place of his own in which they were shown.
        whole = (await anna.get("/api/assets")).json()["items"]
        unseen = [
            UUID(each["id"]) for each in whole if each["filename"] in {"45-compressed.jpg", "45-darker.jpg"}
        ]
        assert len(unseen) == 2
        model = web.context.appliance.model
        assert model is not None
        after = search_cursor(Place(model.id, shown=tuple(unseen)))
        assert "45-png.jpg" in names(await found(bob, after=after))
