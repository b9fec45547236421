"""Folders shared over HTTP: who sees what, who may add, and that it ends at the very next request."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.home import picture
from tests.support.uploads import stored, upload
from tests.support.web import Web, open_web


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        free_space_floor_bytes=0,
        clip_model="not-there",
    )
    async with open_web(settings) as opened:
        yield opened


@pytest.fixture
async def anna(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.signed_in() as browser:
        yield browser


@pytest.fixture
async def bob(web: Web, anna: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with web.second_person("bob") as browser:
        yield browser


@pytest.fixture
async def cleo(web: Web, anna: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with web.second_person("cleo") as browser:
        yield browser


async def me(client: httpx.AsyncClient) -> str:
    return str((await client.get("/api/me")).json()["id"])


async def make_folder(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.post("/api/folders", json={"path": path})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def share(
    owner: httpx.AsyncClient, folder: str, guest: httpx.AsyncClient | None, may: str = "view"
) -> str:
    subject = None if guest is None else await me(guest)
    answer = await owner.post(f"/api/folders/{folder}/shares", json={"subject": subject, "may": may})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def unshare(owner: httpx.AsyncClient, folder: str, share_id: str) -> None:
    answer = await owner.delete(f"/api/folders/{folder}/shares/{share_id}")
    assert answer.status_code == 204, answer.text


async def names(client: httpx.AsyncClient, path: str = "/api/assets", **query: Any) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [item["filename"] for item in answer.json()["items"]]


async def folder_paths(client: httpx.AsyncClient) -> list[tuple[str, str, int]]:
    """Path, what may be done, and how many assets there are, in the order of the list."""
    return [(each["path"], each["may"], each["assets"]) for each in (await client.get("/api/folders")).json()]


async def test_whom_one_can_share_with_is_known_by_name_alone(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    await web.db.fetch("UPDATE account SET email = 'bob@example.org' WHERE name = 'bob'")
    assert (await anna.get("/api/people")).json() == [
        {"id": await me(bob), "name": "bob"},
        {"id": await me(cleo), "name": "cleo"},
    ]
    await web.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'cleo'")
    await web.db.fetch("UPDATE account SET deleted_at = now() WHERE name = 'anna'")
    assert (await bob.get("/api/people")).json() == []


async def test_a_shared_folder_and_all_below_it_are_seen_and_nothing_above_or_beside_it(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    trip = await make_folder(anna, "private/trip")
    for number, folder in enumerate(("private", "private/trip", "private/trip/rome", "private/tripod")):
        await stored(anna, picture(number), f"{number}.jpg", folder=folder)
    assert await folder_paths(bob) == []
    await share(anna, trip, bob)
    assert await folder_paths(bob) == [("trip", "view", 1), ("trip/rome", "view", 1)]
    assert await names(bob) == ["2.jpg", "1.jpg"]
    assert await names(bob, folder_id=trip) == ["2.jpg", "1.jpg"]
    assert await names(bob, folder="private/trip") == []
    shown = (await bob.get("/api/assets")).json()["items"][0]
    assert shown["folder"] == "trip/rome"
    assert (shown["owner"], shown["mine"]) == ({"id": await me(anna), "name": "anna"}, False)
    whole = next(each for each in (await anna.get("/api/folders")).json() if each["id"] == trip)
    assert (whole["path"], whole["shares"], whole["mine"]) == ("private/trip", 1, True)
    seen = {each["path"]: each for each in (await bob.get("/api/folders")).json()}
    assert seen["trip"]["parent"] is None
    assert seen["trip/rome"]["parent"] == trip
    assert (seen["trip"]["owner"]["name"], seen["trip"]["shares"]) == ("anna", 0)


async def test_above_what_is_shared_is_no_folder_to_ask_for(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    trip, private = await make_folder(anna, "private/trip"), None
    for each in (await anna.get("/api/folders")).json():
        private = each["id"] if each["path"] == "private" else private
    await stored(anna, picture(1), "1.jpg", folder="private/trip")
    await share(anna, trip, bob)
    assert await names(bob, folder_id=private) == []
    assert await names(anna, folder_id=private) == ["1.jpg"]


async def test_what_is_shared_with_everybody_is_seen_by_everybody(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "for all")
    await stored(anna, picture(1), "1.jpg", folder="for all")
    shared = await share(anna, folder, None)
    assert (await anna.get(f"/api/folders/{folder}/shares")).json()[0]["subject"] is None
    for guest in (bob, cleo):
        assert await names(guest) == ["1.jpg"]
    await unshare(anna, folder, shared)
    for guest in (bob, cleo):
        assert await names(guest) == []


async def test_a_share_is_listed_changed_and_ended_by_the_owner_alone(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    shared = await share(anna, folder, bob)
    again = await anna.post(f"/api/folders/{folder}/shares", json={"subject": await me(bob), "may": "add"})
    assert (again.status_code, again.json()["id"], again.json()["may"]) == (200, shared, "add")
    listed = (await anna.get(f"/api/folders/{folder}/shares")).json()
    assert [(each["id"], each["subject"]["name"], each["may"]) for each in listed] == [(shared, "bob", "add")]
    for other, status in ((bob, 403), (cleo, 404)):
        answers = (
            await other.get(f"/api/folders/{folder}/shares"),
            await other.post(f"/api/folders/{folder}/shares", json={"subject": None, "may": "view"}),
            await other.delete(f"/api/folders/{folder}/shares/{shared}"),
            await other.patch(f"/api/folders/{folder}", json={"name": "other"}),
            await other.delete(f"/api/folders/{folder}"),
        )
        assert [answer.status_code for answer in answers] == [status] * len(answers)
    assert (await anna.delete(f"/api/folders/{folder}/shares/{folder}")).status_code == 404
    for subject, status in ((await me(anna), 400), (folder, 404)):
        answer = await anna.post(f"/api/folders/{folder}/shares", json={"subject": subject, "may": "view"})
        assert answer.status_code == status


async def test_a_foreign_asset_can_be_looked_at_and_nothing_else(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    asset = await stored(anna, picture(1), "1.jpg", folder="trip", tags="Rome")
    await anna.patch(f"/api/assets/{asset['id']}", json={"favourite": True, "rating": 4})
    await share(anna, folder, bob, may="add")
    address = f"/api/assets/{asset['id']}"
    shown = (await bob.get(address)).json()
    assert (shown["favourite"], shown["rating"], shown["mine"], shown["tags"]) == (
        False,
        None,
        False,
        ["Rome"],
    )
    mine = (await anna.get(address)).json()
    assert (mine["favourite"], mine["rating"], mine["mine"]) == (True, 4, True)
    assert (await bob.get(f"{address}/original")).content == picture(1)
    assert (await bob.get(f"/media/{asset['id']}/1/240")).status_code == 200
    for client, status in ((bob, 403), (cleo, 404)):
        answers = (
            await client.patch(address, json={"description": "x"}),
            await client.delete(address),
            await client.post(f"{address}/restore"),
        )
        assert [answer.status_code for answer in answers] == [status] * 3
    for path in (address, f"{address}/original", f"/media/{asset['id']}/1/240"):
        assert (await cleo.get(path)).status_code == 404
    await anna.delete(address)
    assert await names(bob) == []
    assert await names(bob, "/api/trash") == []
    for path in (address, f"{address}/original", f"/media/{asset['id']}/1/240"):
        assert (await bob.get(path)).status_code == 404


async def test_a_guest_adds_what_stays_theirs_and_the_owner_sees_it(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "party")
    await share(anna, folder, bob, may="add")
    await share(anna, folder, cleo)
    added = await stored(bob, picture(1), "bob.jpg", folder_id=folder)
    assert (added["folder"], added["folder_id"], added["mine"]) == ("party", folder, True)
    for client in (anna, bob, cleo):
        assert await names(client, folder_id=folder) == ["bob.jpg"]
    assert (await folder_paths(anna), await folder_paths(cleo)) == (
        [("party", "own", 1)],
        [("party", "view", 1)],
    )
    assert (await anna.patch(f"/api/assets/{added['id']}", json={"description": "x"})).status_code == 403
    assert (await bob.patch(f"/api/assets/{added['id']}", json={"description": "x"})).status_code == 200


async def test_who_may_not_add_uploads_nothing_there(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    hidden, shown = await make_folder(anna, "hidden"), await make_folder(anna, "shown")
    await share(anna, shown, bob)
    for fields, status in (
        ({"folder_id": hidden}, 404),
        ({"folder_id": shown}, 403),
        ({"folder_id": "no id"}, 400),
        ({"folder_id": shown, "folder": "x"}, 400),
    ):
        answer = await upload(bob, picture(1), **fields)
        assert answer.status_code == status, answer.text
    assert await names(bob) == []
    assert [entry.name for entry in web.settings.storage_path.glob(".incoming/*")] == []
    mine = await make_folder(bob, "mine")
    assert (await stored(bob, picture(1), folder_id=mine))["folder"] == "mine"


async def test_what_one_has_already_stays_where_it_is_when_it_is_sent_to_a_shared_folder(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "party")
    await share(anna, folder, bob, may="add")
    await stored(bob, picture(1), "mine.jpg", folder="home")
    again = await upload(bob, picture(1), "mine.jpg", folder_id=folder)
    assert (again.status_code, again.json()["status"], again.json()["asset"]["folder"]) == (
        200,
        "duplicate",
        "home",
    )
    assert await names(anna) == []
    # What somebody else has is no duplicate: each has their own.
    await stored(anna, picture(1), "annas.jpg", folder="party")
    assert sorted(await names(bob)) == ["annas.jpg", "mine.jpg"]


async def test_an_asset_is_moved_by_its_owner_into_a_folder_and_out_again(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    party, closed = await make_folder(anna, "party"), await make_folder(anna, "closed")
    own = await make_folder(bob, "own")
    await share(anna, party, bob, may="add")
    view = await make_folder(anna, "to look at")
    await share(anna, view, bob)
    asset = await stored(bob, picture(1), "1.jpg")
    address = f"/api/assets/{asset['id']}"
    for folder, path in ((own, "own"), (party, "party"), (None, None), (party, "party")):
        moved = await bob.patch(address, json={"folder_id": folder})
        assert (moved.status_code, moved.json()["folder"]) == (200, path), moved.text
    assert await names(anna) == ["1.jpg"]
    for folder, status in ((view, 403), (closed, 404)):
        assert (await bob.patch(address, json={"folder_id": folder})).status_code == status
    both = await bob.patch(address, json={"folder_id": None, "folder": None})
    assert both.status_code == 400
    assert (await bob.patch(address, json={"folder": "party"})).json()["folder"] == "party"
    assert await names(anna) == []


async def test_when_a_share_to_add_ends_the_guests_pictures_go_home(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "private/party")
    shared = await share(anna, folder, bob, may="add")
    await share(anna, folder, cleo, may="add")
    deep = await make_folder(anna, "private/party/day 2")
    await stored(anna, picture(1), "anna.jpg", folder="private/party")
    for number, (guest, where) in enumerate(((bob, folder), (bob, deep), (cleo, deep)), 2):
        await stored(guest, picture(number), f"{number}.jpg", folder_id=where)
    trashed = await stored(bob, picture(9), "9.jpg", folder_id=deep)
    await bob.delete(f"/api/assets/{trashed['id']}")
    await unshare(anna, folder, shared)
    assert await folder_paths(bob) == [("party", "own", 1), ("party/day 2", "own", 1)]
    assert await names(bob) == ["3.jpg", "2.jpg"]
    assert sorted(await names(anna)) == ["4.jpg", "anna.jpg"]
    assert sorted(await names(cleo)) == ["4.jpg", "anna.jpg"]
    restored = await bob.post(f"/api/assets/{trashed['id']}/restore")
    assert restored.json()["folder"] == "party/day 2"


async def test_who_is_still_let_in_another_way_stays(anna: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    outer, inner = await make_folder(anna, "outer"), await make_folder(anna, "outer/inner")
    first = await share(anna, outer, bob, may="add")
    await share(anna, inner, None, may="add")
    await stored(bob, picture(1), "outer.jpg", folder_id=outer)
    await stored(bob, picture(2), "inner.jpg", folder_id=inner)
    await unshare(anna, outer, first)
    assert await names(anna) == ["inner.jpg"]
    assert await folder_paths(bob) == [("outer", "own", 1), ("inner", "add", 1)]
    changed = await anna.post(f"/api/folders/{inner}/shares", json={"subject": None, "may": "view"})
    assert changed.status_code == 200
    assert await names(anna) == []
    assert await folder_paths(bob) == [("inner", "own", 1), ("outer", "own", 1), ("inner", "view", 0)]


async def test_a_folder_that_moves_out_of_a_shared_one_or_goes_sends_its_guests_home(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    top = await make_folder(anna, "top")
    leaves, goes = await make_folder(anna, "top/leaves"), await make_folder(anna, "top/goes")
    await share(anna, top, bob, may="add")
    for number, folder in enumerate((leaves, goes), 1):
        await stored(bob, picture(number), f"bob {number}.jpg", folder_id=folder)
        await stored(anna, picture(10 + number), f"anna {number}.jpg", folder_id=folder)
    assert (await anna.patch(f"/api/folders/{leaves}", json={"parent": None})).status_code == 200
    assert sorted(await names(bob)) == ["anna 2.jpg", "bob 1.jpg", "bob 2.jpg"]
    assert (await anna.delete(f"/api/folders/{goes}")).status_code == 204
    assert sorted(await names(anna)) == ["anna 1.jpg", "anna 2.jpg"]
    assert await folder_paths(bob) == [
        ("top", "own", 0),
        ("top/goes", "own", 1),
        ("top/leaves", "own", 1),
        ("top", "add", 1),
    ]


async def test_tags_are_found_and_counted_alike(anna: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    folder = await make_folder(anna, "trip")
    await stored(anna, picture(1), "1.jpg", folder="trip", tags="rome,Sea")
    await stored(anna, picture(2), "2.jpg", tags="rome")
    await stored(bob, picture(3), "3.jpg", tags="ROME")

    async def tags(client: httpx.AsyncClient) -> dict[str, int]:
        return {each["name"]: each["count"] for each in (await client.get("/api/tags")).json()}

    assert await tags(bob) == {"ROME": 1}
    assert await names(bob, tag="rome") == ["3.jpg"]
    await share(anna, folder, bob)
    assert await tags(bob) == {"ROME": 2, "Sea": 1}
    assert await names(bob, tag="rome") == ["3.jpg", "1.jpg"]
    assert await names(bob, tag="sea") == ["1.jpg"]
    assert await tags(anna) == {"rome": 2, "Sea": 1}
    assert await names(anna, tag="rome") == ["2.jpg", "1.jpg"]


@pytest.mark.parametrize("change", ["revoked", "moved", "deleted folder", "owner disabled", "trashed"])
async def test_every_kind_of_read_ends_with_the_next_request(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, change: str
) -> None:
    top = await make_folder(anna, "top")
    folder = await make_folder(anna, "top/trip")
    shared = await share(anna, top, bob)
    asset = await stored(anna, picture(1), "1.jpg", folder="top/trip", tags="rome")
    other = await stored(bob, picture(2), "2.jpg")

    async def reads() -> dict[str, object]:
        address = f"/api/assets/{asset['id']}"
        return {
            "list": await names(bob),
            "folder": await names(bob, folder_id=folder),
            "tag": await names(bob, tag="rome"),
            "get": (await bob.get(address)).status_code,
            "original": (await bob.get(f"{address}/original")).status_code,
            "thumbnail": (await bob.get(f"/media/{asset['id']}/1/240")).status_code,
            "tags": [each["name"] for each in (await bob.get("/api/tags")).json()],
            "count": (await bob.get("/api/status")).json()["assets"],
            "folder count": sum(each["assets"] for each in (await bob.get("/api/folders")).json()),
        }

    before = await reads()
    assert before == {
        "list": ["2.jpg", "1.jpg"],
        "folder": ["1.jpg"],
        "tag": ["1.jpg"],
        "get": 200,
        "original": 200,
        "thumbnail": 200,
        "tags": ["rome"],
        "count": 2,
        "folder count": 1,
    }
    match change:
        case "revoked":
            await unshare(anna, top, shared)
        case "moved":
            assert (await anna.patch(f"/api/folders/{folder}", json={"parent": None})).status_code == 200
        case "deleted folder":
            assert (await anna.delete(f"/api/folders/{top}")).status_code == 204
        case "trashed":
            assert (await anna.delete(f"/api/assets/{asset['id']}")).status_code == 200
        case _:
            # What somebody shared stays shared while they can't sign in; the guest is another matter.
            await web.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'anna'")
            assert await reads() == before
            await web.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'bob'")
            assert (await bob.get(f"/media/{asset['id']}/1/240")).status_code == 401
            return
    assert await reads() == {
        "list": ["2.jpg"],
        "folder": [],
        "tag": [],
        "get": 404,
        "original": 404,
        "thumbnail": 404,
        "tags": [],
        "count": 1,
        "folder count": 0,
    }
    assert other["mine"]


async def test_a_viewer_looks_and_shares_nothing(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    await share(anna, folder, bob, may="add")
    await web.db.fetch("UPDATE account SET role = 'viewer' WHERE name = 'bob'")
    assert [path for path, *_ in await folder_paths(bob)] == ["trip"]
    assert (await upload(bob, picture(1), folder_id=folder)).status_code == 403
    assert (await bob.post("/api/folders", json={"path": "x"})).status_code == 403
    assert (await bob.get("/api/people")).status_code == 403
