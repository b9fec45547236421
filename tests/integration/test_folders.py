"""A person's tree of folders: made, renamed, moved and deleted with all below, by its owner alone."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from appliance.db import folders
from appliance.db.engine import Database
from appliance.db.folders import ensure_folder, list_folders
from appliance.errors import Conflict, Forbidden, NotFound, UsageError
from appliance.library.folders import create_folder, delete_folder, get_folder, move_folder, share_folder
from appliance.records.accounts import Sight, Viewer
from appliance.records.sharing import May, SharedMay
from tests.support.rows import add_asset, add_person


@pytest.fixture
async def ada(database: Database) -> Viewer:
    return await add_person(database, "ada")


@pytest.fixture
async def bob(database: Database) -> Viewer:
    return await add_person(database, "bob")


async def make(db: Database, viewer: Viewer, *paths: str) -> list[UUID]:
    return [(await create_folder(db, viewer, path)).id for path in paths]


async def paths(db: Database, viewer: Viewer) -> list[str]:
    return [folder.path for folder in await list_folders(db, viewer)]


async def put(db: Database, asset: UUID, folder: UUID) -> None:
    await db.fetch("UPDATE asset SET folder = {} WHERE id = {}", folder, asset)


async def folder_of(db: Database, asset: UUID) -> UUID | None:
    row = await db.fetch_one("SELECT folder FROM asset WHERE id = {}", asset)
    assert row is not None
    found: UUID | None = row["folder"]
    return found


async def test_a_folder_is_made_with_those_above_it(database: Database, ada: Viewer) -> None:
    made = await create_folder(database, ada, "/Trips/2026 / Rome/")
    assert (made.path, made.name, made.may, made.assets) == ("Trips/2026/Rome", "Rome", May.OWN, 0)
    assert await paths(database, ada) == ["Trips", "Trips/2026", "Trips/2026/Rome"]
    by_path = {folder.path: folder for folder in await list_folders(database, ada)}
    assert by_path["Trips/2026/Rome"].parent == by_path["Trips/2026"].id
    assert by_path["Trips"].parent is None
    assert (by_path["Trips"].owner.id, by_path["Trips"].owner.name) == (ada.user_id, "ada")


async def test_a_folder_is_made_once(database: Database, ada: Viewer, bob: Viewer) -> None:
    await make(database, ada, "a/b")
    with pytest.raises(Conflict):
        await create_folder(database, ada, "a")
    await make(database, bob, "a")


@pytest.mark.parametrize("path", ["", " / ", "a/../b", "x" * 201, "/".join("x" * 21)])
async def test_a_path_that_is_none_is_refused(database: Database, ada: Viewer, path: str) -> None:
    with pytest.raises(UsageError):
        await create_folder(database, ada, path)
    assert await paths(database, ada) == []


async def test_a_folder_gets_another_name_and_all_below_it_their_paths(
    database: Database, ada: Viewer, bob: Viewer
) -> None:
    trips, *_ = await make(database, ada, "Trips", "Trips/2026/Rome", "Trips 2", "Trips_")
    await make(database, bob, "Trips/2026")
    moved = await move_folder(database, ada, trips, name=" Journeys% ")
    assert (moved.id, moved.path, moved.name) == (trips, "Journeys%", "Journeys%")
    assert await paths(database, ada) == [
        "Journeys%",
        "Journeys%/2026",
        "Journeys%/2026/Rome",
        "Trips 2",
        "Trips_",
    ]
    assert await paths(database, bob) == ["Trips", "Trips/2026"]


async def test_a_folder_moves_into_another_and_back_to_the_top(database: Database, ada: Viewer) -> None:
    rome, old = await make(database, ada, "Trips/2026/Rome", "Old")
    await make(database, ada, "Trips/2026/Rome/food")
    asset = await add_asset(database, ada.user_id)
    await put(database, asset, rome)
    moved = await move_folder(database, ada, rome, parent=old)
    assert (moved.path, moved.parent, moved.assets) == ("Old/Rome", old, 1)
    assert await paths(database, ada) == ["Old", "Old/Rome", "Old/Rome/food", "Trips", "Trips/2026"]
    moved = await move_folder(database, ada, rome, parent=None, name="Roma")
    assert (moved.path, moved.parent) == ("Roma", None)
    assert await folder_of(database, asset) == rome
    assert await ensure_folder(database, ada.user_id, "Roma") == rome


async def test_a_folder_can_be_named_as_the_one_that_it_leaves(database: Database, ada: Viewer) -> None:
    inner, _ = await make(database, ada, "a/a/a", "b")
    with pytest.raises(Conflict):
        await move_folder(database, ada, inner, parent=None)
    moved = await move_folder(database, ada, inner, name="aa")
    assert moved.path == "a/a/aa"
    unchanged = await move_folder(database, ada, inner)
    assert unchanged == moved


async def test_where_another_folder_is_none_can_be_moved_to(database: Database, ada: Viewer) -> None:
    one, two, inner = await make(database, ada, "one", "two", "two/one")
    with pytest.raises(Conflict):
        await move_folder(database, ada, one, name="two")
    with pytest.raises(Conflict):
        await move_folder(database, ada, one, parent=two)
    with pytest.raises(Conflict):
        await move_folder(database, ada, inner, parent=None)
    assert await paths(database, ada) == ["one", "two", "two/one"]


async def test_a_folder_can_not_be_moved_into_itself(database: Database, ada: Viewer) -> None:
    top, low = await make(database, ada, "top", "top/mid/low")
    for parent in (top, low):
        with pytest.raises(Conflict):
            await move_folder(database, ada, top, parent=parent)
    beside = (await make(database, ada, "top 2"))[0]
    assert (await move_folder(database, ada, top, parent=beside)).path == "top 2/top"


async def test_what_is_below_keeps_within_the_limits_too(database: Database, ada: Viewer) -> None:
    tall = "/".join(f"l{n}" for n in range(18))
    first = (await make(database, ada, tall, "a/b/c"))[0]
    by_path = {folder.path: folder.id for folder in await list_folders(database, ada)}
    with pytest.raises(UsageError):
        await move_folder(database, ada, by_path["l0"], parent=by_path["a/b/c"])
    await move_folder(database, ada, by_path["l0"], parent=by_path["a/b"])
    assert (await get_folder(database, ada, first)).path == f"a/b/{tall}"


async def test_nobodys_many_folders_leave_no_room_for_somebody_elses_few(
    database: Database, ada: Viewer, bob: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MAX_FOLDERS", 5)
    cleo, dora = await add_person(database, "cleo"), await add_person(database, "dora")
    for viewer, wanted in ((bob, "abcdefgh"), (cleo, "x"), (dora, "xyz")):
        for made in await make(database, viewer, *wanted):
            await share_folder(database, viewer, made, subject=None, may=SharedMay.VIEW)
    seen = [(each.owner.name, each.path) for each in await list_folders(database, ada)]
    assert seen == [("bob", "a"), ("bob", "b"), ("cleo", "x"), ("dora", "x"), ("dora", "y")]
    # One's own have room of their own.
    await make(database, ada, *"1234567")
    seen = [(each.owner.name, each.path) for each in await list_folders(database, ada)]
    assert [path for name, path in seen if name == "ada"] == list("12345")
    assert len(seen) == 10


async def test_of_a_tree_that_is_cut_no_folder_lacks_the_one_above_it(
    database: Database, ada: Viewer, bob: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MAX_FOLDERS", 4)
    top = (await make(database, bob, "top", "top/a/b/c", "top-2", "top/z"))[0]
    await share_folder(database, bob, top, subject=None, may=SharedMay.VIEW)
    seen = await list_folders(database, ada)
    assert [each.path for each in seen] == ["top", "top/a", "top/a/b", "top/a/b/c"]
    assert [each.parent for each in seen] == [None, *(each.id for each in seen[:3])]


@pytest.mark.parametrize("name", ["", "  ", "a/b", "/", "..", "x" * 201, "a\nb"])
async def test_a_name_that_is_none_is_refused(database: Database, ada: Viewer, name: str) -> None:
    folder = (await make(database, ada, "a"))[0]
    with pytest.raises(UsageError):
        await move_folder(database, ada, folder, name=name)


async def test_of_a_deleted_folder_all_assets_move_up(database: Database, ada: Viewer) -> None:
    mid, low = await make(database, ada, "top/mid", "top/mid/low")
    assets = [await add_asset(database, ada.user_id) for _ in range(3)]
    trashed = await add_asset(database, ada.user_id)
    for asset, folder in zip([*assets, trashed], [mid, low, low, low], strict=True):
        await put(database, asset, folder)
    await database.fetch(
        "UPDATE asset SET state = 'trashed', trashed_at = now(), purge_after = now() WHERE id = {}", trashed
    )
    await delete_folder(database, ada, mid)
    remaining = await list_folders(database, ada)
    assert [(folder.path, folder.assets) for folder in remaining] == [("top", 3)]
    assert {await folder_of(database, asset) for asset in (*assets, trashed)} == {remaining[0].id}
    await delete_folder(database, ada, remaining[0].id)
    assert await paths(database, ada) == []
    assert {await folder_of(database, asset) for asset in (*assets, trashed)} == {None}


async def test_nobody_else_changes_a_folder_and_only_who_may_see_it_learns_that_it_is_there(
    database: Database, ada: Viewer, bob: Viewer
) -> None:
    mine, shown = await make(database, ada, "mine", "shown")
    bobs = (await make(database, bob, "bobs"))[0]
    await share_folder(database, ada, shown, subject=bob.user_id, may=SharedMay.ADD)
    for folder, error in ((mine, NotFound), (shown, Forbidden), (uuid4(), NotFound)):
        with pytest.raises(error):
            await move_folder(database, bob, folder, name="other")
        with pytest.raises(error):
            await delete_folder(database, bob, folder)
        with pytest.raises(error):
            await share_folder(database, bob, folder, subject=None, may=SharedMay.VIEW)
        with pytest.raises(error):
            await move_folder(database, bob, bobs, parent=folder)
    everything = replace(bob, sight=Sight.ALL)
    with pytest.raises(Forbidden):
        await move_folder(database, everything, mine, name="other")
    assert await paths(database, ada) == ["mine", "shown"]


async def test_folders_that_are_made_moved_and_deleted_at_the_same_time_stay_a_tree(
    database: Database, ada: Viewer, bob: Viewer
) -> None:
    top, other = await make(database, ada, "top", "other")
    await share_folder(database, ada, top, subject=bob.user_id, may=SharedMay.ADD)

    async def ensure(number: int) -> None:
        async with database.transaction():
            folder = await ensure_folder(database, ada.user_id, f"top/sub {number % 3}/leaf {number}")
            asset = await add_asset(database, ada.user_id)
            await put(database, asset, folder)

    async def move(number: int) -> None:
        try:
            await move_folder(database, ada, top, parent=other if number % 2 else None)
        except Conflict:
            return  # another one was made in its place meanwhile

    async def delete() -> None:
        for folder in await list_folders(database, ada):
            if folder.name.startswith("sub"):
                try:
                    await delete_folder(database, ada, folder.id)
                except NotFound:
                    continue

    await asyncio.gather(*(ensure(n) for n in range(12)), *(move(n) for n in range(5)), delete(), delete())
    rows = await database.fetch(
        "SELECT f.path, f.name, p.path AS above FROM folder f LEFT JOIN folder p ON p.id = f.parent"
    )
    for row in rows:
        assert row["path"] == (f"{row['above']}/" if row["above"] else "") + row["name"]
    assert len({row["path"] for row in rows}) == len(rows)
