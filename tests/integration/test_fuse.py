"""A purge that would take unusually much stops, and goes on when an administrator says that it is meant."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from appliance import clock
from appliance.db import purge_holds
from appliance.db.asset_changes import empty_trash
from appliance.db.engine import Database
from appliance.errors import Conflict
from appliance.library.expiry import purge
from appliance.library.fuse import release
from appliance.media.cache import RenditionCache
from appliance.media.store import Store
from appliance.media.volume import Volume
from appliance.records.accounts import Viewer
from appliance.records.expiry import PurgeReport
from tests.support.rows import add_asset, add_person

DAY = timedelta(days=1)


class Library:
    """A database and a volume; assets have no files, which a purge does not mind."""

    def __init__(self, db: Database, path: Path, viewer: Viewer) -> None:
        root = path / "storage"
        self.db, self.viewer, self.now = db, viewer, clock.now()
        volume = Volume(root, Volume.initialise(root))
        self.store = Store(volume, max_upload_bytes=1000, free_space_floor_bytes=0)
        self.cache = RenditionCache(path / "cache")

    async def due(self, number: int, *, ago: timedelta = DAY) -> list[UUID]:
        return [
            await add_asset(
                self.db,
                self.viewer.user_id,
                trashed_at=self.now - ago - 30 * DAY,
                purge_after=self.now - ago,
                state="trashed",
            )
            for _ in range(number)
        ]

    async def purge(
        self, *, ask_above: int, after: timedelta = timedelta(), dry_run: bool = False
    ) -> PurgeReport:
        return await purge(
            db=self.db,
            store=self.store,
            cache=self.cache,
            trash=30 * DAY,
            limit=1000,
            now=self.now + after,
            ask_above=ask_above,
            dry_run=dry_run,
        )


@pytest.fixture
async def library(database: Database, tmp_path: Path) -> AsyncIterator[Library]:
    yield Library(database, tmp_path, await add_person(database))


async def test_no_more_than_is_usual_goes_without_a_word(library: Library) -> None:
    await library.due(5)
    report = await library.purge(ask_above=5)
    assert (report.purged, report.asks) == (5, False)
    assert await purge_holds.find_open(library.db) is None


async def test_where_unusually_much_is_due_nothing_goes_until_it_is_released(library: Library) -> None:
    await library.due(6)
    planned = await library.purge(ask_above=5, dry_run=True)
    assert planned.asks
    assert await purge_holds.find_open(library.db) is None
    for _ in range(2):
        report = await library.purge(ask_above=5)
        assert (report.purged, report.asks) == (0, True)
    held = await purge_holds.find_open(library.db)
    assert held is not None
    assert (held.due, held.due_bytes > 0, held.library) == (6, True, 6)

    await release(library.db, held.id, by=library.viewer.user_id)
    report = await library.purge(ask_above=5)
    assert (report.purged, report.asks) == (6, False)


async def test_a_large_part_of_a_library_is_unusual_too(library: Library) -> None:
    await library.due(101)
    assert (await library.purge(ask_above=1000)).asks
    for _ in range(303):
        await add_asset(library.db, library.viewer.user_id)
    report = await library.purge(ask_above=1000)
    assert (report.purged, report.asks) == (101, False)


async def test_a_release_covers_what_was_due_when_the_purge_stopped_and_nothing_later(
    library: Library,
) -> None:
    early = await library.due(6)
    await library.purge(ask_above=5)
    held = await purge_holds.find_open(library.db)
    assert held is not None
    late = await library.due(6, ago=-timedelta(minutes=1))
    await release(library.db, held.id, by=None)
    report = await library.purge(ask_above=5, after=timedelta(minutes=2))
    assert (report.purged, report.asks) == (0, True)
    left = {row["id"] for row in await library.db.fetch("SELECT id FROM asset")}
    assert left == {*early, *late}
    with pytest.raises(Conflict):
        await release(library.db, held.id, by=None)


async def test_what_a_person_emptied_out_of_their_trash_is_not_asked_about(library: Library) -> None:
    assets = await library.due(8, ago=-DAY)
    assert await empty_trash(library.db, library.viewer, assets[:7]) == 7
    report = await library.purge(ask_above=2, after=timedelta(minutes=1))
    assert (report.purged, report.asks) == (7, False)
    assert [row["id"] for row in await library.db.fetch("SELECT id FROM asset")] == assets[7:]


async def test_a_hold_whose_pictures_were_restored_is_lifted_and_confirms_nothing(library: Library) -> None:
    assets = await library.due(6)
    await library.purge(ask_above=5)
    await library.db.fetch(
        "UPDATE asset SET state = 'active', trashed_at = NULL, purge_after = NULL WHERE id = ANY({}::uuid[])",
        assets[:3],
    )
    report = await library.purge(ask_above=5)
    assert (report.purged, report.asks) == (3, False)
    assert await purge_holds.find_open(library.db) is None
    assert await purge_holds.confirmed_until(library.db) is None
