"""Folders shared over HTTP: who sees what, and that it ends at the very next request."""

from dataclasses import dataclass

import httpx
import pytest

from tests.support.albums import make_album
from tests.support.home import picture
from tests.support.sharing import folder_paths, make_folder, me, names, share, unshare
from tests.support.uploads import stored, upload
from tests.support.web import Web


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


async def test_who_only_looks_is_not_told_that_they_may_add(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await make_folder(bob, "mine")
    folder = await make_folder(anna, "party")
    await share(anna, folder, bob, may="add")
    assert await folder_paths(bob) == [("mine", "own", 0), ("party", "add", 0)]
    await web.db.fetch("UPDATE account SET role = 'viewer' WHERE name = 'bob'")
    assert await folder_paths(bob) == [("mine", "view", 0), ("party", "view", 0)]
    assert [each["mine"] for each in (await bob.get("/api/folders")).json()] == [True, False]
    assert (await upload(bob, picture(1), folder_id=folder)).status_code == 403


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


@dataclass(frozen=True)
class Reads:
    """Everything by which a guest could learn of one asset that is shared with them."""

    guest: httpx.AsyncClient
    folder: str
    asset: str

    async def all(self) -> dict[str, object]:
        guest, address = self.guest, f"/api/assets/{self.asset}"
        return {
            "list": await names(guest),
            "folder": await names(guest, folder_id=self.folder),
            "tag": await names(guest, tag="rome"),
            "get": (await guest.get(address)).status_code,
            "original": (await guest.get(f"{address}/original")).status_code,
            "thumbnail": (await guest.get(f"/media/{self.asset}/1/240")).status_code,
            "tags": [each["name"] for each in (await guest.get("/api/tags")).json()],
            "count": (await guest.get("/api/status")).json()["assets"],
            "folder count": sum(each["assets"] for each in (await guest.get("/api/folders")).json()),
        }


SHOWN = {
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
HIDDEN = {
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


@pytest.mark.parametrize("change", ["revoked", "moved", "deleted", "trashed"])
async def test_every_kind_of_read_ends_with_the_next_request(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, change: str
) -> None:
    top = await make_folder(anna, "top")
    folder = await make_folder(anna, "top/trip")
    shared = await share(anna, top, bob)
    asset = await stored(anna, picture(1), "1.jpg", folder="top/trip", tags="rome")
    await stored(bob, picture(2), "2.jpg")
    reads = Reads(bob, folder, asset["id"])
    assert await reads.all() == SHOWN
    ends = {
        "revoked": lambda: anna.delete(f"/api/folders/{top}/shares/{shared}"),
        "moved": lambda: anna.patch(f"/api/folders/{folder}", json={"parent": None}),
        "deleted": lambda: anna.delete(f"/api/folders/{top}"),
        "trashed": lambda: anna.delete(f"/api/assets/{asset['id']}"),
    }
    assert (await ends[change]()).status_code in {200, 204}
    assert await reads.all() == HIDDEN


async def test_a_guest_who_is_removed_sees_nothing_at_the_next_request_and_an_owner_who_is_goes_on_sharing(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    await share(anna, folder, bob)
    asset = await stored(anna, picture(1), "1.jpg", folder="trip")
    await web.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'anna'")
    for path in ("/api/assets", f"/media/{asset['id']}/1/240"):
        assert (await bob.get(path)).status_code == 200
    await web.db.fetch("UPDATE account SET disabled_at = NULL WHERE name = 'anna'")
    bob_id = (await bob.get("/api/me")).json()["id"]
    disabled = await anna.patch(f"/api/admin/users/{bob_id}", json={"disabled": True})
    assert disabled.status_code == 200
    for path in ("/api/assets", f"/api/assets/{asset['id']}/original", f"/media/{asset['id']}/1/240"):
        assert (await bob.get(path)).status_code == 401


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


async def test_what_expires_is_gone_for_guests_at_that_moment(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    await share(anna, folder, bob)
    asset = await stored(anna, picture(1), "1.jpg", folder="trip")
    await web.db.fetch("UPDATE asset SET expires_at = now() + interval '1 hour'")
    assert await names(bob) == ["1.jpg"]
    await web.db.fetch("UPDATE asset SET expires_at = now() - interval '1 second'")
    assert await names(bob) == []
    assert (await bob.get(f"/api/assets/{asset['id']}")).status_code == 404
    assert (await anna.get(f"/api/assets/{asset['id']}")).json()["state"] == "trashed"


@pytest.mark.parametrize("kind", ["folder", "album"])
async def test_one_more_share_is_answered_however_many_there_are(
    web: Web, anna: httpx.AsyncClient, kind: str
) -> None:
    shared = await (make_folder(anna, "trip") if kind == "folder" else make_album(anna))
    await web.db.fetch(
        "INSERT INTO account (id, name, role) SELECT gen_random_uuid(), 'guest ' || n, 'member'"
        " FROM generate_series(1, 1001) AS n"
    )
    await web.db.fetch(
        f"INSERT INTO share (id, owner, {kind}, subject, may) SELECT gen_random_uuid(), o.id, {{}}, p.id, 'view'"  # noqa: S608 (the name of a column)
        " FROM account p, account o WHERE p.name LIKE 'guest %' AND o.name = 'anna'",
        shared,
    )
    [last] = await web.db.fetch(
        "INSERT INTO account (id, name, role) VALUES (gen_random_uuid(), 'zoe', 'member') RETURNING id"
    )
    for may, status in (("view", 201), ("add", 200)):
        answer = await anna.post(
            f"/api/{kind}s/{shared}/shares", json={"subject": str(last["id"]), "may": may}
        )
        assert answer.status_code == status, answer.text
        told = answer.json()
        assert (told["subject"]["name"], told["may"]) == ("zoe", may)
