"""Where one picture is besides in the library: its albums, and who sees it by what."""

from typing import Any

import httpx

from tests.support.albums import make_album, put, share_album, unshare_album
from tests.support.home import picture
from tests.support.sharing import make_folder, share
from tests.support.uploads import stored


async def whereabouts(client: httpx.AsyncClient, asset: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"/api/assets/{asset['id']}/whereabouts")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def albums(client: httpx.AsyncClient, asset: dict[str, Any]) -> list[tuple[str, bool, bool]]:
    """Name, whether it is one's own, and whether the picture may be taken out."""
    return [
        (each["name"], each["mine"], each["removable"])
        for each in (await whereabouts(client, asset))["albums"]
    ]


async def seen_by(client: httpx.AsyncClient, asset: dict[str, Any]) -> list[tuple[str | None, str, str]]:
    return [
        (each["person"] and each["person"]["name"], each["way"], each["name"])
        for each in (await whereabouts(client, asset))["seen_by"]
    ]


async def test_a_picture_of_ones_own_tells_its_albums_and_who_sees_it(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await make_folder(anna, "Trips")
    one = await stored(anna, picture(1), "1.jpg", folder="Trips/Rome", tags="sea")
    other = await stored(anna, picture(2), "2.jpg")
    assert await whereabouts(anna, one) == {"albums": [], "seen_by": [], "group": None}
    album = await make_album(anna, "best of")
    await put(anna, album, one)
    await make_album(anna, "the sea", rule={"tag": "sea"})
    await make_album(anna, "empty")
    assert await albums(anna, one) == [("best of", True, True), ("the sea", True, False)]
    assert await seen_by(anna, one) == []
    folders = {each["path"]: each["id"] for each in (await anna.get("/api/folders")).json()}
    await share(anna, folders["Trips"], bob)
    shared = await share_album(anna, album, None)
    assert await seen_by(anna, one) == [(None, "album", "best of"), ("bob", "folder", "Trips")]
    await unshare_album(anna, album, shared)
    assert await seen_by(anna, one) == [("bob", "folder", "Trips")]
    assert await whereabouts(anna, other) == {"albums": [], "seen_by": [], "group": None}
    # Nobody else sees what is in the trash.
    await anna.delete(f"/api/assets/{one['id']}")
    assert await whereabouts(anna, one) == {"albums": [], "seen_by": [], "group": None}


async def test_a_rule_that_is_shared_tells_as_long_as_the_picture_meets_it(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    one = await stored(anna, picture(1), "1.jpg", tags="sea")
    album = await make_album(anna, "the sea", rule={"tag": "sea"})
    await share_album(anna, album, bob)
    assert await seen_by(anna, one) == [("bob", "album", "the sea")]
    assert await albums(bob, one) == [("the sea", False, False)]
    assert (await whereabouts(bob, one))["seen_by"] is None
    await anna.patch(f"/api/assets/{one['id']}", json={"tags": []})
    assert await seen_by(anna, one) == []
    assert (await bob.get(f"/api/assets/{one['id']}/whereabouts")).status_code == 404


async def test_others_learn_of_no_album_that_they_may_not_look_into(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    one = await stored(anna, picture(1), "1.jpg", folder="Trips")
    folders = {each["path"]: each["id"] for each in (await anna.get("/api/folders")).json()}
    await share(anna, folders["Trips"], bob)
    secret = await make_album(anna, "a surprise for bob")
    await put(anna, secret, one)
    await share_album(anna, secret, cleo)
    own = await make_album(bob, "bob's own")
    await put(bob, own, one)
    assert await albums(bob, one) == [("bob's own", True, True)]
    assert await albums(cleo, one) == [("a surprise for bob", False, False)]
    assert await albums(anna, one) == [("a surprise for bob", True, True)]
    assert await seen_by(anna, one) == [("bob", "folder", "Trips"), ("cleo", "album", "a surprise for bob")]


async def test_what_a_guest_added_is_seen_by_whose_folder_or_album_it_is(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    party = await make_folder(anna, "Party")
    await share(anna, party, bob, "add")
    guest = await stored(bob, picture(1), "bobs.jpg", folder_id=party)
    album = await make_album(anna, "guests")
    await share_album(anna, album, bob, "add")
    await put(bob, album, guest)
    assert await albums(bob, guest) == [("guests", False, True)]
    assert await seen_by(bob, guest) == [("anna", "folder", "Party"), ("anna", "album", "guests")]
    assert (await cleo.get(f"/api/assets/{guest['id']}/whereabouts")).status_code == 404
