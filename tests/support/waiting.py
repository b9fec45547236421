"""Waiting for something to become true, never for time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")

_POLL_SECONDS = 0.02


def eventually(predicate: Callable[[], Value], deadline_seconds: float = 10) -> Value:
    """The first true answer of ``predicate``; a failed test when none comes in time."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {deadline_seconds:g} s; last answer: {value!r}")
        time.sleep(_POLL_SECONDS)


async def eventually_async(predicate: Callable[[], Awaitable[Value]], deadline_seconds: float = 10) -> Value:
    """The same for a question that has to be awaited."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        value = await predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {deadline_seconds:g} s; last answer: {value!r}")
        await asyncio.sleep(_POLL_SECONDS)
