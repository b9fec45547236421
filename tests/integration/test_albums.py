"""Albums by hand: what is in them and in which order, who sees them, and whose pictures they show to whom."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from appliance.library import albums
from tests.support.albums import album_of, contents, make_album, put, share_album, unshare_album
from tests.support.home import picture
from tests.support.sharing import make_folder, names, share
from tests.support.uploads import stored
from tests.support.web import Web


async def several(client: httpx.AsyncClient, first: int, count: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        await stored(client, picture(number), f"{number}.jpg", **fields)
        for number in range(first, first + count)
    ]


async def test_an_album_is_made_changed_listed_and_deleted_and_its_pictures_stay(
    anna: httpx.AsyncClient,
) -> None:
    one, two = await several(anna, 1, 2)
    album = await make_album(anna, " Rom / Sommer  ", description="x")
    assert (await put(anna, album, two, one)).json()["changed"] == 2
    patch = {"name": "Rome", "description": "y", "cover": one["id"]}
    changed = (await anna.patch(f"/api/albums/{album}", json=patch)).json()
    assert changed["cover"] == one["id"]
    [listed] = (await anna.get("/api/albums")).json()
    assert listed == changed == await album_of(anna, album)
    assert {key: listed[key] for key in ("name", "description", "mine", "may", "count", "rule", "by_rule")} == {
        "name": "Rome", "description": "y", "mine": True, "may": "own", "count": 2, "rule": None, "by_rule": False,
    }  # fmt: skip
    assert (await anna.patch(f"/api/albums/{album}", json={"cover": None})).json()["cover"] == two["id"]
    assert await names(anna, album=album) == ["2.jpg", "1.jpg"]
    assert (await anna.delete(f"/api/albums/{album}")).status_code == 204
    assert (await anna.get(f"/api/albums/{album}")).status_code == 404
    assert await names(anna) == ["2.jpg", "1.jpg"]


async def test_the_name_is_kept_in_one_form_and_may_have_any_sign_that_can_be_seen(
    anna: httpx.AsyncClient,
) -> None:
    album = await make_album(anna, " a/b\u0308 ")
    assert (await album_of(anna, album))["name"] == "a/b\u0308"
    for bad in ("  ", "a\nb", "x" * 201, "\ud800"):
        answer = await anna.post("/api/albums", content=b'{"name": %s}' % ascii_json(bad), headers=JSON)
        assert answer.status_code == 400, answer.text
        assert (await anna.patch(f"/api/albums/{album}", content=b'{"name": %s}' % ascii_json(bad), headers=JSON)
                ).status_code == 400  # fmt: skip


JSON = {"Content-Type": "application/json"}


def ascii_json(text: str) -> bytes:
    return ('"' + "".join(f"\\u{ord(sign):04x}" for sign in text) + '"').encode()


async def test_the_order_is_the_persons_own_wherever_something_is_moved(anna: httpx.AsyncClient) -> None:
    assets = await several(anna, 1, 6)
    album = await make_album(anna)
    wanted: list[str] = []
    await put(anna, album, *assets)
    wanted = [each["filename"] for each in assets]
    moves: list[tuple[list[int], int | None]] = [
        ([5], 0), ([0, 2], 5), ([1], None), ([3, 4], 0), ([0], 3),
        *[([turn % 6], (turn + 1) % 6) for turn in range(30)],
    ]  # fmt: skip
    for moved, before in moves:
        ids = [assets[number]["id"] for number in moved]
        anchor = None if before is None else assets[before]["id"]
        answer = await anna.post(f"/api/albums/{album}/assets/order", json={"ids": ids, "before": anchor})
        assert answer.status_code == 204, answer.text
        going = [assets[number]["filename"] for number in moved]
        rest = [each for each in wanted if each not in going]
        place = len(rest) if before is None else rest.index(assets[before]["filename"])
        wanted = [*rest[:place], *going, *rest[place:]]
        assert await contents(anna, album) == wanted
    late = await stored(anna, picture(7), "7.jpg")
    await put(anna, album, late, assets[0], before=assets[1])
    rest = [each for each in wanted if each != "1.jpg"]
    place = rest.index("2.jpg")
    assert await contents(anna, album) == [*rest[:place], "7.jpg", "1.jpg", *rest[place:]]


async def test_a_page_goes_on_where_the_last_one_ended_whatever_moves_meanwhile(
    web: Web, anna: httpx.AsyncClient
) -> None:
    assets = await several(anna, 1, 4)
    album = await make_album(anna)
    await put(anna, album, *assets)
    first = (await anna.get(f"/api/albums/{album}/assets", params={"limit": 2})).json()
    await web.db.fetch("UPDATE album_asset SET position = position * 7 + 900000")
    rest = (await anna.get(f"/api/albums/{album}/assets", params={"after": first["next"]})).json()
    assert [item["filename"] for item in rest["items"]] == ["3.jpg", "4.jpg"]
    # One whose row is gone is a place all the same.
    await web.db.fetch("UPDATE album_asset SET position = (position - 900000) / 7")
    body = {"ids": [assets[1]["id"]]}
    assert (await anna.post(f"/api/albums/{album}/assets/remove", json=body)).json()["changed"] == 1
    rest = (await anna.get(f"/api/albums/{album}/assets", params={"after": first["next"]})).json()
    assert [item["filename"] for item in rest["items"]] == ["3.jpg", "4.jpg"]
    for junk in ("x", "1", "1~", "1~x", "9" * 19 + "~1", "1~2~3", "٣~١"):
        answer = await anna.get(f"/api/albums/{album}/assets", params={"after": junk})
        assert answer.status_code == 400, junk


async def test_a_shared_album_shows_what_its_owner_put_there_and_nothing_of_the_folder(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    secret, other = await several(anna, 1, 2, folder="private/secret")
    album = await make_album(anna, "for bob")
    await put(anna, album, secret)
    shared = await share_album(anna, album, bob)
    assert await contents(bob, album) == await names(bob) == await names(bob, album=album) == ["1.jpg"]
    seen = (await bob.get(f"/api/assets/{secret['id']}")).json()
    assert (seen["folder"], seen["folder_id"], seen["mine"]) == (None, None, False)
    assert (await contents(anna, album), (await album_of(bob, album))["may"]) == (["1.jpg"], "view")
    assert (await bob.get(f"/api/assets/{secret['id']}/original")).content == picture(1)
    assert (await bob.get(f"/media/{secret['id']}/1/240")).status_code == 200
    assert (
        await names(bob, folder_id=(await anna.get(f"/api/assets/{secret['id']}")).json()["folder_id"]) == []
    )
    assert (await bob.get("/api/folders")).json() == []
    for path in (
        f"/api/assets/{other['id']}",
        f"/media/{other['id']}/1/240",
        f"/api/assets/{other['id']}/original",
    ):
        assert (await bob.get(path)).status_code == 404
    assert (await cleo.get(f"/api/albums/{album}")).status_code == 404
    assert (await cleo.get(f"/api/albums/{album}/assets")).status_code == 404
    assert await names(cleo, album=album) == await names(cleo) == []
    # What is trashed is gone from it until it is restored.
    await anna.delete(f"/api/assets/{secret['id']}")
    assert (await contents(bob, album), (await album_of(bob, album))["count"]) == ([], 0)
    await anna.post(f"/api/assets/{secret['id']}/restore")
    assert await contents(bob, album) == ["1.jpg"]
    await unshare_album(anna, album, shared)
    for path in (f"/api/assets/{secret['id']}", f"/media/{secret['id']}/1/240", f"/api/albums/{album}"):
        assert (await bob.get(path)).status_code == 404
    assert await names(bob) == (await bob.get("/api/albums")).json() == []


async def test_an_album_lends_nothing_that_its_owner_only_sees(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    await share(anna, folder, bob)
    annas = await stored(anna, picture(1), "anna.jpg", folder="trip")
    bobs = await stored(bob, picture(2), "bob.jpg")
    album = await make_album(bob)
    assert (await put(bob, album, annas, bobs)).status_code == 200
    await share_album(bob, album, cleo)
    await share_album(bob, album, anna)
    assert await contents(bob, album) == ["anna.jpg", "bob.jpg"]
    assert await contents(cleo, album) == await names(cleo) == ["bob.jpg"]
    seen = await album_of(cleo, album)
    # Not even as the first one's cover, or as one of so many.
    assert (seen["cover"], seen["count"]) == (bobs["id"], 1)
    await bob.patch(f"/api/albums/{album}", json={"cover": annas["id"]})
    assert ((await album_of(cleo, album))["cover"], (await album_of(bob, album))["cover"]) == (
        bobs["id"], annas["id"],
    )  # fmt: skip
    # Who sees it by other means sees it there as well.
    assert await contents(anna, album) == ["anna.jpg", "bob.jpg"]
    await share(anna, folder, cleo)
    assert await contents(cleo, album) == ["anna.jpg", "bob.jpg"]


async def test_guests_put_their_own_into_an_album_and_take_it_out_again(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    album = await make_album(anna)
    [annas] = await several(anna, 1, 1)
    mine, late = await several(bob, 2, 2)
    await put(anna, album, annas)
    await share_album(anna, album, bob)
    assert (await put(bob, album, mine)).status_code == 403
    shared = await share_album(anna, album, bob, may="add")
    await share_album(anna, album, cleo)
    assert (await put(bob, album, annas)).status_code == 403
    assert (await put(bob, album, mine, late)).json()["album"]["count"] == 3
    for client in (anna, bob, cleo):
        assert await contents(client, album) == ["1.jpg", "2.jpg", "3.jpg"]
        assert len(await names(client)) == 3
    path = f"/api/albums/{album}/assets"
    assert (await bob.post(f"{path}/remove", json={"ids": [annas["id"]]})).status_code == 403
    assert (await bob.post(f"{path}/order", json={"ids": [mine["id"]]})).status_code == 403
    assert (await bob.post(f"{path}/remove", json={"ids": [mine["id"]]})).json()["changed"] == 1
    assert (await anna.post(f"{path}/remove", json={"ids": [late["id"]]})).json()["changed"] == 1
    assert (await anna.get(f"/api/assets/{late['id']}")).status_code == 404
    # When they may not add any more, theirs leaves; and so it does when they may only look.
    for ending in ("view", "gone"):
        await share_album(anna, album, bob, may="add")
        # Nor does it come back with the right.
        assert await contents(anna, album) == ["1.jpg"]
        await put(bob, album, mine)
        assert await contents(cleo, album) == ["1.jpg", "2.jpg"]
        if ending == "view":
            await share_album(anna, album, bob, may="view")
        else:
            await unshare_album(anna, album, shared)
        assert await contents(anna, album) == await names(cleo) == ["1.jpg"]
        assert (await anna.get(f"/api/assets/{mine['id']}")).status_code == 404


async def test_who_may_add_by_two_shares_may_until_both_have_ended(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    album = await make_album(anna)
    [mine] = await several(bob, 1, 1)
    everybody = await share_album(anna, album, None, may="add")
    alone = await share_album(anna, album, bob, may="add")
    await put(bob, album, mine)
    await unshare_album(anna, album, alone)
    assert await contents(anna, album) == ["1.jpg"]
    await unshare_album(anna, album, everybody)
    assert await contents(anna, album) == []


async def test_what_somebody_else_put_there_first_is_lent_once_its_owner_does(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(bob, "open")
    [bobs] = await several(bob, 1, 1, folder="open")
    await share(bob, folder, anna)
    album = await make_album(anna)
    await put(anna, album, bobs)
    await share_album(anna, album, cleo)
    await share_album(anna, album, bob, may="add")
    assert await contents(cleo, album) == []
    assert (await put(bob, album, bobs)).json()["changed"] == 0
    assert await contents(cleo, album) == ["1.jpg"]
    # Nor does the album's owner take that back by putting it there once more.
    await put(anna, album, bobs)
    assert await contents(cleo, album) == ["1.jpg"]


async def test_nobody_puts_theirs_before_what_they_do_not_see(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    bobs, cleos = await stored(bob, picture(1), "bob.jpg"), await stored(cleo, picture(2), "cleo.jpg")
    album = await make_album(bob)
    await put(bob, album, bobs)
    await share_album(bob, album, cleo, may="add")
    await share(anna, await make_folder(anna, "open"), bob)
    lent = await stored(anna, picture(3), "anna.jpg", folder="open")
    assert (await put(bob, album, lent)).status_code == 200
    assert await contents(cleo, album) == ["bob.jpg"]
    assert (await put(cleo, album, cleos, before=lent)).status_code == 404
    assert (await put(cleo, album, cleos, before=bobs)).status_code == 200
    assert await contents(cleo, album) == ["cleo.jpg", "bob.jpg"]


async def test_nothing_is_put_there_by_halves_and_each_no_has_its_reason(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    one, two = await several(anna, 1, 2)
    album = await make_album(anna)
    await anna.delete(f"/api/assets/{two['id']}")
    assert (await put(anna, album, one, two)).status_code == 404
    assert (await put(anna, album, one, str(uuid4()))).status_code == 404
    assert (await put(anna, album, one, before=two)).status_code == 404
    assert await contents(anna, album) == []
    assert (await put(anna, album, one, one, before=None)).json()["changed"] == 1
    assert (await put(anna, album, one, before=one)).status_code == 400
    order = f"/api/albums/{album}/assets/order"
    assert (await anna.post(order, json={"ids": [two["id"]]})).status_code == 404
    assert (await anna.patch(f"/api/albums/{album}", json={"cover": two["id"]})).status_code == 404
    assert (await anna.patch(f"/api/albums/{album}", json={"rule": {"tag": "x"}})).status_code == 409
    assert (await anna.post(f"/api/albums/{album}/assets", json={"ids": []})).status_code == 400
    for method, path in (
        ("PATCH", ""), ("DELETE", ""), ("POST", "/assets"), ("POST", "/assets/order"), ("GET", "/shares"),
    ):  # fmt: skip
        body = None if method in {"GET", "DELETE"} else {"ids": [one["id"]]} if path else {"name": "x"}
        assert (await bob.request(method, f"/api/albums/{album}{path}", json=body)).status_code == 404


async def test_there_are_so_many_albums_and_so_many_pictures_in_one_and_no_more(
    anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(albums, "MAX_ALBUMS", 2)
    monkeypatch.setattr(albums, "MAX_ALBUM_ASSETS", 1)
    album = await make_album(anna)
    await make_album(anna)
    assert (await anna.post("/api/albums", json={"name": "3"})).status_code == 409
    one, two = await several(anna, 1, 2)
    assert (await put(anna, album, one, two)).status_code == 409
    assert await contents(anna, album) == []
    assert (await put(anna, album, one)).status_code == 200


async def test_the_list_of_albums_is_known_until_something_of_it_changes(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    album = await make_album(anna)
    [one] = await several(anna, 1, 1)
    await share_album(anna, album, bob)

    async def tag() -> str:
        answer = await bob.get("/api/albums")
        known = await bob.get("/api/albums", headers={"If-None-Match": answer.headers["ETag"]})
        assert (answer.status_code, known.status_code) == (200, 304)
        return str(answer.headers["ETag"])

    tags = [await tag()]
    await put(anna, album, one)
    tags.append(await tag())
    await anna.patch(f"/api/albums/{album}", json={"name": "x"})
    tags.append(await tag())
    await anna.delete(f"/api/assets/{one['id']}")
    tags.append(await tag())
    await anna.delete(f"/api/albums/{album}")
    tags.append(await tag())
    assert len(set(tags)) == 5
