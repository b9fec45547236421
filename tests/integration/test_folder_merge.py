"""Folders that become one, and what folders say of uploads into them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.support.home import picture
from tests.support.sharing import me
from tests.support.uploads import stored
from tests.support.web import Web


async def folders(client: httpx.AsyncClient) -> dict[str, Any]:
    return {each["path"]: each for each in (await client.get("/api/folders")).json() if each["mine"]}


async def make(client: httpx.AsyncClient, *paths: str) -> dict[str, str]:
    for path in paths:
        assert (await client.post("/api/folders", json={"path": path})).status_code == 201
    return {path: each["id"] for path, each in (await folders(client)).items()}


async def merge(client: httpx.AsyncClient, folder: str, into: str) -> httpx.Response:
    return await client.post(f"/api/folders/{folder}/merge", json={"into": into})


async def share(owner: httpx.AsyncClient, folder: str, guest: httpx.AsyncClient, may: str) -> None:
    body = {"subject": await me(guest), "may": may}
    assert (await owner.post(f"/api/folders/{folder}/shares", json=body)).status_code == 201


async def test_contents_and_folders_of_the_same_name_join_all_the_way_down(anna: httpx.AsyncClient) -> None:
    ids = await make(anna, "old/x/y", "old/only", "new/x/y/z")
    deep = await stored(anna, picture(1), folder="old/x/y")
    top = await stored(anna, picture(2), folder="old")
    answer = await merge(anna, ids["old"], ids["new"])
    assert (answer.status_code, answer.json()["id"], answer.json()["assets"]) == (200, ids["new"], 1)
    after = await folders(anna)
    assert {path: each["id"] for path, each in after.items()} == {
        path: ids[path] for path in ("new", "new/x", "new/x/y", "new/x/y/z")
    } | {"new/only": ids["old/only"]}
    assert after["new/only"]["parent"] == ids["new"]
    for asset, path in ((deep, "new/x/y"), (top, "new")):
        assert (await anna.get(f"/api/assets/{asset['id']}")).json()["folder"] == path


async def test_a_folder_is_merged_upwards_also_where_one_below_it_has_its_name(
    anna: httpx.AsyncClient,
) -> None:
    ids = await make(anna, "a/a/a/a", "a/b")
    assert (await merge(anna, ids["a/a"], ids["a"])).status_code == 200
    assert {path: each["id"] for path, each in (await folders(anna)).items()} == {
        "a": ids["a"], "a/a": ids["a/a/a"], "a/a/a": ids["a/a/a/a"], "a/b": ids["a/b"],
    }  # fmt: skip


async def test_circles_and_depths_that_are_too_much_are_refused(anna: httpx.AsyncClient) -> None:
    deep = "/".join("d" * 19)
    ids = await make(anna, "a/b", deep, "e/f")
    before = await folders(anna)
    for folder, into, status in (
        ("a", "a", 400),
        ("a", "a/b", 409),
        ("e", deep + "/x", 404),
        ("e", deep, 200),
    ):
        answer = await merge(anna, ids[folder], ids.get(into, "00000000-0000-0000-0000-000000000001"))
        assert answer.status_code == status, (folder, into)
        if status != 200:
            assert await folders(anna) == before
    ids = await make(anna, "g/h/i")
    assert (await merge(anna, ids["g"], ids[deep])).status_code == 400


async def test_guests_go_where_they_may_and_shares_of_the_folder_that_is_gone_end(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    ids = await make(anna, "old", "new")
    await share(anna, ids["old"], bob, "add")
    await share(anna, ids["old"], cleo, "add")
    await share(anna, ids["new"], bob, "add")
    bobs = await stored(bob, picture(1), folder_id=ids["old"])
    cleos = await stored(cleo, picture(2), folder_id=ids["old"])
    assert (await merge(anna, ids["old"], ids["new"])).status_code == 200
    assert (await bob.get(f"/api/assets/{bobs['id']}")).json()["folder_id"] == ids["new"]
    home = (await cleo.get(f"/api/assets/{cleos['id']}")).json()
    assert (home["folder"], list(await folders(cleo))) == ("old", ["old"])
    assert (await cleo.get("/api/folders")).json() == list((await folders(cleo)).values())
    assert (await merge(bob, ids["new"], ids["new"])).status_code == 400
    own = (await make(bob, "mine"))["mine"]
    assert (await merge(bob, own, ids["new"])).status_code == 403
    assert (await merge(cleo, home["folder_id"], ids["new"])).status_code == 404


async def set_defaults(client: httpx.AsyncClient, folder: str, **defaults: Any) -> Any:
    answer = await client.patch(f"/api/folders/{folder}", json=defaults)
    assert answer.status_code == 200, answer.text
    return answer.json()


def days(asset: Any) -> int | None:
    if asset["expires_at"] is None:
        return None
    return round((datetime.fromisoformat(asset["expires_at"]) - datetime.now(UTC)) / timedelta(days=1))


async def test_an_upload_that_says_nothing_gets_what_the_nearest_folder_says(anna: httpx.AsyncClient) -> None:
    ids = await make(anna, "a/b")
    said = await set_defaults(anna, ids["a"], default_ttl="30d", default_tags=["From A", "from a"])
    assert (said["default_ttl_seconds"], said["default_tags"], said["name"]) == (30 * 86400, ["From A"], "a")
    await set_defaults(anna, ids["a/b"], default_ttl="7d")
    cases: list[tuple[dict[str, Any], int | None, list[str]]] = [
        ({"folder": "a"}, 30, ["From A"]),
        ({"folder": "a/b"}, 7, ["From A"]),
        ({"folder_id": ids["a/b"], "tags": "own"}, 7, ["own"]),
        ({"folder": "A"}, None, []),
        ({"folder": "a/new/one"}, 30, ["From A"]),
        ({"folder": "a/b", "ttl": "never"}, None, ["From A"]),
        ({"folder": "a/b", "ttl": "2d"}, 2, ["From A"]),
        ({}, None, []),
    ]
    for number, (fields, lives, tags) in enumerate(cases):
        asset = await stored(anna, picture(number), **fields)
        assert (days(asset), asset["tags"]) == (lives, tags), fields
    assert (await set_defaults(anna, ids["a"], name="renamed"))["default_tags"] == ["From A"]
    cleared = await set_defaults(anna, ids["a"], default_ttl=None, default_tags=None)
    assert (cleared["default_ttl_seconds"], cleared["default_tags"]) == (None, [])
    for wrong in ({"default_ttl": "soon"}, {"default_tags": ["a\0"]}, {"default_ttl": "1s"}):
        assert (await anna.patch(f"/api/folders/{ids['a']}", json=wrong)).status_code == 400


async def test_a_guests_upload_gets_the_folders_time_to_live_and_its_words_as_their_own(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    ids = await make(anna, "top/open")
    await set_defaults(anna, ids["top"], default_ttl="30d", default_tags=["party"])
    await share(anna, ids["top/open"], bob, "add")
    asset = await stored(bob, picture(1), folder_id=ids["top/open"])
    assert (days(asset), asset["tags"]) == (30, ["party"])
    assert [tag["mine"] for tag in (await bob.get("/api/tags")).json()] == [True]
    kept = await stored(bob, picture(2), folder_id=ids["top/open"], ttl="never", tags="mine")
    assert (days(kept), kept["tags"]) == (None, ["mine"])
    assert (await bob.patch(f"/api/folders/{ids['top/open']}", json={"default_ttl": "1d"})).status_code == 403


async def test_what_folders_say_follows_a_tag_that_is_renamed_or_deleted(anna: httpx.AsyncClient) -> None:
    ids = await make(anna, "a")
    await set_defaults(anna, ids["a"], default_tags=["x", "x/y", "z", "w"])
    made = [await anna.post("/api/tags", json={"name": name}) for name in ("X", "z")]
    x, z = (each.json()["id"] for each in made)
    await anna.patch(f"/api/tags/{x}", json={"name": "w"})
    assert (await folders(anna))["a"]["default_tags"] == ["w", "w/y", "z"]
    await anna.delete(f"/api/tags/{z}")
    assert (await folders(anna))["a"]["default_tags"] == ["w", "w/y"]
