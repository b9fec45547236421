"""Pictures in other people's folders: who may add them, whose they stay, and where they go when that ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import httpx

from appliance import clock
from appliance.db.assets import get_own_asset
from appliance.db.uploads import insert_upload, list_uploads
from appliance.library.ingest import finish_upload
from appliance.records.uploads import IngestRequest, Upload
from tests.support.home import picture
from tests.support.sharing import folder_paths, make_folder, me, names, share, unshare
from tests.support.uploads import stored, upload
from tests.support.web import Web


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


async def test_home_is_never_a_folder_that_the_guest_shares(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder, deep = await make_folder(anna, "party"), await make_folder(anna, "party/day 2")
    shared = await share(anna, folder, bob, may="add")
    # Bob has folders of the same paths: the first is open to cleo, the second to everybody, and the third within.
    await share(bob, await make_folder(bob, "party"), cleo)
    await share(bob, await make_folder(bob, "party 2"), None)
    await share(bob, await make_folder(bob, "party 3/day 2"), None)
    for number, where in enumerate((folder, deep), 1):
        await stored(bob, picture(number), f"{number}.jpg", folder_id=where)
    await unshare(anna, folder, shared)
    assert await names(bob) == ["2.jpg", "1.jpg"]
    assert [path for path, _, assets in await folder_paths(bob) if assets] == ["party 3", "party 3/day 2 2"]
    assert (await names(anna), await names(cleo)) == ([], [])


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


async def cut_off(web: Web, owner: str, number: int, folder: str) -> Upload:
    """What a crash leaves of an upload into a shared folder."""
    parts = web.context.appliance

    async def chunks() -> AsyncIterator[bytes]:
        yield picture(number)

    staged = await parts.store.stage(chunks())
    known = await parts.db.fetch_one("SELECT id, owner FROM asset LIMIT 1")
    assert known is not None
    facts = (await get_own_asset(parts.db, known["owner"], known["id"])).facts
    request = IngestRequest(owner=UUID(owner), filename="late.jpg", folder_id=UUID(folder))
    upload = Upload(staged.id, request, staged.sha256, staged.bytes, facts, clock.now())
    await insert_upload(parts.db, upload)
    return upload


async def test_an_upload_that_was_cut_off_still_comes_into_the_shared_folder_unless_that_closed(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "party")
    shared = await share(anna, folder, bob, may="add")
    await stored(anna, picture(1), "anna.jpg", folder="party")
    owner, parts = await me(bob), web.context.appliance
    await cut_off(web, owner, 2, folder)
    [kept] = await list_uploads(parts.db, older_than=clock.now())
    first = await finish_upload(kept, db=parts.db, store=parts.store, queue=parts.queue)
    assert (first.asset.folder, first.asset.folder_id) == ("party", UUID(folder))
    closed = await cut_off(web, owner, 3, folder)
    await unshare(anna, folder, shared)
    second = await finish_upload(closed, db=parts.db, store=parts.store, queue=parts.queue)
    assert second.asset.folder is None
    gone = replace(closed.request, folder_id=UUID(owner))
    again = await finish_upload(
        replace(await cut_off(web, owner, 4, folder), request=gone),
        db=parts.db, store=parts.store, queue=parts.queue,
    )  # fmt: skip
    assert again.asset.folder is None
    assert await names(anna) == ["anna.jpg"]


async def test_whatever_comes_while_a_share_ends_is_not_left_behind(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "party")
    shared = await share(anna, folder, bob, may="add")
    assets = [(await stored(bob, picture(number), f"{number}.jpg"))["id"] for number in range(8)]
    moves = [bob.patch(f"/api/assets/{asset}", json={"folder_id": folder}) for asset in assets]
    *answers, ended = await asyncio.gather(*moves, anna.delete(f"/api/folders/{folder}/shares/{shared}"))
    assert ended.status_code == 204
    assert {answer.status_code for answer in answers} <= {200, 404}
    assert await names(anna) == []
    assert sorted(await names(bob)) == [f"{number}.jpg" for number in range(8)]
    left = await web.db.fetch(
        "SELECT a.id FROM asset a JOIN folder f ON f.id = a.folder WHERE a.owner <> f.owner"
    )
    assert left == []
