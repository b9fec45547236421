"""The worker as a process of its own, on real servers."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

import asyncpg
import pytest
import redis

from appliance.db import jobs
from appliance.jobs import Actor
from appliance.library.appliance import Appliance
from appliance.library.sweep import sweep
from appliance.records.accounts import Viewer
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, picture
from tests.support.rows import add_person, count
from tests.support.waiting import eventually_async
from tests.support.worker import worker


@pytest.fixture
def settings(make_settings: MakeSettings, database_url: str, redis_url: str) -> Settings:
    return make_settings(
        database_url=database_url,
        redis_url=redis_url,
        free_space_floor_bytes=0,
        job_lease_seconds=3,
        decode_processes=1,
        embed_batch=4,
    )


@pytest.fixture
async def home(settings: Settings) -> AsyncIterator[Appliance]:
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture
async def viewer(home: Appliance) -> Viewer:
    return await add_person(home.db)


async def fill(home: Appliance, viewer: Viewer, number: int) -> list[UUID]:
    return [(await add_picture(home, viewer, picture(i))).asset.id for i in range(number)]


async def all_done(home: Appliance, number: int) -> None:
    async def done() -> bool:
        return (await jobs.count_jobs(home.db)).done == number

    await eventually_async(done, 60)


async def all_compared(home: Appliance) -> bool:
    return await count(home.db, "likeness_todo") == 0


async def test_a_worker_takes_batch_after_batch_until_nothing_waits(
    home: Appliance, viewer: Viewer, settings: Settings
) -> None:
    assets = await fill(home, viewer, 11)
    with redis.Redis.from_url(str(settings.redis_url and settings.redis_url.get_secret_value())) as queue:
        queue.flushall()
    await home.queue.wake(Actor.EMBED)
    with worker(settings):
        await all_done(home, 11)
    rows = await home.db.fetch("SELECT asset FROM embedding")
    assert sorted(row["asset"] for row in rows) == sorted(assets)


@asynccontextmanager
async def writing_blocked(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """No vector can be written until the end, or until the connection's transaction is rolled back."""
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        await connection.execute("BEGIN; LOCK TABLE embedding IN EXCLUSIVE MODE")
        yield connection
    finally:
        await connection.close()


async def batches_at_the_commit(home: Appliance) -> int:
    rows = await home.db.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO embedding%'"
    )
    return len(rows)


async def test_after_kill_9_between_encoding_and_commit_each_vector_is_written_once(
    home: Appliance, viewer: Viewer, settings: Settings
) -> None:
    await fill(home, viewer, 6)
    async with writing_blocked(settings) as blocker:
        with worker(settings) as doomed:
            await eventually_async(partial(batches_at_the_commit, home), 30)
            with worker(settings) as survivor:
                doomed.process.kill()
                doomed.process.wait()
                await blocker.execute("ROLLBACK")

                async def lease_found() -> bool:
                    return (await sweep(home)).leases_released > 0

                await eventually_async(lease_found, 30)

                # Each claim has a lease of its own, so one sweep may come between the ends of two.
                async def swept_until_done() -> bool:
                    await sweep(home)
                    return (await jobs.count_jobs(home.db)).done == 6

                await eventually_async(swept_until_done, 60)
                assert survivor.process.poll() is None
    assert await count(home.db, "embedding") == 6
    rows = await home.db.fetch("SELECT count(DISTINCT asset) AS n FROM embedding")
    assert rows[0]["n"] == 6


async def test_a_flushed_queue_costs_only_the_time_to_the_next_sweep(
    home: Appliance, viewer: Viewer, settings: Settings
) -> None:
    await fill(home, viewer, 3)
    with redis.Redis.from_url(str(settings.redis_url and settings.redis_url.get_secret_value())) as queue:
        queue.flushall()
        with worker(settings):
            assert (await jobs.count_jobs(home.db)).pending == 3
            assert (await sweep(home)).woken
            await all_done(home, 3)
            # Also while the worker is at it.
            queue.flushall()
            await add_picture(home, viewer, picture(99))
            await all_done(home, 4)
            await eventually_async(lambda: all_compared(home), 60)
    assert not (await sweep(home)).woken


async def test_sigterm_ends_the_worker_quickly_and_gives_back_what_it_holds(
    home: Appliance, viewer: Viewer, settings: Settings
) -> None:
    await fill(home, viewer, 3)
    async with writing_blocked(settings):
        with worker(settings) as stopped:
            await eventually_async(partial(batches_at_the_commit, home), 30)
            began = time.monotonic()
            stopped.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(stopped.process.wait, 15) == 0
            assert time.monotonic() - began < 6
    left = await jobs.count_jobs(home.db)
    assert (left.pending, left.running, left.done) == (3, 0, 0), stopped.said()
    assert "Traceback" not in stopped.said()


def test_a_worker_without_its_database_says_so_in_one_line_and_ends(
    make_settings: MakeSettings, redis_url: str
) -> None:
    settings = make_settings(database_url="postgresql://nobody@127.0.0.1:9/none", redis_url=redis_url)
    with worker(settings, ready=False) as started:
        assert started.process.wait(30) == 1
        assert "the worker can't start: No PostgreSQL answers at 127.0.0.1:9" in started.said()
        assert started.said().count("\n") == 1
