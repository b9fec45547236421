"""Tags over HTTP: a tree of words that is renamed, merged, coloured and cut, and pictures that stay."""

from typing import Any
from uuid import UUID

import httpx

from tests.support.home import picture
from tests.support.rows import add_asset
from tests.support.sharing import me
from tests.support.uploads import stored
from tests.support.web import Web


async def tagged(web: Web, client: httpx.AsyncClient, *tags: str) -> str:
    asset = str(await add_asset(web.db, UUID(await me(client)), filename=f"{'+'.join(tags)}.jpg"))
    answer = await client.patch(f"/api/assets/{asset}", json={"tags": list(tags)})
    assert answer.status_code == 200, answer.text
    return asset


async def words(client: httpx.AsyncClient) -> dict[str, Any]:
    return {tag["name"]: tag for tag in (await client.get("/api/tags")).json()}


async def counts(client: httpx.AsyncClient) -> dict[str, tuple[int, int]]:
    return {name: (tag["count"], tag["count_below"]) for name, tag in (await words(client)).items()}


async def found(client: httpx.AsyncClient, tag: str) -> int:
    return len((await client.get("/api/assets", params={"tag": tag})).json()["items"])


async def change(client: httpx.AsyncClient, which: str, *, status: int = 200, **body: Any) -> Any:
    answer = await client.patch(f"/api/tags/{(await words(client))[which]['id']}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_tag_finds_and_counts_what_is_below_it(web: Web, anna: httpx.AsyncClient) -> None:
    await tagged(web, anna, "Animal")
    await tagged(web, anna, "animal/dog", "animal / dog / poodle ", "animalistic")
    await tagged(web, anna, "/animal//cat/")
    assert await counts(anna) == {
        "Animal": (1, 3),
        "animal/dog": (1, 1),
        "animal/dog/poodle": (1, 1),
        "animal/cat": (1, 1),
        "animalistic": (1, 1),
    }
    for name, (_, below) in (await counts(anna)).items():
        assert await found(anna, name.upper()) == below
    assert await found(anna, "anima") == await found(anna, "animal/d") == 0
    for wrong in ("a/" * 10 + "b", "x" * 201):
        answer = await anna.post("/api/tags", json={"name": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_tag_is_made_coloured_and_deleted_and_no_picture_with_it(
    web: Web, anna: httpx.AsyncClient
) -> None:
    asset = await tagged(web, anna, "red", "red/dark")
    made = await anna.post("/api/tags", json={"name": "Blue", "color": "#0000FF"})
    assert (made.status_code, made.json()["color"], made.json()["count"]) == (201, "#0000ff", 0)
    again = await anna.post("/api/tags", json={"name": "BLUE"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert (await change(anna, "red", color="#c0ffee"))["color"] == "#c0ffee"
    assert (await change(anna, "red", color=None))["color"] is None
    for wrong in ({"color": "red"}, {"color": "#12345"}, {"name": "a,b"}, {"name": " "}):
        assert (await change(anna, "red", status=400, **wrong))["code"] == "bad_request"
    gone = await anna.delete(f"/api/tags/{(await words(anna))['red']['id']}")
    assert gone.status_code == 204
    assert await counts(anna) == {"Blue": (0, 0), "red/dark": (1, 1)}
    assert (await anna.get(f"/api/assets/{asset}")).json()["tags"] == ["red/dark"]


async def test_a_rename_takes_along_what_is_below(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await tagged(web, anna, "Pets/Dog/Small", "pets", "petshop")
    assert (await change(anna, "pets", name="animal/Home"))["name"] == "animal/Home"
    shown = (await anna.get(f"/api/assets/{asset}")).json()["tags"]
    assert shown == ["animal/Home", "animal/Home/Dog/Small", "petshop"]
    # A word that lies where its first part is about to go
    await tagged(web, anna, "x/x", "x/x/x")
    await change(anna, "x/x", name="x")
    assert {"x", "x/x"} <= set(await words(anna))
    assert (await change(anna, "x", status=409, name="x/x/y"))["code"] == "conflict"
    assert (await change(anna, "x", name="X"))["name"] == "X"


async def test_a_taken_name_is_a_conflict_or_makes_one_of_both(web: Web, anna: httpx.AsyncClient) -> None:
    both = await tagged(web, anna, "dog", "hound", "hound/big")
    only = await tagged(web, anna, "Hound", "dog/big")
    before = await counts(anna)
    refused = await change(anna, "hound", status=409, name="dog")
    assert refused["code"] == "conflict"
    assert await counts(anna) == before
    kept = await change(anna, "hound", name="DOG", merge=True)
    assert (kept["name"], kept["count"], kept["count_below"]) == ("dog", 2, 2)
    assert await counts(anna) == {"dog": (2, 2), "dog/big": (2, 2)}
    for asset in (both, only):
        assert (await anna.get(f"/api/assets/{asset}")).json()["tags"] == ["dog", "dog/big"]


async def test_one_tag_is_merged_into_another(web: Web, anna: httpx.AsyncClient) -> None:
    await tagged(web, anna, "a", "a/b", "c")
    ids = {name: tag["id"] for name, tag in (await words(anna)).items()}
    for into, status in ((ids["a"], 400), (ids["a/b"], 409)):
        answer = await anna.post(f"/api/tags/{ids['a']}/merge", json={"into": into})
        assert answer.status_code == status
    merged = await anna.post(f"/api/tags/{ids['a']}/merge", json={"into": ids["c"]})
    assert (merged.json()["id"], merged.json()["count"]) == (ids["c"], 1)
    assert await counts(anna) == {"c": (1, 1), "c/b": (1, 1)}


async def test_other_peoples_words_are_seen_and_not_changed(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await stored(bob, picture(1), folder="open", tags="Sea,secret/one")
    await tagged(web, anna, "sea")
    [folder] = (await bob.get("/api/folders")).json()
    await bob.post(f"/api/folders/{folder['id']}/shares", json={"subject": None, "may": "view"})
    seen = await words(anna)
    assert {name: (tag["mine"], tag["count"]) for name, tag in seen.items()} == {
        "sea": (True, 2),
        "secret/one": (False, 1),
    }
    assert seen["secret/one"]["id"] is None
    his = (await words(bob))["Sea"]["id"]
    for answer in (
        await anna.patch(f"/api/tags/{his}", json={"name": "x"}),
        await anna.delete(f"/api/tags/{his}"),
        await anna.post(f"/api/tags/{seen['sea']['id']}/merge", json={"into": his}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_corrected_date_is_the_persons_until_it_is_the_files_again(
    web: Web, anna: httpx.AsyncClient
) -> None:
    asset = await tagged(web, anna)
    await web.db.fetch("UPDATE asset SET taken_at = '2020-01-02 03:04', taken_source = 'exif'")
    path = f"/api/assets/{asset}"
    for local in ("2019-05-01T12:00:00", "2018-05-01 12:00:00"):
        changed = (await anna.patch(path, json={"taken": {"local": local, "offset_minutes": -300}})).json()
        told = {"local": local.replace(" ", "T"), "offset_minutes": -300, "source": "person"}
        assert changed["taken"] == told
    year = {"from": "2018-01-01", "to": "2018-12-31"}
    assert len((await anna.get("/api/assets", params=year)).json()["items"]) == 1
    back = (await anna.patch(path, json={"taken": None})).json()
    found = {"local": "2020-01-02T03:04:00", "offset_minutes": None, "source": "exif"}
    assert back["taken"] == found
    assert (await anna.patch(path, json={"taken": None})).json()["taken"] == found
