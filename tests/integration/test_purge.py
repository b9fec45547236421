import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from appliance import clock
from appliance.db import purge as rows
from appliance.db.engine import Database
from appliance.errors import ClockDoubtful, VolumeUnavailable
from appliance.library.expiry import purge
from appliance.media.cache import RenditionCache
from appliance.media.store import Store
from appliance.media.volume import Volume
from appliance.records.accounts import Viewer
from appliance.records.expiry import PurgeReport
from tests.support.mounts import mounted_tmpfs
from tests.support.rows import add_asset, add_person, count

TRASH = timedelta(days=30)
DAY = timedelta(days=1)


@dataclass
class Library:
    """A database, a volume, and folders on it for assets."""

    db: Database
    store: Store
    cache: RenditionCache
    viewer: Viewer
    now: datetime

    async def add(
        self,
        *,
        expires: timedelta | None = None,
        trashed: timedelta | None = None,
        state: str = "active",
    ) -> UUID:
        """An asset with a file and a rendition; the times are relative to now."""
        trashed_at = self.now + trashed if trashed is not None else None
        asset = await add_asset(
            self.db,
            self.viewer.user_id,
            expires_at=self.now + expires if expires is not None else None,
            trashed_at=trashed_at,
            purge_after=trashed_at + TRASH if trashed_at else None,
            state=state,
        )
        folder = self.store.volume.root / str(asset)
        folder.mkdir()
        (folder / "a.jpg").write_bytes(b"abc")
        self.cache.write(asset, 1, {240: b"x"})
        return asset

    async def purge(
        self,
        *,
        limit: int = 1000,
        trash: timedelta = TRASH,
        dry_run: bool = False,
        accept_clock: bool = False,
        after: timedelta = timedelta(),
    ) -> PurgeReport:
        return await purge(
            db=self.db,
            store=self.store,
            cache=self.cache,
            trash=trash,
            limit=limit,
            now=self.now + after,
            dry_run=dry_run,
            accept_clock=accept_clock,
        )

    def on_disk(self) -> set[UUID]:
        return set(self.store.list_ids())

    async def in_database(self) -> set[UUID]:
        return {row["id"] for row in await self.db.fetch("SELECT id FROM asset")}


@pytest.fixture
async def library(database: Database, tmp_path: Path) -> AsyncIterator[Library]:
    root = tmp_path / "storage"
    volume = Volume(root, Volume.initialise(root))
    yield Library(
        db=database,
        store=Store(volume, max_upload_bytes=1000, free_space_floor_bytes=0),
        cache=RenditionCache(tmp_path / "cache"),
        viewer=await add_person(database),
        now=clock.now(),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_a_purge_takes_exactly_what_is_due_and_never_a_live_asset(library: Library, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    trash = chance.choice([timedelta(), TRASH])
    due: set[UUID] = set()
    kept: set[UUID] = set()
    for _ in range(60):
        expires = chance.choice([None, timedelta(days=chance.uniform(-60, 60))])
        trashed = timedelta(days=chance.uniform(-60, 0)) if chance.random() < 0.5 else None
        if trashed is not None:
            asset = await library.add(
                expires=expires, trashed=trashed, state=chance.choice(["trashed", "purging"])
            )
            state = (await library.db.fetch("SELECT state FROM asset WHERE id = {}", asset))[0]["state"]
            leaves = state == "purging" or trashed + TRASH <= timedelta()
        else:
            asset = await library.add(expires=expires)
            leaves = expires is not None and expires + trash <= timedelta()
        (due if leaves else kept).add(asset)

    planned = await library.purge(trash=trash, dry_run=True)
    assert {asset.id for asset in planned.assets} == due
    report = await library.purge(trash=trash)
    assert (report.purged, report.bytes, report.remaining) == (len(due), 3 * len(due), 0)
    assert await library.in_database() == kept == library.on_disk()
    assert all(library.cache.read(asset, 1, 240) for asset in kept)
    assert not any(library.cache.read(asset, 1, 240) for asset in due)
    logged = await library.db.fetch("SELECT asset, sha256, bytes, reason FROM purge_log")
    assert {row["asset"] for row in logged} == due
    assert len(logged) == len(due)


async def test_the_log_keeps_what_proves_that_an_asset_is_gone(library: Library) -> None:
    expired = await library.add(expires=-31 * DAY)
    deleted = await library.add(expires=5 * DAY, trashed=-31 * DAY, state="trashed")
    hashes = {row["id"]: row["sha256"] for row in await library.db.fetch("SELECT id, sha256 FROM asset")}
    await library.purge()
    logged = {row["asset"]: row for row in await library.db.fetch("SELECT * FROM purge_log")}
    assert {asset: row["reason"] for asset, row in logged.items()} == {expired: "expired", deleted: "deleted"}
    assert {asset: row["sha256"] for asset, row in logged.items()} == hashes
    assert {row["owner"] for row in logged.values()} == {library.viewer.user_id}
    assert {row["purged_at"] for row in logged.values()} == {library.now}


async def test_a_dry_run_changes_nothing(library: Library) -> None:
    asset = await library.add(expires=-40 * DAY)
    begun = await library.add(trashed=-1 * DAY, state="purging")
    before = await library.db.fetch("SELECT * FROM asset ORDER BY id")
    report = await library.purge(dry_run=True)
    assert {doomed.id for doomed in report.assets} == {asset, begun}
    assert await library.db.fetch("SELECT * FROM asset ORDER BY id") == before
    assert library.on_disk() == {asset, begun}
    assert await count(library.db, "purge_log") == 0
    assert await count(library.db, "setting") == 0


async def test_a_run_stops_at_its_cap_and_says_what_remains(library: Library) -> None:
    for _ in range(7):
        await library.add(expires=-40 * DAY)
    planned = await library.purge(limit=3, dry_run=True)
    assert (planned.purged, planned.remaining) == (3, 4)
    report = await library.purge(limit=3)
    assert (report.purged, report.remaining) == (3, 4)
    assert len(library.on_disk()) == 4


async def test_a_missing_volume_stops_the_run_before_anything_is_marked(library: Library) -> None:
    asset = await library.add(expires=-40 * DAY)
    root = library.store.volume.root
    root.rename(root.with_name("unplugged"))
    root.mkdir()
    with pytest.raises(VolumeUnavailable):
        await library.purge()
    assert [row["state"] for row in await library.db.fetch("SELECT state FROM asset")] == ["active"]
    root.rmdir()
    root.with_name("unplugged").rename(root)
    assert (await library.purge()).purged == 1
    assert asset not in library.on_disk()


async def test_one_folder_that_can_not_be_removed_keeps_no_other_from_going(library: Library) -> None:
    stuck = await library.add(expires=-50 * DAY)
    inside = library.store.volume.root / str(stuck) / "mounted"
    inside.mkdir()
    others = {await library.add(expires=-40 * DAY) for _ in range(3)}
    with mounted_tmpfs(inside, megabytes=1):
        for expected in (others, set()):
            report = await library.purge()
            assert (report.purged, report.stuck) == (len(expected), (stuck,))
        assert await library.in_database() == library.on_disk() == {stuck}
    assert (await library.purge()).purged == 1
    assert await library.in_database() == library.on_disk() == set()


async def test_renditions_that_can_not_be_removed_keep_their_row_for_the_next_run(library: Library) -> None:
    stuck = await library.add(expires=-50 * DAY)
    other = await library.add(expires=-40 * DAY)
    folder = library.cache.path(stuck, 1, 240).parent
    folder.rename(folder.with_name("aside"))
    folder.write_text("a file where a folder belongs")
    assert (await library.purge()).stuck == (stuck,)
    assert await library.in_database() == {stuck}
    assert other not in library.on_disk()
    folder.unlink()
    assert (await library.purge()).purged == 1


async def test_what_a_crash_left_marked_goes_at_the_next_run(library: Library) -> None:
    with_files, without_files = [await library.add(expires=-40 * DAY) for _ in range(2)]
    # One run died after marking, another after deleting the files.
    await rows.mark_purging(library.db, at=library.now, trash=TRASH, limit=10)
    await library.store.delete(without_files)
    report = await library.purge()
    assert (report.purged, report.resumed) == (2, 2)
    assert library.on_disk() == set()
    assert await count(library.db, "purge_log") == 2
    assert with_files not in await library.in_database()


async def test_with_no_trash_time_an_expired_asset_is_gone_at_the_next_run(library: Library) -> None:
    await library.add(expires=timedelta(seconds=-1))
    live = await library.add(expires=timedelta(seconds=60))
    assert (await library.purge(trash=timedelta())).purged == 1
    assert await library.in_database() == {live}


async def test_a_purge_frees_the_hash_for_a_new_upload(library: Library) -> None:
    asset = await library.add(expires=-40 * DAY)
    sha256 = (await library.db.fetch("SELECT sha256 FROM asset"))[0]["sha256"]
    await rows.mark_purging(library.db, at=library.now, trash=TRASH, limit=10)
    again = await add_asset(library.db, library.viewer.user_id, sha256=sha256)
    await library.purge()
    assert await library.in_database() == {again} != {asset}


@pytest.mark.parametrize(
    ("jump", "says"),
    [
        (timedelta(days=-2), "already"),
        (timedelta(days=40), "40 days after the last run"),
    ],
)
async def test_a_clock_that_jumped_stops_the_run_until_it_is_accepted(
    library: Library, jump: timedelta, says: str
) -> None:
    asset = await library.add(expires=-100 * DAY)
    # The jump is seen from the last run's side, as the database server's clock can't be turned here.
    library.now -= jump
    await library.db.fetch(
        "INSERT INTO setting (key, value) VALUES ('clock.last_seen', to_jsonb({}::text))",
        library.now.isoformat(),
    )
    library.now += jump
    with pytest.raises(ClockDoubtful, match=says):
        await library.purge()
    with pytest.raises(ClockDoubtful, match="--accept-clock"):
        await library.purge(dry_run=True)
    assert library.on_disk() == {asset}
    assert (await library.purge(accept_clock=True)).purged == 1
    assert (await library.purge()).purged == 0


async def test_a_clock_that_differs_from_the_database_servers_stops_the_run(library: Library) -> None:
    asset = await library.add(expires=timedelta(hours=1))
    with pytest.raises(ClockDoubtful, match="the database server's says"):
        await library.purge(after=32 * DAY)
    assert library.on_disk() == {asset}


async def test_two_runs_at_once_log_each_asset_once(library: Library) -> None:

    for _ in range(10):
        await library.add(expires=-40 * DAY)
    first, second = await asyncio.gather(library.purge(), library.purge())
    assert first.purged + second.purged == 10
    assert await count(library.db, "purge_log") == 10
    assert library.on_disk() == set()
