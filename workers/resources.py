"""What actors may use: the open appliance, and a way to run work that a shutdown can cut short."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from appliance.cores import cores
from appliance.library.appliance import Appliance, open_appliance
from appliance.notify import keep_watchdog
from appliance.settings import Settings

T = TypeVar("T")


class Resources:
    """Opened once on the worker's event loop, and closed before it stops."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = AsyncExitStack()
        self._appliance: Appliance | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    @property
    def appliance(self) -> Appliance:
        """The open appliance, with the image encoder loaded."""
        if self._appliance is None:
            raise RuntimeError("the resources are not open")
        return self._appliance

    async def open(self) -> None:
        """Connect, find the volume, start the decoders, load the image encoder.

        Raises:
            SceneSenseError: a part is not available, or the settings can't be used.
        """
        self._appliance = await self._stack.enter_async_context(
            open_appliance(
                self.settings,
                towers=frozenset({"image"}),
                decoder_processes=self.settings.decode_processes or cores(),
            )
        )
        self._tasks = [
            asyncio.create_task(keep_watchdog()),
            asyncio.create_task(self._appliance.models.follow()),
        ]

    async def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work gives, or None where a shutdown cut it short or came before it."""
        if self._stopping:
            work.close()
            return None
        task = asyncio.create_task(work)
        self._running.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self._stopping:
                return None
            raise
        finally:
            self._running.discard(task)

    async def drain(self, seconds: float) -> None:
        """Begin nothing new; let what runs finish within ``seconds``, then cancel it."""
        self._stopping = True
        if not self._running:
            return
        _, unfinished = await asyncio.wait(tuple(self._running), timeout=seconds)
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(unfinished, timeout=5)

    async def close(self) -> None:
        """Let go of everything, in the reverse order."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()
        self._appliance = None
