"""Albums with a rule, and kept searches: what they hold is what meets them when somebody looks."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from appliance.db import accounts
from appliance.db.assets import find_media
from appliance.library import albums, saved_searches
from appliance.library.accounts import viewer_of
from tests.support.albums import album_of, contents, make_album, put, share_album, unshare_album
from tests.support.home import picture
from tests.support.sharing import make_folder, me, names, share
from tests.support.uploads import stored
from tests.support.web import Web


async def test_who_it_is_shared_with_sees_exactly_what_meets_the_rule_now(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    one = await stored(anna, picture(1), "1.jpg", tags="sea", folder="secret")
    two = await stored(anna, picture(2), "2.jpg")
    await stored(bob, picture(3), "bobs.jpg", tags="sea")
    album = await make_album(anna, "the sea", rule={"tag": "sea"})
    shared = await share_album(anna, album, bob)
    assert await contents(anna, album) == await contents(bob, album) == ["1.jpg"]
    assert await names(bob, album=album) == await names(anna, album=album) == ["1.jpg"]
    assert sorted(await names(bob)) == ["1.jpg", "bobs.jpg"]
    seen = await album_of(bob, album)
    assert {key: seen[key] for key in ("by_rule", "rule", "count", "cover", "may")} == {
        "by_rule": True, "rule": None, "count": 1, "cover": one["id"], "may": "view",
    }  # fmt: skip
    assert (await album_of(anna, album))["rule"]["tag"] == "sea"
    told = (await bob.get(f"/api/assets/{one['id']}")).json()
    assert (told["folder"], told["folder_id"]) == (None, None)
    assert (await bob.get(f"/media/{one['id']}/1/240")).status_code == 200
    assert (await bob.get(f"/media/{two['id']}/1/240")).status_code == 404
    assert await names(cleo, album=album) == []
    # The other one comes to meet it, and the first one meets it no more.
    await anna.patch(f"/api/assets/{two['id']}", json={"tags": ["Sea", "x"]})
    await anna.patch(f"/api/assets/{one['id']}", json={"tags": []})
    assert await contents(bob, album) == ["2.jpg"]
    for path in (
        f"/api/assets/{one['id']}",
        f"/media/{one['id']}/1/240",
        f"/api/assets/{one['id']}/original",
    ):
        assert (await bob.get(path)).status_code == 404
    await anna.patch(f"/api/albums/{album}", json={"rule": {"tag": "x", "type": "video"}})
    assert await contents(bob, album) == []
    assert (await bob.get(f"/media/{two['id']}/1/240")).status_code == 404
    await anna.patch(f"/api/albums/{album}", json={"rule": {"tag": "x"}})
    assert (await bob.get(f"/media/{two['id']}/1/240")).status_code == 200
    await unshare_album(anna, album, shared)
    assert (await bob.get(f"/media/{two['id']}/1/240")).status_code == 404
    assert (await bob.get(f"/api/albums/{album}")).status_code == 404
    assert await contents(anna, album) == ["2.jpg"]


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "favourite": ({"favourite": True}, {"favourite": True}, {"favourite": False}),
    "rating": ({"rating": 4}, {"rating": 5}, {"rating": 3}),
    "tag": ({"tag": "sea"}, {"tags": ["sea"]}, {"tags": []}),
    "folder": ({"folder": "trip"}, {"folder": "trip"}, {"folder": "home"}),
}


@pytest.mark.parametrize("name", list(CHANGES))
async def test_a_thumbnail_is_gone_the_moment_that_its_picture_meets_the_rule_no_more(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, name: str
) -> None:
    rule, meets, fails = CHANGES[name]
    await make_folder(anna, "trip")
    asset = await stored(anna, picture(1))
    album = await make_album(anna, rule=rule)
    await share_album(anna, album, bob)
    path = f"/media/{asset['id']}/1/240"
    for changes, status in ((meets, 200), (fails, 404), (meets, 200), (fails, 404)):
        assert (await anna.patch(f"/api/assets/{asset['id']}", json=changes)).status_code == 200
        assert (await bob.get(path)).status_code == status


async def test_a_rule_whose_folder_or_album_goes_shows_nothing_and_one_that_is_renamed_stays(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder, by_hand = await make_folder(anna, "trip"), await make_album(anna)
    asset = await stored(anna, picture(1), "1.jpg", folder="trip")
    await put(anna, by_hand, asset)
    of_folder = await make_album(anna, rule={"folder": "trip"})
    of_album = await make_album(anna, rule={"album": by_hand, "type": "image"})
    for album in (of_folder, of_album):
        await share_album(anna, album, bob)
    assert (await album_of(anna, of_folder))["rule"]["folder_id"] == folder
    await anna.patch(f"/api/folders/{folder}", json={"name": "another"})
    await stored(anna, picture(2), "2.jpg", folder="trip")
    assert (await contents(bob, of_folder), await contents(bob, of_album)) == (["1.jpg"], ["1.jpg"])
    await anna.delete(f"/api/folders/{folder}")
    await anna.delete(f"/api/albums/{by_hand}")
    assert (await contents(bob, of_folder), await contents(bob, of_album), await names(bob)) == ([], [], [])


async def test_a_rule_is_about_ones_own_and_says_something(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    await share(anna, folder, bob, may="add")
    of_anna = await make_album(anna)
    await share_album(anna, of_anna, bob, may="add")
    by_rule = await make_album(bob, rule={"tag": "x"})
    mine = await make_folder(bob, "mine")
    for rule, status in (
        ({}, 400), ({"folder": "/"}, 400), ({"colour": "red"}, 400), ({"rating": 9}, 400), ({"tag": "a\x07b"}, 400),
        ({"folder": "trip"}, 404), ({"folder_id": folder}, 404), ({"album": of_anna}, 404), ({"album": by_rule}, 404),
        ({"folder_id": str(uuid4())}, 404), ({"album": str(uuid4())}, 404),
        ({"folder": "mine", "folder_id": mine}, 400),
        ({"tag": ",".join(f"tag {number}" for number in range(21))}, 400),
    ):  # fmt: skip
        answer = await bob.post("/api/albums", json={"name": "x", "rule": rule})
        assert answer.status_code == status, (rule, answer.text)
        answer = await bob.patch(f"/api/albums/{by_rule}", json={"rule": rule})
        assert answer.status_code == status, (rule, answer.text)
    # What guests put into a folder of one's own is not one's own.
    await stored(bob, picture(1), "bobs.jpg", folder_id=folder)
    album = await make_album(anna, rule={"folder": "trip"})
    assert (await contents(anna, album), await names(anna)) == ([], ["bobs.jpg"])


async def test_nothing_is_put_into_an_album_with_a_rule(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    one, two = [await stored(anna, picture(number), tags=tag) for number, tag in ((1, "x"), (2, "y"))]
    album = await make_album(anna, rule={"tag": "x"})
    await share_album(anna, album, bob)
    path = f"/api/albums/{album}/assets"
    for client, status in ((anna, 409), (bob, 403)):
        assert (await client.post(path, json={"ids": [two["id"]]})).status_code in {status, 404}
    assert (await anna.post(f"{path}/remove", json={"ids": [one["id"]]})).status_code == 409
    assert (await anna.post(f"{path}/order", json={"ids": [one["id"]]})).status_code == 409
    answer = await anna.post(f"/api/albums/{album}/shares", json={"subject": None, "may": "add"})
    assert answer.status_code == 409


async def test_whoever_remembers_a_rule_or_a_share_that_there_was_sees_no_more_by_it(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    asset = await stored(anna, picture(1), tags="sea")
    album = await make_album(anna, rule={"tag": "sea"})
    shared = await share_album(anna, album, bob)

    async def remembered() -> Callable[[], Any]:
        user = await accounts.find(web.db, UUID(await me(bob)))
        assert user is not None
        viewer = viewer_of(user)
        return lambda: find_media(web.db, viewer, UUID(asset["id"]))

    look = await remembered()
    assert await look() is not None
    await anna.patch(f"/api/albums/{album}", json={"rule": {"tag": "mountain"}})
    assert await look() is None
    await anna.patch(f"/api/albums/{album}", json={"rule": {"tag": "sea"}})
    look = await remembered()
    assert await look() is not None
    await unshare_album(anna, album, shared)
    assert await look() is None


async def test_a_rule_of_a_later_release_shows_nothing_and_keeps_nobody_out(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await stored(anna, picture(1), "1.jpg", tags="sea")
    album = await make_album(anna, rule={"tag": "sea"})
    await share_album(anna, album, bob)
    await web.db.fetch("""UPDATE album SET rule = '{{"all": [{{"tag": "sea"}}, {{"person": "x"}}]}}'""")
    assert await names(bob) == await names(anna, album=album) == await contents(anna, album) == []
    assert ((await album_of(anna, album))["rule"], (await album_of(bob, album))["count"]) == (None, 0)


async def test_there_are_so_many_rules_and_kept_searches_and_no_more(
    anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(albums, "MAX_RULES", 1)
    monkeypatch.setattr(saved_searches, "MAX_SAVED_SEARCHES", 1)
    for path, body in (
        ("/api/albums", {"name": "x", "rule": {"tag": "x"}}),
        ("/api/saved-searches", {"name": "x", "q": "a dog"}),
    ):
        assert (await anna.post(path, json=body)).status_code == 201
        assert (await anna.post(path, json=body)).status_code == 409


async def test_a_search_is_kept_changed_and_forgotten_and_nobody_elses_business(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    narrowing = {
        "folder": "a/b", "tag": "x,y", "from": "2026-01-02", "to": None, "type": "image", "camera": "", "rating": 3,
        "album": str(uuid4()), "favourite": True, "undated": False, "folder_id": str(uuid4()),
        "q": "-tag:z is:expiring year:2019,2021",
    }  # fmt: skip
    answer = await anna.post(
        "/api/saved-searches", json={"name": " mine ", "q": " a dog ", "narrowing": narrowing}
    )
    assert answer.status_code == 201, answer.text
    saved = answer.json()
    said = narrowing | {"no_tag": "z", "expiring": True, "q": "year:2019,2021"}
    assert (saved["name"], saved["q"]) == ("mine", "a dog")
    assert {name: value for name, value in saved["narrowing"].items() if value or name in said} == said
    path = f"/api/saved-searches/{saved['id']}"
    changed = await anna.patch(path, json={"name": "ours", "q": None})
    assert changed.json() == saved | {"name": "ours", "q": None}
    assert (await anna.get("/api/saved-searches")).json() == [changed.json()]
    assert (await anna.patch(path, json={"narrowing": {}})).status_code == 400
    assert (await anna.patch(path, json={"narrowing": {"tag": "z"}})).json()["narrowing"]["tag"] == "z"
    for body in ({"name": "x"}, {"name": " ", "q": "x"}, {"name": "x", "narrowing": {"x": 1}}):
        assert (await anna.post("/api/saved-searches", json=body)).status_code == 400
    assert (await bob.get("/api/saved-searches")).json() == []
    assert (await bob.patch(path, json={"name": "x"})).status_code == 404
    assert (await bob.delete(path)).status_code == 404
    assert (await anna.delete(path)).status_code == 204
    assert (await anna.delete(path)).status_code == 404
