"""How many uploads this process takes in at a time, and who of them writes which part file."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from appliance.errors import Busy, UploadLocked
from appliance.media.growing import Growing, Sum
from appliance.media.store import Store
from appliance.media.threads import to_the_end

#: Sums of part files that are remembered between two pieces.
_SUMS = 512


@dataclass(slots=True)
class Writer:
    """A request that takes in bytes."""

    until: asyncio.Timeout
    #: When bytes came last, on the monotonic clock.
    heard: float = field(default_factory=time.monotonic)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self) -> None:
        """Note that bytes came."""
        self.heard = time.monotonic()


class UploadGate:
    """One of each process; ``most`` is how many uploads are let in at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0
        self._writers: dict[UUID, Writer] = {}
        self._sums: dict[UUID, Sum] = {}
        self._unfinished: set[UUID] = set()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Count as one upload for as long as the context lasts.

        Raises:
            Busy: there are enough.
        """
        if self._inside >= self._most:
            raise Busy("Too many uploads arrive at this moment; try again shortly.")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @asynccontextmanager
    async def hold(self, store: Store, upload_id: UUID) -> AsyncIterator[Growing]:
        """A part file that nobody else touches meanwhile.

        Raises:
            UploadLocked: somebody else has it.
            NotFound: it is not there.
            VolumeUnavailable: the volume is not there or not ours.
        """
        part = store.growing(upload_id, known=self._sums.get(upload_id))
        try:
            await to_the_end(part.open)
            self._unfinished.add(upload_id)
            yield part
        finally:
            if part.is_open and upload_id in self._unfinished:
                self._unfinished.remove(upload_id)
                self._remember(part)
            part.close()

    @asynccontextmanager
    async def writing(self, upload_id: UUID) -> AsyncIterator[Writer]:
        """Be known as who writes this one, until :meth:`dismiss` ends it.

        Raises:
            UploadLocked: it was dismissed.
        """
        try:
            async with asyncio.timeout(None) as until:
                writer = self._writers[upload_id] = Writer(until)
                try:
                    yield writer
                finally:
                    del self._writers[upload_id]
                    writer.ended.set()
        except TimeoutError:
            if not until.expired():
                raise
            raise UploadLocked("Another request has taken this upload over.") from None

    def dismiss(self, upload_id: UUID, *, silent_seconds: float = 0.0) -> bool:
        """Whether a request of this process that wrote it was ended, as nothing came for so long."""
        writer = self._writers.get(upload_id)
        if writer is None or time.monotonic() - writer.heard < silent_seconds:
            return False
        if not writer.until.expired():
            writer.until.reschedule(asyncio.get_running_loop().time())
        return True

    async def settle(self, upload_id: UUID, *, seconds: float) -> None:
        """Return when no request of this process writes it any more, and after so long in any case."""
        writer = self._writers.get(upload_id)
        if writer is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await writer.ended.wait()

    def forget(self, upload_id: UUID) -> None:
        """It is over: its sum is of no use any more, also where it is still held."""
        self._sums.pop(upload_id, None)
        self._unfinished.discard(upload_id)

    def remembered(self) -> frozenset[UUID]:
        """The uploads of which a sum is kept for their next piece."""
        return frozenset(self._sums)

    def _remember(self, part: Growing) -> None:
        self._sums.pop(part.id, None)
        if part.sum.bytes:
            self._sums[part.id] = part.remembered()
        while len(self._sums) > _SUMS:
            del self._sums[next(iter(self._sums))]
