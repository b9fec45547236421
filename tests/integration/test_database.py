"""The pool outlives whatever happens to its connections."""

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest

from appliance.db import engine
from appliance.db.engine import Database, open_database
from appliance.errors import DatabaseUnavailable


async def _end_own_backend(database: Database) -> None:
    await database.fetch("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_connection_that_dies_in_a_transaction_is_given_back(database_url: str) -> None:
    async with open_database(database_url, pool_size=2) as database:
        for _ in range(5):
            with pytest.raises(DatabaseUnavailable):
                async with database.transaction():
                    await _end_own_backend(database)
        async with asyncio.timeout(10), database.transaction():
            assert await database.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_nothing_is_asked_of_the_server_when_a_connection_goes_back(
    database: Database, database_url: str
) -> None:
    async with open_database(database_url, pool_size=1) as other:
        [mine] = await other.fetch("SELECT pg_backend_pid() AS pid")
        [seen] = await database.fetch("SELECT state, query FROM pg_stat_activity WHERE pid = {}", mine["pid"])
    assert seen == {"state": "idle", "query": "SELECT pg_backend_pid() AS pid"}


async def test_what_is_set_and_locked_is_so_for_a_transaction(database_url: str) -> None:
    session_wide = re.compile(
        r"""pg_(try_)?advisory_lock|"(SET (?!LOCAL)|LISTEN|DECLARE|PREPARE)|set_config\([^)]*FALSE|TEMP TABLE"""
    )
    found = {
        path.name: session_wide.findall(path.read_text())
        for path in Path(engine.__file__).parent.glob("*.py")
        if session_wide.search(path.read_text())
    }
    # The build of an index has a connection of its own.
    assert set(found) == {"models.py"}
    async with open_database(database_url, pool_size=1) as database:
        async with database.transaction():
            await database.fetch(
                "SELECT set_config('plan_cache_mode', 'force_custom_plan', TRUE), pg_advisory_xact_lock(5)"
            )
        [row] = await database.fetch(
            "SELECT current_setting('plan_cache_mode') AS mode, (SELECT count(*) FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks"
        )
    assert row == {"mode": "auto", "locks": 0}


async def test_a_task_that_lost_its_transaction_is_not_bound_to_it(database_url: str) -> None:
    async with open_database(database_url, pool_size=2) as database:
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction():
                await _end_own_backend(database)
        assert await database.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_a_cancelled_transaction_is_rolled_back_and_given_back(database_url: str) -> None:
    async with open_database(database_url, pool_size=1) as database:
        await database.fetch("CREATE TABLE seen (n integer)")

        async def insert_and_wait() -> None:
            async with database.transaction():
                await database.fetch("INSERT INTO seen VALUES (1)")
                await database.fetch("SELECT pg_sleep(60)")

        task = asyncio.create_task(insert_and_wait())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            assert await database.fetch("SELECT n FROM seen") == []


async def test_an_error_of_the_body_comes_out_as_it_is(database: Database) -> None:
    with pytest.raises(FileNotFoundError):
        async with database.transaction():
            raise FileNotFoundError("a file, not the database")


async def test_a_value_that_does_not_fit_is_not_an_outage(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        await database.fetch("SELECT {}::integer", 2**40)


async def test_nested_transactions_are_one(database: Database) -> None:
    await database.fetch("CREATE TABLE seen (n integer)")
    with pytest.raises(RuntimeError, match="outer"):
        async with database.transaction():
            async with database.transaction():
                await database.fetch("INSERT INTO seen VALUES (1)")
            raise RuntimeError("outer")
    assert await database.fetch("SELECT n FROM seen") == []


@pytest.mark.parametrize("state", ["53100", "53200", "58030", "25006"])
async def test_a_server_that_can_not_do_what_it_should_is_an_outage(database: Database, state: str) -> None:
    failing = f"DO $$ BEGIN RAISE EXCEPTION 'as a server says it' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(DatabaseUnavailable) as outage:
        await database.fetch(failing)
    assert ("its disk is full" in outage.value.message) == (state == "53100")
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction():
            await database.fetch(failing)
    assert await database.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_a_snapshot_is_of_one_moment_and_writes_nothing(database: Database, database_url: str) -> None:
    await database.fetch("CREATE TABLE seen (n integer)")
    async with open_database(database_url, pool_size=1) as other:
        async with database.snapshot():
            assert await database.fetch("SELECT n FROM seen") == []
            await other.fetch("INSERT INTO seen VALUES (1)")
            assert await database.fetch("SELECT n FROM seen") == []
        assert await database.fetch("SELECT n FROM seen") == [{"n": 1}]
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.snapshot():
            await database.engine.run_ddl("INSERT INTO seen VALUES (2)")
    assert await database.fetch("SELECT n FROM seen") == [{"n": 1}]
