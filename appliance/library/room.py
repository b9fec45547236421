"""The room that the disk has beside what it keeps free and what uploads in pieces were promised.

Such an upload has its room from the beginning on, in its owner's quota and on the disk, for what it still lacks. One
of which no byte has come gives it back after :data:`HELD`, as who began it may never have heard of it, and gets it
again with its first byte, if it is still there then.
"""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from appliance import clock
from appliance.db import quotas, transfers
from appliance.errors import DatabaseUnavailable, DiskFull, QuotaExceeded
from appliance.library.appliance import Appliance
from appliance.records.transfers import Transfer

#: How long an upload of which no byte has come has its room.
HELD = timedelta(minutes=10)

#: How long what was found is believed, seconds.
_FRESH_SECONDS = 1.0


@asynccontextmanager
async def reserving(appliance: Appliance, transfer: Transfer) -> AsyncIterator[None]:
    """A transaction in which there is room for all of ``transfer``, and that nobody else is promised meanwhile.

    Raises:
        QuotaExceeded: there is none in its owner's quota.
        DiskFull: there is none on the disk.
        VolumeUnavailable: the volume is not there or not ours.
    """
    db = appliance.db
    # Looked at before the rows: a piece that is written meanwhile counts as room that is still lacking.
    free, sizes = await asyncio.to_thread(appliance.store.part_sizes)
    async with db.transaction():
        await transfers.lock_beginning(db)
        await quotas.lock(db, transfer.owner)
        if not await quotas.has_room(
            db, transfer.owner, sha256=transfer.sha256, size=transfer.bytes, besides=transfer.id
        ):
            raise QuotaExceeded
        promised = await transfers.sum_lacking(db, sizes, at=clock.now(), besides=transfer.id)
        if free - promised - transfer.bytes < appliance.store.free_space_floor_bytes:
            raise DiskFull
        yield


class Room:
    """What one upload that was promised nothing may take."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._left: int | None = None
        self._fresh_until = 0.0

    async def require(self, size: int) -> None:
        """Nothing, where so many bytes fit at this moment.

        Raises:
            DiskFull: they do not.
            DatabaseUnavailable, VolumeUnavailable: nobody can tell.
        """
        if self._left is None or size > self._left or time.monotonic() >= self._fresh_until:
            await self._look()
        if self._left is None or size > self._left:
            raise DiskFull

    async def filled(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """The same chunks, as long as they fit.

        Raises:
            DiskFull: they do not any more.
            DatabaseUnavailable, VolumeUnavailable: nobody can tell.
        """
        async for chunk in chunks:
            await self.require(len(chunk))
            self._left = (self._left or 0) - len(chunk)
            yield chunk

    async def _look(self) -> None:
        store = self._appliance.store
        free, sizes = await asyncio.to_thread(store.part_sizes)
        try:
            promised = await transfers.sum_lacking(self._appliance.db, sizes, at=clock.now())
        except DatabaseUnavailable:
            # A database that restarts ends no long upload: what was known still holds, less what came since.
            if self._left is None:
                raise
        else:
            self._left = free - promised - store.free_space_floor_bytes
        self._fresh_until = time.monotonic() + _FRESH_SECONDS
