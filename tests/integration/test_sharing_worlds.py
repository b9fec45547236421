"""Random worlds of people, folders, albums and shares: every read of everybody agrees with a plain model."""

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.db.albums import list_albums
from appliance.db.assets import count_assets, find_asset, find_media, list_trash
from appliance.db.engine import Database
from appliance.db.folders import list_folders
from appliance.db.search import Nearest, find_nearest, get_vector, index_statement
from appliance.db.tags import list_tags
from appliance.errors import NotFound
from appliance.library.albums import album_page
from appliance.library.browse import library_page
from appliance.records.accounts import Sight, Viewer
from appliance.records.albums import AlbumKey
from appliance.records.organise import ListKey
from appliance.records.search import And, Filter, HasTag, InAlbum, InFolder, InFolderId, PageKey
from tests.support.sharing_acts import PEOPLE, TAGS, Act, World, acts, furnish, new_world
from tests.support.sharing_model import AssetModel

QUERY = np.array([1, 0, 0, 0], np.float32)
EVERYTHING = And(())


async def ids_in_pages(world: World, viewer: Viewer, where: Filter = EVERYTHING) -> list[UUID]:
    """All ids of the list, three at a time."""
    found: list[UUID] = []
    after: ListKey | None = None
    while True:
        page = await library_page(world.db, viewer, where=where, limit=3, after=after)
        found += [asset.id for asset in page.assets]
        if page.next is None:
            return found
        after = page.next


async def found_in_pages(world: World, viewer: Viewer, where: Filter = EVERYTHING) -> list[UUID]:
    """All ids of a search, three at a time; and what the index would give is the same."""
    wanted = Nearest(viewer, QUERY, world.vectors, where, (), 3, None)
    found: list[UUID] = []
    while True:
        page = await find_nearest(world.db, wanted)
        found += [hit.asset.id for hit in page.hits]
        if not page.more:
            break
        last = page.hits[-1]
        wanted = replace(wanted, after=PageKey(last.distance, last.asset.id, world.vectors))
    rows = await world.db.fetch(index_statement(replace(wanted, after=None), 100))
    assert [row["id"] for row in rows] == found
    return found


async def check_lists(world: World, viewer: Viewer, listed: list[AssetModel]) -> None:
    assert await ids_in_pages(world, viewer) == [asset.id for asset in listed]
    nearest = sorted(listed, key=lambda asset: asset.angle)
    assert await found_in_pages(world, viewer) == [asset.id for asset in nearest]
    assert await count_assets(world.db, viewer) == len(listed)
    counts = {tag: sum(tag in asset.tags for asset in listed) for tag in TAGS}
    assert {tag.name: tag.assets for tag in await list_tags(world.db, viewer)} == {
        tag: count for tag, count in counts.items() if count
    }
    for tag in TAGS:
        carries = [asset.id for asset in listed if tag in asset.tags]
        assert await ids_in_pages(world, viewer, HasTag(tag.upper())) == carries
    trash = {asset.id for asset in world.model.assets if asset.trashed and asset.owner == viewer.name}
    assert {asset.id for asset in await list_trash(world.db, viewer, limit=1000)} == trash


async def check_folders(world: World, viewer: Viewer, listed: list[AssetModel], *, everything: bool) -> None:
    model, name = world.model, viewer.name
    expected = {}
    for folder in model.folders:
        access = model.access(name, folder) or ("view" if everything else None)
        inside = [asset for asset in listed if asset.folder in model.below(folder)]
        assert folder.id is not None
        assert await ids_in_pages(world, viewer, InFolderId(folder.id)) == (
            [asset.id for asset in inside] if access else []
        )
        if folder.owner == name:
            in_path = await found_in_pages(world, viewer, InFolder(folder.path))
            assert in_path == [asset.id for asset in sorted(inside, key=lambda asset: asset.angle)]
        if access:
            path = model.shown_path(name, folder, everything=everything)
            expected[folder.id] = (path, access, sum(asset.folder is folder for asset in listed))
    seen = await list_folders(world.db, viewer)
    assert {each.id: (each.path, each.may.value, each.assets) for each in seen} == expected
    assert len(seen) == len(expected)
    for each in seen:
        assert each.parent is None or each.parent in expected


async def check_each(world: World, viewer: Viewer, *, everything: bool) -> None:
    for asset in world.model.assets:
        visible = world.model.sees(viewer.name, asset, everything=everything)
        found = await find_asset(world.db, viewer, asset.id)
        assert (found is not None) == visible
        assert (await find_media(world.db, viewer, asset.id) is not None) == visible
        if found is None:
            with pytest.raises(NotFound):
                await get_vector(world.db, viewer, asset.id, model_id=world.vectors)
            continue
        mine = asset.owner == viewer.name
        assert await get_vector(world.db, viewer, asset.id, model_id=world.vectors) is not None
        assert (found.mine, found.favourite, found.rating) == (mine, mine, 3 if mine else None)
        assert (found.owner_name, frozenset(found.tags)) == (asset.owner, asset.tags)
        shown = asset.folder is not None and (everything or world.model.access(viewer.name, asset.folder))
        assert (found.folder, found.folder_id) == (
            (world.model.shown_path(viewer.name, asset.folder, everything=everything), asset.folder.id)
            if shown and asset.folder
            else (None, None)
        )


async def check_albums(world: World, viewer: Viewer, listed: list[AssetModel]) -> None:
    expected = {}
    for album in world.model.albums:
        shown = album.shown(viewer.name, listed, world.model)
        assert album.id is not None
        in_order = sorted(shown, key=lambda asset: (asset.uploaded, asset.id), reverse=True)
        assert await ids_in_pages(world, viewer, InAlbum(album.id)) == [asset.id for asset in in_order]
        nearest = [asset.id for asset in sorted(shown, key=lambda asset: asset.angle)]
        assert await found_in_pages(world, viewer, InAlbum(album.id)) == nearest
        may = album.may(viewer.name)
        if may is None:
            continue
        cover = shown[0].id if shown else None
        expected[album.id] = (may, len(shown), cover, len(album.shares) if may == "own" else 0)
        if album.rule is None:
            assert await album_in_pages(world, viewer, album.id) == [asset.id for asset in shown]
    seen = await list_albums(world.db, viewer)
    assert {each.id: (each.may.value, each.count, each.cover, each.shares) for each in seen} == expected


async def album_in_pages(world: World, viewer: Viewer, album_id: UUID) -> list[UUID]:
    found: list[UUID] = []
    after: AlbumKey | None = None
    while True:
        page = await album_page(world.db, viewer, album_id, limit=3, after=after)
        found += [asset.id for asset in page.assets]
        if page.next is None:
            return found
        after = page.next


async def check_all(world: World) -> None:
    for name in PEOPLE:
        viewer = await world.viewer(name)
        # Who shares nothing sees by a simpler condition, which is to say the same as the other.
        others = {Sight.SHARED, Sight.ALL} if name == PEOPLE[0] else set()
        for sight in {viewer.sight} | others:
            everything = sight is Sight.ALL
            listed = world.model.listed(name, everything=everything)
            seeing = replace(viewer, sight=sight)
            await check_lists(world, seeing, listed)
            await check_folders(world, seeing, listed, everything=everything)
            await check_each(world, seeing, everything=everything)
            await check_albums(world, seeing, listed)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(acts, min_size=6, max_size=20))
async def test_whatever_people_do_everybody_sees_what_is_theirs_or_shared_with_them_and_nothing_else(
    database: Database, done: list[Act]
) -> None:
    world = await new_world(database)
    await furnish(world)
    for act in done:
        await world.act(act)
    await check_all(world)


async def test_at_the_start_everybody_sees_what_the_model_says(database: Database) -> None:
    world = await new_world(database)
    await furnish(world)
    await check_all(world)
    assert len(world.model.listed("bob")) > len([each for each in world.model.assets if each.owner == "bob"])
