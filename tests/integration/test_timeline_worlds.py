"""Random worlds: everybody's timeline is what they may see, once each, in one order; counts are those of lists."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.db.assets import count_assets, list_assets
from appliance.db.engine import Database, Row
from appliance.db.facets import find_facets
from appliance.records.accounts import Sight, Viewer
from appliance.records.leaves import OwnedBy
from appliance.records.search import (
    And,
    Filter,
    HasCamera,
    HasTag,
    InFolderId,
    IsKind,
    IsUndated,
    Not,
    Or,
    TakenBetween,
)
from appliance.records.timeline import Facets
from tests.support.sharing_acts import PEOPLE, Act, World, acts, furnish, new_world
from tests.support.timeline import EVERYTHING, ratio_byte, read_timeline

#: Few, so that many share a moment, a month or a camera.
_MOMENTS = [
    "2024-12-31 23:59:59.5",
    "2025-01-01 00:00:00",
    "2025-01-01 00:00:00",
    "2025-01-31 08:00:00",
    None,
    None,
]

FILTERS: tuple[Filter, ...] = (
    EVERYTHING,
    HasTag("red"),
    IsUndated(),
    TakenBetween(date(2025, 1, 1), date(2025, 12, 31)),
    Or((HasCamera(""), Not(HasTag("sea")))),
)


async def spread(world: World, dice: int) -> None:
    """Give the pictures times, shapes, cameras and types, as it was drawn."""
    rows = await world.db.fetch("SELECT id FROM asset ORDER BY id")
    for number, row in enumerate(rows, dice):
        taken = _MOMENTS[number % len(_MOMENTS)]
        await world.db.fetch(
            "UPDATE asset SET taken_at = {}, camera = {}, mime = {}, width = {}, height = {}, mean_color = {}"
            " WHERE id = {}",
            datetime.fromisoformat(taken) if taken else None,
            [None, "Box", "Pocket"][number % 3],
            ["image/jpeg", "image/heic"][number % 2],
            1 + number * 7 % 4000,
            1 + number * 5 % 97,
            number * 7919 % 2**24,
            row["id"],
        )
    await world.db.fetch(
        "UPDATE tag SET name = 'sea/deep' WHERE name = 'sea' AND owner = (SELECT id FROM account ORDER BY id LIMIT 1)"
    )


async def viewers(world: World) -> Iterator[tuple[str, Viewer]]:
    found = []
    for name in PEOPLE:
        viewer = await world.viewer(name)
        found += [(name, replace(viewer, sight=sight)) for sight in {viewer.sight, Sight.SHARED}]
    found.append((PEOPLE[0], replace(await world.viewer(PEOPLE[0]), sight=Sight.ALL)))
    return iter(found)


def in_order(rows: list[Row]) -> list[Row]:
    dated = [row for row in rows if row["taken_at"] is not None]
    undated = [row for row in rows if row["taken_at"] is None]
    dated.sort(key=lambda row: (row["taken_at"], row["id"]), reverse=True)
    undated.sort(key=lambda row: (row["uploaded_at"], row["id"]), reverse=True)
    return dated + undated


async def check_timeline(world: World, name: str, viewer: Viewer, where: Filter) -> None:
    visible = world.model.listed(name, everything=viewer.sight is Sight.ALL)
    rows = await world.db.fetch(
        "SELECT * FROM asset WHERE id = ANY({}::uuid[])", [asset.id for asset in visible]
    )
    _, items = await read_timeline(world.db, viewer)
    expected = in_order(rows)
    assert [item["id"] for item in items] == [str(row["id"]) for row in expected]
    for item, row in zip(items, expected, strict=True):
        mine = row["owner"] == viewer.user_id
        assert item["ratio"] == ratio_byte(row["width"], row["height"])
        assert (item["mine"], item["owner"]) == (mine, None if mine else str(row["owner"]))
        assert (item["favourite"], item["rating"]) == (mine, 3 if mine else None)
        local = row["taken_at"] or row["uploaded_at"].replace(tzinfo=None)
        assert datetime.fromisoformat(item["at"]) == local
    listed = await list_assets(world.db, viewer, where=where, limit=1000)
    _, narrowed = await read_timeline(world.db, viewer, where)
    kept = {str(asset.id) for asset in listed}
    assert [item["id"] for item in narrowed] == [item["id"] for item in items if item["id"] in kept]
    assert len(narrowed) == len(kept)


async def check_counts(world: World, viewer: Viewer, where: Filter) -> None:
    facets = await find_facets(world.db, viewer, where)

    async def count(leaf: Filter) -> int:
        return len(await list_assets(world.db, viewer, where=And((where, leaf)), limit=1000))

    assert facets.total == await count(EVERYTHING)
    assert facets.undated == await count(IsUndated())
    for name, leaf in leaves(facets):
        assert name[1] == await count(leaf), (name, leaf)
    assert sum(each.assets for each in facets.years) == facets.total
    assert sum(each.assets for each in facets.cameras) == facets.total
    assert sum(each.assets for each in facets.types) == facets.total
    assert sum(each.assets for each in facets.owners) == facets.total
    listed = [asset.id for asset in await list_assets(world.db, viewer, where=where, limit=1000)]
    some = await find_facets(world.db, viewer, where, among=listed[::2])
    assert some.total == sum(each.assets for each in some.owners) == len(listed[::2])
    hidden = await find_facets(world.db, viewer, And((where, IsUndated())), among=listed)
    assert hidden.total == facets.undated


def leaves(facets: Facets) -> Iterator[tuple[tuple[str, int], Filter]]:
    """Every value, as the filter that finds it."""
    for each in facets.years:
        year = int(each.value)
        yield (each.value, each.assets), TakenBetween(date(year, 1, 1), date(year, 12, 31))
    for folder in facets.folders:
        yield (folder.path, folder.assets), InFolderId(folder.id)
    for tag in facets.tags:
        yield (tag.name, tag.assets), HasTag(tag.name)
    for each in facets.cameras:
        yield (each.value, each.assets), HasCamera(each.value)
    for each in (*facets.kinds, *facets.types):
        yield (each.value, each.assets), IsKind(each.value)
    for owner in facets.owners:
        yield (owner.name, owner.assets), OwnedBy(owner.name)


async def check_folders(world: World, name: str, viewer: Viewer) -> None:
    """All folders in which something is seen are there, and none that may not be seen."""
    everything = viewer.sight is Sight.ALL
    seen = world.model.listed(name, everything=everything)
    expected = {}
    for folder in world.model.folders:
        inside = sum(asset.folder in world.model.below(folder) for asset in seen)
        if inside and (everything or world.model.access(name, folder)):
            expected[folder.id] = (world.model.shown_path(name, folder, everything=everything), inside)
    facets = await find_facets(world.db, viewer, EVERYTHING)
    assert {each.id: (each.path, each.assets) for each in facets.folders} == expected


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    done=st.lists(acts, min_size=4, max_size=14), dice=st.integers(0, 1000), where=st.sampled_from(FILTERS)
)
async def test_whatever_people_do_the_months_hold_what_each_may_see_once_and_every_count_is_what_a_list_finds(
    database: Database, done: list[Act], dice: int, where: Filter
) -> None:
    world = await new_world(database)
    await furnish(world)
    for act in done:
        await world.act(act)
    await spread(world, dice)
    for name, viewer in await viewers(world):
        await check_timeline(world, name, viewer, where)
        await check_folders(world, name, viewer)
        await check_counts(world, viewer, where)


async def test_the_worlds_hold_something_to_count(database: Database) -> None:
    world = await new_world(database)
    await furnish(world)
    await spread(world, 0)
    seeing_all = replace(await world.viewer("bob"), sight=Sight.ALL)
    facets = await find_facets(database, seeing_all, EVERYTHING)
    told, items = await read_timeline(database, seeing_all)
    assert facets.total == len(items) == await count_assets(database, seeing_all) > 10
    assert [key for key, _ in told.buckets] == ["2025-01", "2024-12", "undated"]
    assert {item["mine"] for item in items} == {True, False}
    assert {each.value for each in facets.cameras} == {"", "Box", "Pocket"}
    assert (len(facets.tags) >= 2, len(facets.folders) >= 2, facets.undated > 0) == (True, True, True)
