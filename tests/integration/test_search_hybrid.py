"""What is called by the words comes with what looks like them; answers end where chance begins, and pages fit."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from appliance.records.search import Place
from tests.support.album import Album, index_all, open_album
from tests.support.home import picture
from tests.support.services import Cluster
from tests.support.uploads import stored
from web.schemas.cursors import read_search_cursor, search_cursor

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def album(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Album]:
    async with open_album(cluster, tmp_path_factory.mktemp("album")) as opened:
        for number, name in enumerate(("IMG_20200501_1.jpg", "Café am Meer.jpg", "receipt 2021.jpg")):
            asset = await stored(opened.anna, picture(900 + number), name, folder="Bills/Hardware shop")
            opened.assets[name] = asset
        await opened.anna.patch(
            f"/api/assets/{opened.assets['receipt 2021.jpg']['id']}",
            json={"description": "the old saw of grandfather", "tags": ["tools/saw"]},
        )
        await index_all(opened.web.settings)
        yield opened


async def pages(
    album: Album, *, between: Any = None, key: str = "next", **query: Any
) -> list[dict[str, Any]]:
    """All pages of a search; ``between`` is awaited after each."""
    found = [await album.search(**query)]
    while found[-1][key] is not None:
        if between is not None:
            await between()
        found.append(await album.search(**{**query, "after": found[-1][key]}))
    return found


def ids(answers: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for answer in answers for item in answer["items"]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("IMG_20200501_1.jpg", "IMG_20200501_1.jpg"), ("img_20200501_1", "IMG_20200501_1.jpg"),
        ("20200501", "IMG_20200501_1.jpg"), ("0501", "IMG_20200501_1.jpg"), ("cafe am meer", "Café am Meer.jpg"),
        ("CAFÉ AM MEER.JPG", "Café am Meer.jpg"), ("meer cafe", "Café am Meer.jpg"),
        ('"am meer"', "Café am Meer.jpg"), ("receipt", "receipt 2021.jpg"), ("grandfather", "receipt 2021.jpg"),
        ("grandfather's old saw", "receipt 2021.jpg"), ('"old saw"', "receipt 2021.jpg"),
        ("tools saw receipt", "receipt 2021.jpg"),
    ],
)  # fmt: skip
async def test_what_is_called_so_comes_first(album: Album, query: str, name: str) -> None:
    assert (await album.names(q=query, limit=5))[0] == name
    assert (await album.names(q=query, limit=5, strength="strict"))[0] == name


async def test_a_row_says_where_its_words_were_met(album: Album) -> None:
    by_folder = (await album.search(q="hardware", limit=10))["items"]
    assert {item["asset"]["filename"] for item in by_folder if item["matched"] == ["folder"]} == {
        "IMG_20200501_1.jpg", "Café am Meer.jpg", "receipt 2021.jpg",
    }  # fmt: skip
    several = (await album.search(q="receipt saw", limit=1))["items"][0]
    assert several["matched"] == ["description", "name", "tag"]
    assert (await album.search(q="a dog", limit=1))["items"][0]["matched"] == []


async def test_all_words_have_to_be_met_and_a_phrase_as_it_stands(album: Album) -> None:
    for query in ("receipt zebra", '"saw old"', '"receipt saw"'):
        assert not any(item["matched"] for item in (await album.search(q=query, limit=1000))["items"])


async def test_words_are_met_only_within_what_the_filters_leave(album: Album) -> None:
    found = (await album.search(q="receipt", folder="odd", limit=100))["items"]
    assert found
    assert not any(item["matched"] for item in found)


@pytest.mark.parametrize("limit", [2, 1000])
async def test_pages_neither_skip_nor_repeat_while_uploads_go_on(album: Album, limit: int) -> None:
    before = set(ids(await pages(album, q="hardware", limit=1000)))
    new = iter(range(1000, 1005))

    async def upload() -> None:
        number = next(new, None)
        if number is not None:
            await stored(album.anna, picture(number * limit), f"hardware {number} {limit}.jpg")
            await index_all(album.web.settings)

    found = ids(await pages(album, between=upload, q="hardware", limit=limit))
    assert len(found) == len(set(found))
    assert before <= set(found)


async def test_answers_end_the_earlier_the_stricter_and_go_on_below(album: Album) -> None:
    whole = ids(await pages(album, q="a dog", limit=1000))
    ends = []
    for strength in ("loose", "balanced", "strict"):
        answer = await album.search(q="a dog", limit=1000, strength=strength)
        kept = ids([answer])
        assert answer["cut"]["strength"] == strength
        assert not answer["cut"]["nothing"]
        assert answer["next"] is None
        assert all(item["score"] >= answer["cut"]["threshold"] - 1e-6 for item in answer["items"])
        rest = ids(await pages(album, q="a dog", limit=20, strength=strength, after=answer["beyond"]))
        assert kept + rest == whole
        ends.append(len(kept))
    assert 0 < ends[2] <= ends[1] <= ends[0] < len(whole)


async def test_small_pages_end_at_the_same_cut(album: Album) -> None:
    whole = await album.search(q="a plate of food", limit=1000, strength="balanced")
    found = await pages(album, q="a plate of food", limit=2, strength="balanced")
    assert ids(found) == ids([whole])
    assert found[-1]["beyond"] is not None
    assert whole["matched"] >= len(album.assets)


async def test_nothing_to_find_is_said_and_the_nearest_offered(album: Album) -> None:
    answer = await album.search(q="quantum mechanics equations", limit=50, strength="balanced")
    assert (answer["items"], answer["cut"]["nothing"], answer["next"]) == ([], True, None)
    assert len(answer["nearest"]) == 8
    below = await album.search(
        q="quantum mechanics equations", limit=8, strength="balanced", after=answer["beyond"]
    )
    assert ids([below]) == [item["id"] for item in answer["nearest"]]


async def test_where_nothing_is_found_what_is_called_by_some_of_the_words_is_offered_first(
    album: Album,
) -> None:
    answer = await album.search(q="grandfather explaining quantum mechanics", limit=50, strength="balanced")
    assert (answer["items"], answer["cut"]["nothing"], len(answer["nearest"])) == ([], True, 8)
    assert [item["asset"]["filename"] for item in answer["nearest"] if item["matched"]] == [
        "receipt 2021.jpg"
    ]
    assert answer["nearest"][0]["matched"] == ["description"]
    # The more words, and the rarer, the better: three lie in the hardware shop, and one of them is called so as well.
    answer = await album.search(q="hardware quantum mechanics cafe", limit=50, strength="strict")
    first = answer["nearest"][0]
    assert (first["asset"]["filename"], first["matched"]) == ("Café am Meer.jpg", ["folder", "name"])
    answer = await album.search(q="hardware quantum mechanics cafe", wrong=first["id"], strength="strict")
    assert first["id"] not in [item["id"] for item in answer["nearest"]]
    assert answer["nearest"][0]["matched"]


async def test_rows_say_how_far_above_chance_they_are(album: Album) -> None:
    items = (await album.search(q="a dog", limit=1000))["items"]
    heights = [item["above_chance"] for item in items]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > 4
    assert heights[len(heights) // 2] < 2


async def test_a_picture_and_words_go_together(album: Album) -> None:
    like = next(iter(album.assets.values()))["id"]
    both = await album.names(q="snow", like=like, limit=100)
    assert both != await album.names(like=like, limit=100)
    assert both != await album.names(q="snow", limit=100)


async def test_what_was_wrong_is_left_out_and_what_was_right_moves_the_rest(album: Album) -> None:
    plain = (await album.search(q="people", limit=100))["items"]
    wrong, right = plain[0]["id"], plain[20]["id"]
    moved = (await album.search(q="people", limit=100, wrong=wrong, right=right))["items"]
    places = {item["id"]: number for number, item in enumerate(moved)}
    assert wrong not in places
    assert places[right] < 20


async def test_filters_alone_give_the_latest_first(album: Album) -> None:
    listed = (await album.anna.get("/api/assets", params={"limit": 500, "q": "tag:third1"})).json()["items"]
    found = await pages(album, q="tag:third1", limit=7)
    assert ids(found) == [asset["id"] for asset in listed]
    assert found[0]["matched"] == len(listed)
    assert {(item["score"], item["distance"]) for answer in found for item in answer["items"]} == {
        (None, None)
    }


async def test_a_query_of_not_that_alone_and_of_a_strange_writing_are_noted(album: Album) -> None:
    assert (await album.search(q="-dog", limit=5))["notes"] == ["query.all_negative"]
    assert (await album.search(q="собака", limit=5))["notes"] == ["query.unknown_script"]


@pytest.mark.parametrize(
    "after", ["d", "dAAAA", "d" + "A" * 3999, "t0~", "t9~20200101T000000.000000-x", "d!!", "x"]
)
async def test_places_that_nobody_gave_are_refused(album: Album, after: str) -> None:
    answer = await album.anna.get("/api/search", params={"q": "dog", "after": after})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_place_further_than_any_library_goes_is_refused(album: Album) -> None:
    place = read_search_cursor((await album.search(q="dog", limit=2))["next"])
    assert isinstance(place, Place)
    for rank in (2**31, 2**32 - 1):
        after = search_cursor(replace(place, rank=rank))
        answer = await album.anna.get("/api/search", params={"q": "dog", "limit": 2, "after": after})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_place_in_one_kind_of_answer_is_none_in_another(album: Album) -> None:
    by_looks = (await album.search(q="dog", limit=2))["next"]
    by_time = (await album.search(q="tag:third1", limit=2))["next"]
    for query, after in (("tag:third1", by_looks), ("dog", by_time)):
        answer = await album.anna.get("/api/search", params={"q": query, "after": after})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_others_are_not_met_by_their_names(album: Album) -> None:
    async with album.web.second_person("bob") as bob:
        own = await stored(bob, picture(77), "receipt of bob.jpg")
        await index_all(album.web.settings)
        answer = await bob.get("/api/search", params={"q": "receipt", "limit": 1000})
        assert [item["id"] for item in answer.json()["items"]] == [own["id"]]
        assert answer.json()["matched"] == 1
        anna = await album.search(q="receipt", limit=1000)
        assert own["id"] not in ids([anna])
