"""Answers that cost a large library much: made once for each viewer, filter and revision, and kept compressed."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from appliance.records.accounts import Sight, Viewer
from appliance.records.search import Filter

#: Bytes of all answers that are kept.
MOST_BYTES = 64 * 1024 * 1024

#: Answers that are made at a time; each takes a core for a while, and of a large library some 50 MB.
_AT_ONCE = 2


#: What an answer takes besides its own bytes, about.
_ENTRY_BYTES = 1024

#: How hard they are compressed: what takes long to make anyway, and what somebody waits for.
_LEVEL, _QUICK_LEVEL = 6, 1


@dataclass(frozen=True, slots=True)
class Made:
    """An answer, the revision of the library that it shows, and the assets in it (``appliance.library.shown``)."""

    revision: str
    data: bytes
    shown: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """The same, compressed with gzip."""

    revision: str
    packed: bytes
    shown: bytes = b""

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return len(self.packed) + len(self.shown) + _ENTRY_BYTES


Make = Callable[[], Awaitable[Made]]
_Key = tuple[str, UUID, Sight, Filter]


class Prepared:
    """Answers as they were last made; each is made once, however many ask for it. One per process."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[_Key, Answer] = OrderedDict()
        self._making: dict[tuple[_Key, str], asyncio.Task[Answer]] = {}
        self._bytes = 0
        self._slots = asyncio.Semaphore(_AT_ONCE)

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return self._bytes

    def find(self, what: str, viewer: Viewer, where: Filter, revision: str) -> Answer | None:
        """The answer at this revision, if it is kept."""
        key = (what, viewer.user_id, viewer.sight, where)
        kept = self._kept.get(key)
        if kept is None or kept.revision != revision:
            return None
        self._kept.move_to_end(key)
        return kept

    async def get(
        self, what: str, viewer: Viewer, where: Filter, revision: str, make: Make, *, quick: bool = False
    ) -> Answer:
        """The answer to ``what`` at this revision, which the caller has just read, or at a later one.

        One that is ``quick`` to make waits for none of the others. Whoever hangs up takes it away from nobody else.
        Raises whatever ``make`` does.
        """
        kept = self.find(what, viewer, where, revision)
        if kept is not None:
            return kept
        key = (what, viewer.user_id, viewer.sight, where)
        making = self._making.get((key, revision))
        if making is None:
            making = asyncio.create_task(self._make(key, make, quick=quick))
            self._making[key, revision] = making
            making.add_done_callback(lambda task: self._made(key, revision, task))
        return await asyncio.shield(making)

    def _made(self, key: _Key, revision: str, task: asyncio.Task[Answer]) -> None:
        del self._making[key, revision]
        if not task.cancelled():
            # Looked at, so that nobody complains of it when all who asked have gone.
            task.exception()

    async def _make(self, key: _Key, make: Make, *, quick: bool) -> Answer:
        async with nullcontext() if quick else self._slots:
            made = await make()
            level = _QUICK_LEVEL if quick else _LEVEL
            packed = await asyncio.to_thread(gzip.compress, made.data, level, mtime=0)
        answer = Answer(made.revision, packed, made.shown)
        before = self._kept.pop(key, None)
        self._kept[key] = answer
        self._bytes += answer.bytes - (before.bytes if before else 0)
        while self._bytes > self._most_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].bytes
        return answer
