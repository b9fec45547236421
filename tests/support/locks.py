"""Locks in the database, so that a test decides who comes first."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from appliance.db.engine import Database


@asynccontextmanager
async def held(db: Database, work: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """The time between this work, done in a transaction of its own on another connection, and its commit."""
    done, may_end = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with db.transaction():
            try:
                await work()
            finally:
                done.set()
            await may_end.wait()

    # In a task of its own, since a transaction is that of its task.
    task = asyncio.create_task(hold())
    try:
        await done.wait()
        yield
    finally:
        may_end.set()
        await task


async def waiting(db: Database, statement: str) -> bool:
    """Whether a connection waits for a lock with a statement that has these words."""
    row = await db.fetch_one(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        " AND strpos(query, {}) > 0 AND pid <> pg_backend_pid()",
        statement,
    )
    return row is not None
