"""Mends what crashes, restarts and lost messages leave behind, and is harmless at any time.

1. Jobs whose lease ran out wait again, or count as failed when they were begun too often. Pictures whose bytes made
   their work fail are set aside.
2. Assets that have expired go to the trash, and old rows of the audit log and of the log of changes and what signing
   in left behind go, if the clock can be believed.
3. Uploads that a crash cut off after their bytes were complete become assets; those without bytes are dropped,
   and so are those whose bytes were sent again since.
4. Uploads in pieces that have expired are dropped, and part files that nobody is going to finish are removed.
5. Once a day the volume is compared with the database; what doesn't match is reported and never touched.
   Renditions of assets that are gone are removed, as they can always be made again.
6. Sets of vectors are tended: assets without a job get one, a full set gets its index, a dropped one goes.
7. Vectors of what was transferred from people who have left follow it; their accounts go when their last asset is
   gone, and what came in late for them is trashed before.
8. Where work waits, a worker is woken, so that a queue that lost its messages costs only time.

A step that can't be done is a warning, and the others go on.
"""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from appliance import clock
from appliance.db import (
    audit,
    changes,
    downloads,
    edits,
    failures,
    group_work,
    inventory,
    jobs,
    leaving,
    purge,
    sightings,
)
from appliance.db.engine import Database
from appliance.db.sightings import Sighting
from appliance.db.transfers import list_unfinished
from appliance.db.uploads import delete_upload, list_uploads
from appliance.errors import Conflict, DatabaseUnavailable, NotFound, SceneSenseError
from appliance.jobs import Actor
from appliance.library.appliance import Appliance
from appliance.library.arrivals import drop_expired
from appliance.library.clock_check import check_clock
from appliance.library.edits import REMEMBERED
from appliance.library.ingest import drop_if_sent_again, finish_upload
from appliance.library.leaving import move_all_vectors
from appliance.library.renditions import drop_strays
from appliance.library.sessions import forget_ended
from appliance.library.sets import Settled, settle
from appliance.media.part import part_name
from appliance.media.store import Store
from appliance.records.expiry import SweepReport

log = logging.getLogger(__name__)

#: An upload whose last step has not come after this was cut off.
UPLOAD_AGE = timedelta(minutes=10)

#: A part file that was not written to for this long belongs to nobody.
PART_AGE = timedelta(hours=24)

#: Whoever comes back within this time finds every change since then in the log.
CHANGE_AGE = timedelta(hours=1)

#: How often the volume is compared with the database.
FILES_EVERY = timedelta(hours=24)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One run: what it works with, and what it could not do."""

    appliance: Appliance
    now: datetime
    dry_run: bool
    warnings: list[str]

    async def attempt(self, step: Awaitable[Value], otherwise: Value) -> Value:
        """The step's result; where it can't be done a warning, and ``otherwise``."""
        try:
            return await step
        except DatabaseUnavailable:
            raise
        except SceneSenseError as error:
            log.warning("sweep: %s", error.message)
            self.warnings.append(error.message)
            return otherwise


async def sweep(
    appliance: Appliance,
    *,
    now: datetime | None = None,
    dry_run: bool = False,
    check_files: bool = False,
    accept_clock: bool = False,
) -> SweepReport:
    """What was mended, or with ``dry_run`` would be. ``check_files`` compares the volume now, whenever it last was.

    Raises:
        DatabaseUnavailable: nothing can be done without it; the next run does the rest.
    """
    run = _Sweep(appliance, now or clock.now(), dry_run, [])
    expired_leases = await _leases(run)
    await run.attempt(_set_aside(run), None)
    expired = await run.attempt(_expired(run, accept_clock), 0)
    finished, dropped = await run.attempt(_uploads(run), (0, 0))
    parts = await run.attempt(_parts(run), 0)
    files = await run.attempt(_files(run, always=check_files), None)
    settled = await run.attempt(_sets(run), Settled())
    accounts_removed = await run.attempt(_left(run), 0)
    woken = await _wake(run)
    return SweepReport(
        dry_run=dry_run,
        leases_released=expired_leases[0],
        leases_failed=expired_leases[1],
        expired=expired,
        uploads_finished=finished,
        uploads_dropped=dropped,
        parts_removed=parts,
        jobs_added=settled.jobs_added,
        woken=woken,
        index_built=settled.index_built,
        files_checked=files is not None,
        orphans=files[0] if files else (),
        missing=files[1] if files else (),
        warnings=tuple(run.warnings),
        accounts_removed=accounts_removed,
    )


async def _leases(run: _Sweep) -> tuple[int, int]:
    if run.dry_run:
        return await jobs.count_expired(run.appliance.db), 0
    expired = await jobs.release_expired(run.appliance.db, max_attempts=run.appliance.settings.job_attempts)
    if expired.released or expired.failed:
        log.warning("%d jobs of lost workers wait again, %d failed", expired.released, expired.failed)
    return expired.released, expired.failed


async def _set_aside(run: _Sweep) -> None:
    if not run.dry_run and (number := await failures.set_aside(run.appliance.db)):
        log.warning("%d pictures can't be read and are set aside", number)


async def _expired(run: _Sweep, accept_clock: bool) -> int:
    db = run.appliance.db
    await check_clock(db, now=run.now, accept=accept_clock, record=not run.dry_run)
    if run.dry_run:
        return await purge.count_expired(db, at=run.now)
    # On the word of a clock that is believed, as what is deleted here does not come back.
    await audit.trim(db, before=run.now - timedelta(days=run.appliance.settings.audit_days))
    await changes.trim(db, before=run.now - CHANGE_AGE)
    await edits.trim(db, before=run.now - REMEMBERED)
    await forget_ended(db, run.appliance.settings)
    await downloads.trim_downloads(db)
    trash = timedelta(days=run.appliance.settings.trash_days)
    return await purge.trash_expired(db, at=run.now, trash=trash)


async def _uploads(run: _Sweep) -> tuple[int, int]:
    appliance = run.appliance
    cut_off = await list_uploads(appliance.db, older_than=run.now - UPLOAD_AGE)
    if run.dry_run:
        return len(cut_off), 0
    finished = dropped = 0
    for upload in cut_off:
        try:
            if await drop_if_sent_again(
                upload, db=appliance.db, store=appliance.store, queue=appliance.queue
            ):
                dropped += 1
                continue
            await finish_upload(upload, db=appliance.db, store=appliance.store, queue=appliance.queue)
            finished += 1
            log.info("the upload %s that was cut off is an asset now", upload.id)
        except NotFound:
            # Its bytes never became durable, so nobody was told that they had.
            await delete_upload(appliance.db, upload)
            dropped += 1
        except Conflict as error:
            run.warnings.append(f"The upload {upload.id} waits: {error.message}")
    return finished, dropped


async def _parts(run: _Sweep) -> int:
    store = run.appliance.store
    expired = await drop_expired(run.appliance, now=run.now, dry_run=run.dry_run)
    # The files first: each upload in pieces has its row before its file.
    found = await asyncio.to_thread(store.stale_parts, run.now - PART_AGE)
    waiting = {part_name(each.id) for each in await list_unfinished(run.appliance.db)}
    stale = [part for part in found if part.name not in waiting]
    if not run.dry_run:
        for part in stale:
            await asyncio.to_thread(store.remove_part, part)
    return expired + len(stale)


async def _files(run: _Sweep, *, always: bool) -> tuple[tuple[UUID, ...], tuple[UUID, ...]] | None:
    """Folders that no row knows and assets without a folder; None when it is not time yet."""
    db, store = run.appliance.db, run.appliance.store
    checked = await sightings.last(db, Sighting.FILES)
    if not always and checked is not None and checked <= run.now < checked + FILES_EVERY:
        return None
    orphans, missing = await compare_files(db, store)
    if not run.dry_run:
        await drop_strays(db, run.appliance.cache)
        await sightings.record(db, Sighting.FILES, run.now)
    if orphans:
        run.warnings.append(f"{len(orphans)} folders on the volume belong to no asset; they were left alone.")
    if missing:
        run.warnings.append(f"{len(missing)} assets have no file on the volume.")
    for asset in missing[:20]:
        log.warning("the original of %s is not on the volume", asset)
    return orphans, missing


async def compare_files(db: Database, store: Store) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Folders that no row knows, and assets without a folder.

    The database is asked before and after the volume is listed, so that what comes or goes meanwhile is neither.
    """
    before = await inventory.asset_ids(db)
    on_volume = frozenset(await asyncio.to_thread(store.list_ids))
    after = await inventory.asset_ids(db)
    known = await inventory.known_ids(db)
    return tuple(sorted(on_volume - known)), tuple(sorted((before & after) - on_volume))


async def _sets(run: _Sweep) -> Settled:
    return Settled() if run.dry_run else await settle(run.appliance.db)


async def _left(run: _Sweep) -> int:
    db = run.appliance.db
    if run.dry_run:
        return await leaving.count_gone(db)
    late = await leaving.trash_late(db, trash_days=run.appliance.settings.trash_days)
    if late:
        log.warning("%d uploads were finished after their people had left, and are in the trash", late)
    # Before their accounts go, by which the vectors are found.
    await move_all_vectors(db)
    return await leaving.drop_gone(db)


async def _wake(run: _Sweep) -> bool:
    if run.dry_run:
        return False
    woken = False
    for actor, waits in (
        (Actor.EMBED, await jobs.has_due(run.appliance.db, kind=jobs.EMBED)),
        (Actor.EDIT, await edits.is_any_due(run.appliance.db)),
        (Actor.GROUP, await group_work.has_todo(run.appliance.db)),
    ):
        woken |= waits and await run.appliance.queue.try_wake(actor)
    return woken
