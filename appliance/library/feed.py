"""Follows the log of changes so that each row is met, although rows become visible out of the order of their ids.

1. Each look asks for the rows behind the newest id that was met, and for the ids below it that were missing.
2. A missing id is that of a transaction that goes on, or of one that was rolled back. It is given up once every
   transaction has ended that was going on when it was first missed.
3. What a client has to remember is :attr:`Feed.settled`: up to there everything has been met. Whoever comes back with
   it misses nothing, and is told some things twice at most.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.db.change_log import look, missing_ids, next_transaction
from appliance.db.engine import Database
from appliance.records.live import Change

#: Most rows that one look brings; who is further behind has to look at the library anew.
MOST_ROWS = 5000

#: How many ids below the newest one are looked at for missing ones at the start.
_BEFORE = 2000

#: An id is drawn moments before its transaction counts as going on; so none is given up sooner, seconds.
_LEAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Missing:
    #: A transaction that began after the id was first missed.
    later: int
    since: float


@dataclass(frozen=True, slots=True)
class News:
    """What came since the look before."""

    changes: tuple[Change, ...]
    #: Whether some of it was passed over: everything may have changed.
    lost: bool = False


class Feed:
    """The log as one process follows it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._newest: int | None = None
        self._missing: dict[int, _Missing] = {}
        self._looking = asyncio.Lock()

    @property
    def newest(self) -> int:
        """The highest id that was met; -1 before the first look."""
        return -1 if self._newest is None else self._newest

    @property
    def settled(self) -> int:
        """Up to this id nothing is still to come; -1 before the first look."""
        return min(self._missing) - 1 if self._missing else self.newest

    async def advance(self) -> News:
        """What can be seen now and could not at the look before; nothing at the first one.

        Raises:
            DatabaseUnavailable: it is away; the next look goes on where this one would have.
        """
        async with self._looking:
            if self._newest is None:
                await self._begin()
                return News(())
            glance = await look(
                self._db, after=self._newest, missing=tuple(self._missing), limit=MOST_ROWS + 1
            )
            if glance.newest < self._newest or len(glance.changes) > MOST_ROWS:
                # A backup was restored, or too much happened while nobody watched.
                await self._begin()
                return News((), lost=True)
            await self._meet(glance.changes, glance.oldest)
            return News(glance.changes)

    async def since(self, after: int) -> tuple[Change, ...] | None:
        """The rows behind this id that the process has met; None when they are not all to be had.

        Raises:
            DatabaseUnavailable: it is away.
        """
        if not 0 <= after <= self.newest:
            return None
        if after == self.newest:
            return ()
        glance = await look(self._db, after=after, missing=(), limit=MOST_ROWS + 1)
        was_shortened = any(change.kind == "trim" for change in glance.changes)
        if was_shortened or len(glance.changes) > MOST_ROWS:
            return None
        return glance.changes

    async def _begin(self) -> None:
        glance = await look(self._db, after=2**62, missing=(), limit=1)
        first = max(0, glance.newest - _BEFORE)
        missing = await missing_ids(self._db, after=first, upto=glance.newest)
        self._missing = await self._missed(missing)
        self._newest = glance.newest

    async def _missed(self, numbers: Iterable[int]) -> dict[int, _Missing]:
        missing = tuple(numbers)
        if not missing:
            return {}
        missed = _Missing(await next_transaction(self._db), time.monotonic())
        return dict.fromkeys(missing, missed)

    async def _meet(self, changes: tuple[Change, ...], oldest: int) -> None:
        now, before = time.monotonic(), self.newest
        met = {change.id for change in changes if change.id > before}
        newest = max(met, default=before)
        # A server that crashed leaves out some dozens of numbers, never thousands.
        first = max(before + 1, newest - 2 * MOST_ROWS)
        gone = await self._missed(number for number in range(first, newest) if number not in met)
        for change in changes:
            self._missing.pop(change.id, None)
        for number, missed in list(self._missing.items()):
            if oldest >= missed.later and now - missed.since >= _LEAST_SECONDS:
                del self._missing[number]
        self._missing.update(gone)
        self._newest = newest
