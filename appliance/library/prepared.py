"""Answers that cost a large library much: made once for each viewer, filter and revision, and kept compressed."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from appliance.records.accounts import Sight, Viewer
from appliance.records.search import Filter

#: Bytes of all answers that are kept.
MOST_BYTES = 64 * 1024 * 1024

#: Answers that are made at a time; each takes a core for a while, and of a large library some 50 MB.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer compressed with gzip, and the revision of the library that it shows."""

    revision: str
    packed: bytes


#: What gives the revision that it found, and the answer as bytes.
Make = Callable[[], Awaitable[tuple[str, bytes]]]
_Key = tuple[str, UUID, Sight, Filter]


class Prepared:
    """Answers as they were last made; each is made once, however many ask for it. One per process."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[_Key, Answer] = OrderedDict()
        self._making: dict[tuple[_Key, str], asyncio.Task[Answer]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    @property
    def bytes(self) -> int:
        """How much is kept."""
        return sum(len(answer.packed) for answer in self._kept.values())

    async def get(self, what: str, viewer: Viewer, where: Filter, revision: str, make: Make) -> Answer:
        """The answer to ``what`` at this revision, which the caller has just read, or at a later one.

        Whoever hangs up takes it away from nobody else. Raises whatever ``make`` does.
        """
        key = (what, viewer.user_id, viewer.sight, where)
        kept = self._kept.get(key)
        if kept is not None and kept.revision == revision:
            self._kept.move_to_end(key)
            return kept
        making = self._making.get((key, revision))
        if making is None:
            making = asyncio.create_task(self._make(key, make))
            self._making[key, revision] = making
            making.add_done_callback(lambda task: self._made(key, revision, task))
        return await asyncio.shield(making)

    def _made(self, key: _Key, revision: str, task: asyncio.Task[Answer]) -> None:
        del self._making[key, revision]
        if not task.cancelled():
            # Looked at, so that nobody complains of it when all who asked have gone.
            task.exception()

    async def _make(self, key: _Key, make: Make) -> Answer:
        async with self._slots:
            revision, data = await make()
            answer = Answer(revision, await asyncio.to_thread(gzip.compress, data, 6, mtime=0))
        self._kept.pop(key, None)
        self._kept[key] = answer
        while self.bytes > self._most_bytes:
            self._kept.popitem(last=False)
        return answer
