"""Whether the parts that requests need answer now, asked of each at most once at a time.

A part that hangs costs one task, or one thread, however often it is asked about: whoever asks meanwhile waits for
the same answer, and for no longer than ``PATIENCE_SECONDS``.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from appliance.db.condition import check_answers
from appliance.errors import ModelUnavailable, SceneSenseError
from appliance.library.appliance import Appliance

#: A part that does not answer within this time counts as missing, seconds.
PATIENCE_SECONDS = 3.0

#: The database's own limit is shorter, so that its reason is what is told.
_DATABASE_SECONDS = 2.5

Ask = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part, and whether it is there."""

    name: str
    ready: bool
    #: Whether nothing can be served without it.
    needed: bool
    #: What is wrong, or an empty string.
    detail: str


class Readiness:
    """Asks the parts of one process; made once in it."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Task[None]] = {}

    async def look(self, appliance: Appliance) -> tuple[Part, ...]:
        """Each part; all are asked at the same time."""
        return tuple(
            await asyncio.gather(
                self._part("database", lambda: _database(appliance), needed=True),
                self._part("queue", appliance.queue.check, needed=False),
                self._part("volume", lambda: asyncio.to_thread(appliance.volume.check), needed=False),
                self._part("model", lambda: _model(appliance), needed=False),
            )
        )

    async def _part(self, name: str, ask: Ask, *, needed: bool) -> Part:
        task = self._asked.get(name)
        if task is None or task.done():
            task = self._asked[name] = asyncio.create_task(ask())
            task.add_done_callback(_take_note)
        # Not wait_for: that waits for the end of what it cancels.
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if not task.done():
            return Part(name, ready=False, needed=needed, detail="It does not answer in time.")
        try:
            task.result()
        except SceneSenseError as error:
            return Part(name, ready=False, needed=needed, detail=error.message)
        return Part(name, ready=True, needed=needed, detail="")


def _take_note(task: asyncio.Task[None]) -> None:
    # Nobody may be waiting any more; an error that nobody fetches would be logged as forgotten.
    if not task.cancelled():
        task.exception()


async def _database(appliance: Appliance) -> None:
    await check_answers(appliance.db, patience_seconds=_DATABASE_SECONDS)


async def _model(appliance: Appliance) -> None:
    if appliance.encoder is None:
        raise ModelUnavailable
