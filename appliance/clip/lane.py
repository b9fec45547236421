"""One thread that does the encoding of a process, the urgent before the bulk.

Towers already use all cores inside an operator, so that two encodes at once only slow each other (0.8 times the
throughput with two callers). A query that comes during a long batch waits for the current slice of it, not for all.
"""

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from typing import Any, TypeVar

from appliance.errors import ModelUnavailable

T = TypeVar("T")


class Priority(IntEnum):
    """Lower goes first."""

    QUERY = 0
    BATCH = 1
    STOP = 2


class Lane:
    """Runs functions one at a time on its own thread, in order of priority, then of arrival."""

    def __init__(self, name: str) -> None:
        self._work: queue.PriorityQueue[tuple[Priority, int, Future[Any], Callable[[], Any]]]
        self._work = queue.PriorityQueue()
        self._order = itertools.count()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def run(self, priority: Priority, function: Callable[[], T]) -> T:
        """What ``function`` returns or raises. Cancelling before its turn takes it out of the line.

        Raises:
            ModelUnavailable: the lane was closed.
        """
        if self._closed:
            raise ModelUnavailable("The encoder is closed.")
        future: Future[T] = Future()
        self._work.put((priority, next(self._order), future, function))
        return await asyncio.wrap_future(future)

    async def close(self) -> None:
        """Finish what waits and stop the thread; closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._work.put((Priority.STOP, next(self._order), Future(), lambda: None))
        await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        while True:
            priority, _, future, function = self._work.get()
            if priority is Priority.STOP:
                return
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function())
            except BaseException as error:  # handed to whoever waits, so that the thread lives on
                future.set_exception(error)
