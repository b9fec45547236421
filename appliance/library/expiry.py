"""Lets assets that are due go for good, with fuses, because nothing of it can be undone.

1. The volume must be this library's, and the clock believable; otherwise nothing is marked.
2. Assets that an earlier run marked and did not finish go first.
3. Where unusually much is due, nothing more is marked until an administrator says that it is meant.
4. A batch is marked ``purging``; from here on it can't be restored.
5. Per asset: original, renditions, then row and log entry in one transaction. A crash in between leaves a
   marked row, and step 2 of the next run goes on with it.
6. A file that can't be removed keeps its row, and the run goes on with the others.
7. A run stops at its cap and says what remains.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from appliance.db import audit
from appliance.db import purge as rows
from appliance.db.engine import Database
from appliance.errors import OriginalStuck
from appliance.library.clock_check import check_clock
from appliance.library.fuse import ASK_ABOVE, check_fuse, would_hold
from appliance.media.cache import RenditionCache
from appliance.media.store import Store
from appliance.records.expiry import Doomed, PurgeReport

log = logging.getLogger(__name__)

#: Marked at a time: what a run that dies leaves marked.
BATCH = 100


async def purge(
    *,
    db: Database,
    store: Store,
    cache: RenditionCache,
    trash: timedelta,
    limit: int,
    now: datetime,
    ask_above: int = ASK_ABOVE,
    dry_run: bool = False,
    accept_clock: bool = False,
) -> PurgeReport:
    """Delete at most ``limit`` assets that have been in the trash for ``trash``, or say which they are.

    With more than ``ask_above`` due that nobody asked for, or a large part of the library, the run stops to ask.

    Raises:
        VolumeUnavailable: the volume is away or another one; nothing, or nothing more, was deleted.
        ClockDoubtful: the clock is not to be believed; nothing was deleted.
    """
    await asyncio.to_thread(store.volume.check)
    await check_clock(db, now=now, accept=accept_clock, record=not dry_run)
    if dry_run:
        return await _preview(db, trash=trash, limit=limit, now=now, ask_above=ask_above)
    resumed = await rows.list_purging(db, limit=limit)
    gone, stuck = await _delete(resumed, db=db, store=store, cache=cache, now=now)
    finished = list(gone)
    hold = await check_fuse(db, now=now, trash=trash, ask_above=ask_above)
    while hold is None and len(finished) < limit:
        batch = await rows.mark_purging(db, at=now, trash=trash, limit=min(BATCH, limit - len(finished)))
        if not batch:
            break
        deleted, left = await _delete(batch, db=db, store=store, cache=cache, now=now)
        finished += deleted
        stuck += left
    if finished:
        await audit.record(db, action="library.purge", object=f"{len(finished)} assets")
    return PurgeReport(
        dry_run=False,
        purged=len(finished),
        bytes=sum(asset.bytes for asset in finished),
        resumed=len(gone),
        remaining=await rows.count_due(db, at=now, trash=trash),
        assets=(),
        stuck=tuple(stuck),
        asks=hold is not None,
    )


async def _preview(
    db: Database, *, trash: timedelta, limit: int, now: datetime, ask_above: int
) -> PurgeReport:
    resumed = await rows.list_purging(db, limit=limit)
    due = await rows.list_due(db, at=now, trash=trash, limit=max(1, limit - len(resumed)))
    assets = (*resumed, *due)[:limit]
    counted = await rows.count_due(db, at=now, trash=trash)
    return PurgeReport(
        dry_run=True,
        purged=len(assets),
        bytes=sum(asset.bytes for asset in assets),
        resumed=len(resumed),
        remaining=len(resumed) + counted - len(assets),
        assets=assets,
        asks=await would_hold(db, now=now, trash=trash, ask_above=ask_above),
    )


async def _delete(
    assets: Sequence[Doomed], *, db: Database, store: Store, cache: RenditionCache, now: datetime
) -> tuple[list[Doomed], list[UUID]]:
    finished: list[Doomed] = []
    stuck: list[UUID] = []
    for asset in assets:
        try:
            await store.delete(asset.id)
            await asyncio.to_thread(cache.delete, asset.id)
        except (OriginalStuck, OSError) as error:
            log.error("%s is left for the next purge: %s", asset.id, error)
            stuck.append(asset.id)
            continue
        if await rows.delete_purged(db, asset, at=now):
            log.info(
                "purged %s: %s, %d bytes, sha256 %s", asset.id, asset.reason, asset.bytes, asset.sha256.hex()
            )
            finished.append(asset)
    return finished, stuck
