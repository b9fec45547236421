"""Where no model answers, what is called by the words is found, a page at a time, and it is said why no more is."""

from typing import Any

import httpx
import pytest

from tests.support.home import picture
from tests.support.sharing import make_folder, share
from tests.support.uploads import stored


async def search(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/api/search", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def names(answer: dict[str, Any]) -> list[str]:
    return [item["asset"]["filename"] for item in answer["items"]]


async def test_names_are_found_newest_first_and_in_pages(anna: httpx.AsyncClient) -> None:
    for number in range(5):
        await stored(anna, picture(number), f"beach {number}.jpg")
    await stored(anna, picture(9), "beach.jpg")
    await stored(anna, picture(10), "mountain.jpg")
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = await search(anna, q="beach", limit=2, **after)
        assert answer["degraded"] in {"no_model", "encoder_down", "loading"}
        assert {item["score"] for item in answer["items"]} == {None}
        found += names(answer)
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert found == ["beach.jpg", "beach 4.jpg", "beach 3.jpg", "beach 2.jpg", "beach 1.jpg", "beach 0.jpg"]


async def test_letters_within_names_are_found_in_pages_as_well(anna: httpx.AsyncClient) -> None:
    for number in range(5):
        await stored(anna, picture(number), f"PXL20200501{number}.jpg")
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = await search(anna, q="200501", limit=2, **after)
        found += names(answer)
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert found == [f"PXL20200501{number}.jpg" for number in reversed(range(5))]


async def test_what_is_called_by_no_word_is_an_empty_answer(anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), "beach.jpg")
    for query in ({"q": "zebra"}, {"q": "-beach"}, {"q": "🐶"}, {"like": asset["id"]}):
        answer = await search(anna, **query)
        assert (answer["items"], answer["next"]) == ([], None)
        assert answer["degraded"]


async def test_what_is_called_by_some_of_the_words_is_offered(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await stored(anna, picture(1), "beach.jpg")
    await stored(anna, picture(2), "forest.jpg", folder="rex", tags="dog")
    await stored(anna, picture(3), "mountain.jpg", tags="dog")
    await stored(bob, picture(4), "rex on the beach.jpg", folder="rex", tags="dog")

    async def nearest(query: str, **filters: str) -> list[str]:
        answer = await search(anna, q=query, **filters)
        assert answer["items"] == []
        return [item["asset"]["filename"] for item in answer["nearest"]]

    assert await nearest("rex by the lake") == ["forest.jpg"]
    assert await nearest("a dog rex beach") == ["forest.jpg", "beach.jpg", "mountain.jpg"]
    assert await nearest("a dog beach", tag="dog") == ["mountain.jpg", "forest.jpg"]
    assert await nearest("zebra") == []


async def test_filters_alone_need_no_model(anna: httpx.AsyncClient) -> None:
    await stored(anna, picture(1), "beach.jpg", tags="sea")
    await stored(anna, picture(2), "forest.jpg")
    answer = await search(anna, q="tag:sea")
    assert (names(answer), answer["degraded"], answer["matched"]) == (["beach.jpg"], None, 1)


@pytest.mark.parametrize("query", ["secret", "trip", "rome", "below", "holiday"])
async def test_a_shared_folder_tells_no_name_of_what_is_above_it(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, query: str
) -> None:
    for path in ("secret", "secret/trip"):
        await make_folder(anna, path)
    rome = await make_folder(anna, "secret/trip/rome")
    await make_folder(anna, "secret/trip/rome/below")
    await stored(anna, picture(1), "a.jpg", folder="secret/trip/rome/below", tags="holiday")
    await stored(anna, picture(2), "b.jpg", folder="secret/trip", tags="holiday")
    await share(anna, rome, bob)
    seen = {"secret": [], "trip": [], "rome": ["a.jpg"], "below": ["a.jpg"], "holiday": ["a.jpg"]}
    assert names(await search(bob, q=query)) == seen[query]
    assert "a.jpg" in names(await search(anna, q=query))


async def test_a_name_that_changes_is_found_by_its_new_words(anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), "a.jpg", folder="rome", tags="sea")
    folder = (await anna.get("/api/folders")).json()[0]["id"]
    await anna.patch(f"/api/folders/{folder}", json={"name": "paris"})
    await anna.patch(f"/api/assets/{asset['id']}", json={"tags": ["lake"], "description": "grandmother"})
    for query, count in (("rome", 0), ("paris", 1), ("sea", 0), ("lake", 1), ("grandmother", 1)):
        assert len(names(await search(anna, q=query))) == count, query
    await anna.delete(f"/api/assets/{asset['id']}")
    assert names(await search(anna, q="paris")) == []


@pytest.mark.parametrize(
    "query",
    ["'", "\\", "%", "_", "a'b", "*:&|!", "(", "a & b", "<->", "a:*", "[a", "ﬁ", "é", "東京", "tokyo 東"],
)
async def test_signs_mean_themselves(anna: httpx.AsyncClient, query: str) -> None:
    await stored(anna, picture(1), "plain.jpg")
    await stored(anna, picture(2), "x ab.jpg")
    answer = await search(anna, q=f'"{query}"' if query != "\\" else query)
    assert "plain.jpg" not in names(answer)


async def test_other_writings_are_found(anna: httpx.AsyncClient) -> None:
    for number, name in enumerate(("東京タワー.jpg", "собака на снегу.jpg", "قطة.jpg")):
        await stored(anna, picture(number), name)
    for query, name in (("東京", "東京タワー.jpg"), ("СОБАКА", "собака на снегу.jpg"), ("قطة", "قطة.jpg")):
        assert names(await search(anna, q=query)) == [name]
