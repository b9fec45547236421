"""Reads originals again and says which are not what was taken in. It never deletes or changes one.

1. The volume must be this library's.
2. Originals that were never checked come first, then the longest unchecked; so a run goes on where one stopped.
3. Each is read whole in a thread, without a transaction, and compared with its hash.
4. What looks bad is looked at once more, as it may have been sent again meanwhile. Then the disk must still answer,
   and the library still hold the asset: a lost disk ends the run, and what a purge took is no finding.
5. Results are recorded every few seconds and at the end, however it comes: that much a killed run can lose.
6. A run ends when its time is up or all is checked. A later good result takes the place of a bad one.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from appliance import clock
from appliance.db import scrub as rows
from appliance.db import sightings
from appliance.db.engine import Database
from appliance.db.sightings import Sighting
from appliance.media.rehash import rehash
from appliance.media.store import Store
from appliance.records.scrub import Check, Ended, Expected, Found, Outcome, ScrubReport

log = logging.getLogger(__name__)

#: What was found is recorded this often, also while a large file is being read, seconds.
RECORD_SECONDS = 2.0

#: The most results that are recorded at a time.
RECORD_COUNT = 100

#: Originals that are looked up at a time.
_PAGE = 250

#: The most findings that a report lists; it counts them all.
MOST_FINDINGS = 10_000

Tell = Callable[[Check], None]


@dataclass(slots=True)
class _Run:
    """One run: what it works with, and what it has done."""

    db: Database
    store: Store
    #: In ``time.monotonic`` seconds; None: no limit.
    deadline: float | None
    stop: Event
    tell: Tell
    checked: int = 0
    bytes: int = 0
    pending: list[Check] = field(default_factory=list)
    recorded: float = field(default_factory=time.monotonic)

    async def through(self, originals: AsyncIterator[Expected]) -> Ended:
        """Check one after the other, until there are no more, the time is up, or it is asked to stop."""
        async for expected in originals:
            if self.deadline is not None and time.monotonic() >= self.deadline:
                return Ended.BUDGET
            found = await self._find(expected)
            if found is not None:
                self._keep(Check(expected, found, clock.now()))
            if self.stop.is_set():
                return Ended.STOPPED
            if len(self.pending) >= RECORD_COUNT or time.monotonic() - self.recorded >= RECORD_SECONDS:
                await self.record()
        return Ended.DONE

    async def record(self) -> None:
        """Write down what is not written yet; may be done again after it failed."""
        checks = tuple(self.pending)
        if checks:
            await rows.record_checks(self.db, checks)
            del self.pending[: len(checks)]
        self.recorded = time.monotonic()

    def _keep(self, check: Check) -> None:
        self.checked += 1
        if check.found.sha256 is not None:
            self.bytes += check.found.bytes or 0
        self.pending.append(check)
        if check.found.outcome is not Outcome.OK:
            log.warning("the original of %s is %s", check.expected.id, check.found.outcome)
        self.tell(check)

    async def _find(self, expected: Expected) -> Found | None:
        """What there is; None when it can't be said: the asset is gone by now, or the run is to stop."""
        found = await self._read(expected)
        if found is None or found.outcome is Outcome.OK:
            return found
        found = await self._read(expected)
        if found is None or found.outcome is Outcome.OK:
            return found
        await asyncio.to_thread(self.store.volume.check_disk)
        # Asked last: a purge marks the asset before it removes the file.
        return found if await rows.is_held(self.db, expected.id) else None

    async def _read(self, expected: Expected) -> Found | None:
        reading = asyncio.ensure_future(asyncio.to_thread(rehash, self.store, expected, stop=self.stop))
        try:
            while not (await asyncio.wait([reading], timeout=RECORD_SECONDS))[0]:
                await self.record()
        except BaseException:
            # The thread is not left behind with an open file.
            self.stop.set()
            await asyncio.wait([reading])
            reading.exception()
            raise
        return reading.result()


async def scrub(
    *,
    db: Database,
    store: Store,
    minutes: float | None,
    again: bool = False,
    stop: Event | None = None,
    tell: Tell = lambda check: None,
) -> ScrubReport:
    """What ``minutes`` of reading found (None: the whole library), and how the library stands.

    ``again`` checks only what is known to be bad. ``stop`` ends the run at once when it is set, from any thread;
    it is set when this is cancelled. ``tell`` hears of each result.

    Raises:
        VolumeUnavailable: the volume is not there or went away; that is no finding, and what was found before holds.
        DatabaseUnavailable: nothing can be recorded.
    """
    await asyncio.to_thread(store.volume.check)
    began, began_seconds = clock.now(), time.monotonic()
    if not again:
        await sightings.record(db, Sighting.SCRUB, began)
    deadline = began_seconds + minutes * 60 if minutes is not None else None
    run = _Run(db=db, store=store, deadline=deadline, stop=stop or Event(), tell=tell)
    try:
        async with aclosing(_checked(db, began, only_bad=True) if again else _due(db, began)) as originals:
            ended = await run.through(originals)
    finally:
        await run.record()
    return await _report(
        db, ended, checked=run.checked, read=run.bytes, seconds=time.monotonic() - began_seconds
    )


async def read_report(db: Database) -> ScrubReport:
    """How the library stands by earlier runs; nothing is read from the volume."""
    return await _report(db, None, checked=0, read=0, seconds=0.0)


async def _report(
    db: Database, ended: Ended | None, *, checked: int, read: int, seconds: float
) -> ScrubReport:
    coverage = await rows.read_coverage(db)
    return ScrubReport(
        ended=ended,
        checked=checked,
        bytes=read,
        seconds=round(seconds, 3),
        assets=coverage.assets,
        unchecked=coverage.unchecked,
        oldest_check=coverage.oldest_check,
        whole_since=None if coverage.unchecked else coverage.oldest_check,
        bad=coverage.bad,
        findings=await rows.list_findings(db, limit=MOST_FINDINGS) if coverage.bad else (),
    )


async def _due(db: Database, began: datetime) -> AsyncGenerator[Expected, None]:
    after: Expected | None = None
    while page := await rows.list_never_checked(db, after=after, limit=_PAGE):
        for expected in page:
            yield expected
        after = page[-1]
    async with aclosing(_checked(db, began, only_bad=False)) as checked:
        async for expected in checked:
            yield expected


async def _checked(db: Database, began: datetime, *, only_bad: bool) -> AsyncGenerator[Expected, None]:
    after: Expected | None = None
    while page := await rows.list_checked_before(db, began, only_bad=only_bad, after=after, limit=_PAGE):
        for expected in page:
            yield expected
        after = page[-1]
