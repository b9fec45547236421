"""In which order originals are read again, where a run ends, and what happens at the same time."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from uuid import UUID

import pytest

from appliance import clock
from appliance.db import sightings
from appliance.db.engine import Database
from appliance.db.sightings import Sighting
from appliance.errors import VolumeUnavailable
from appliance.library import scrub as module
from appliance.library.expiry import purge
from appliance.library.scrub import read_report
from appliance.media.cache import RenditionCache
from appliance.media.store import Store
from appliance.media.volume import Volume
from appliance.records.scrub import Check, Ended
from tests.support.originals import Originals
from tests.support.waiting import eventually_async


@pytest.fixture
def library(database: Database, tmp_path: Path) -> Originals:
    return Originals.on(database, tmp_path / "storage")


async def test_never_checked_ones_come_first_and_then_the_longest_unchecked(
    library: Originals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 2)
    assets = [await library.add() for _ in range(5)]
    await library.scrub()
    for days, asset in enumerate(assets, start=1):
        at = clock.now() - timedelta(days=days)
        await library.db.fetch("UPDATE scrub SET checked_at = {} WHERE asset = {}", at, asset)
    new = sorted([await library.add() for _ in range(3)])
    before = await read_report(library.db)
    assert (before.unchecked, before.whole_since) == (3, None)
    await library.scrub()
    assert library.read == [*new, *reversed(assets)]


async def test_a_run_ends_when_its_time_is_up_and_the_next_one_goes_on(
    library: Originals, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        await library.add()
    now = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def go_by(check: Check) -> None:
        now[0] += 60

    first = await library.scrub(minutes=4, tell=go_by)
    seen = list(library.read)
    assert (first.ended, first.checked, first.seconds) == (Ended.BUDGET, 4, 240)
    assert (first.unchecked, first.whole_since) == (2, None)
    second = await library.scrub(minutes=4, tell=go_by)
    assert (second.ended, second.checked, second.unchecked) == (Ended.BUDGET, 4, 0)
    assert sorted([*seen, *library.read[:2]]) == sorted(await library.outcomes())
    assert set(library.read[2:]) < set(seen)
    assert second.whole_since == second.oldest_check is not None


async def test_a_run_that_is_asked_to_stop_keeps_what_it_has(library: Originals) -> None:
    for _ in range(6):
        await library.add()
    stop = Event()
    report = await library.scrub(stop=stop, tell=lambda check: stop.set() if len(library.read) == 4 else None)
    assert (report.ended, report.checked, report.unchecked) == (Ended.STOPPED, 4, 2)
    assert set(await library.outcomes()) == set(library.read)


async def test_a_run_that_is_cancelled_keeps_what_it_has_and_leaves_no_thread_behind(
    library: Originals,
) -> None:
    small = [await library.add() for _ in range(3)]
    await library.add_endless()
    # Given a run that has come to a file which it would read for hours
    stop = Event()
    running = asyncio.create_task(library.scrub(stop=stop))

    async def recorded() -> bool:
        return len(await library.outcomes()) == len(small)

    # When the small ones are recorded, though it reads on, and it is cancelled
    await eventually_async(recorded)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    # Then it has told its thread to end, and waited for it
    assert stop.is_set()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert set(await library.outcomes()) == set(small)


async def test_a_missing_volume_is_no_finding(library: Originals) -> None:
    await library.add()
    library.store.volume.root.rename(library.store.volume.root.with_name("unplugged"))
    with pytest.raises(VolumeUnavailable):
        await library.scrub()
    assert await library.outcomes() == {}
    assert await sightings.last(library.db, Sighting.SCRUB) is None


async def test_a_volume_that_goes_away_ends_the_run_and_nothing_is_missing(library: Originals) -> None:
    for _ in range(8):
        await library.add()
    root = library.store.volume.root

    def unplug(check: Check) -> None:
        if len(library.read) == 3:
            root.rename(root.with_name("unplugged"))
            root.mkdir()

    with pytest.raises(VolumeUnavailable):
        await library.scrub(tell=unplug)
    assert await library.outcomes() == dict.fromkeys(library.read, "ok")
    assert len(library.read) == 3
    assert (await read_report(library.db)).unchecked == 5


async def test_a_disk_that_stops_answering_ends_the_run_and_nothing_is_unreadable(library: Originals) -> None:
    class PulledOut(Volume):
        """Its folder is still in the kernel's memory, and the disk gives nothing any more."""

        def check_disk(self) -> None:
            raise VolumeUnavailable

    class Dead(Store):
        def open_fd(self, asset_id: UUID, filename: str) -> int:
            os.close(super().open_fd(asset_id, filename))
            return os.open(library.path(asset_id), os.O_WRONLY)

    await library.add()
    volume = PulledOut(library.store.volume.root, library.store.volume.expected)
    with pytest.raises(VolumeUnavailable):
        await library.scrub(store=Dead(volume, max_upload_bytes=1000, free_space_floor_bytes=0))
    assert await library.outcomes() == {}


async def test_what_a_purge_takes_at_this_moment_is_no_finding(library: Originals, tmp_path: Path) -> None:
    leaving, kept = await library.add(state="trashed"), await library.add()
    loop = asyncio.get_running_loop()
    purged: list[int] = []

    async def take() -> None:
        report = await purge(
            db=library.db, store=library.store, cache=RenditionCache(tmp_path / "cache"),
            trash=timedelta(days=30), limit=10, now=clock.now(),
        )  # fmt: skip
        purged.append(report.purged)

    class Meanwhile(Store):
        """When the run asks for the file, a purge has just taken it."""

        def open_fd(self, asset_id: UUID, filename: str) -> int:
            if asset_id == leaving and not purged:
                asyncio.run_coroutine_threadsafe(take(), loop).result(10)
            return super().open_fd(asset_id, filename)

    report = await library.scrub(store=library.like(Meanwhile))
    assert purged == [1]
    assert (report.checked, report.bad, report.assets) == (1, 0, 1)
    assert await library.outcomes() == {kept: "ok"}


async def test_purges_and_scrubs_at_the_same_time_find_nothing(library: Originals, tmp_path: Path) -> None:
    assets = [await library.add(state=state) for state in ("trashed", "active") * 30]
    taking = purge(
        db=library.db, store=library.store, cache=RenditionCache(tmp_path / "cache"),
        trash=timedelta(days=30), limit=100, now=clock.now(),
    )  # fmt: skip
    purged, report, other = await asyncio.gather(taking, library.scrub(), library.scrub())
    assert purged.purged == 30
    assert (report.bad, other.bad) == (0, 0)
    assert await library.outcomes() == dict.fromkeys(assets[1::2], "ok")


async def test_what_is_sent_again_at_this_moment_is_no_finding(library: Originals) -> None:
    asset = await library.add()
    library.path(asset).unlink()

    class Meanwhile(Store):
        """After the run has missed the file, it comes again."""

        def open_fd(self, asset_id: UUID, filename: str) -> int:
            try:
                return super().open_fd(asset_id, filename)
            finally:
                library.path(asset).write_bytes(b"abc")

    assert (await library.scrub(store=library.like(Meanwhile))).bad == 0
    assert await library.outcomes() == {asset: "ok"}


async def test_a_check_that_a_wrong_clock_put_far_ahead_is_made_again(library: Originals) -> None:
    asset = await library.add()
    await library.scrub()
    await library.db.fetch("UPDATE scrub SET checked_at = {}", datetime(2099, 1, 1, tzinfo=UTC))
    await library.scrub()
    assert library.read == [asset]
    (row,) = await library.db.fetch("SELECT checked_at FROM scrub")
    assert row["checked_at"] <= clock.now()
