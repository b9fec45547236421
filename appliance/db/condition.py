"""What a database says of its own condition, and of the work that is in it; nothing is written."""

import asyncio
from pathlib import Path

from appliance.db.engine import CONNECTION_ERRORS, Database
from appliance.errors import DatabaseUnavailable
from appliance.records.doctor import Collation, WorkFacts


async def find_collation(db: Database) -> Collation:
    """The rules for sorting text that the database was made with, and those of the system it runs on now."""
    rows = await db.fetch(
        """
        SELECT datname AS database, datcollversion AS recorded, pg_database_collation_actual_version(oid) AS actual
        FROM pg_database WHERE datname = current_database()
        """
    )
    return Collation(**rows[0])


async def find_folder(db: Database) -> Path | None:
    """Where the server keeps its files, if it is on this machine; only administrators are told exactly."""
    rows = await db.fetch(
        """
        SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS told,
               '/var/lib/postgresql/' || current_setting('server_version_num')::int / 10000 AS debian,
               inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr() AS is_here
        """
    )
    return Path(rows[0]["told"] or rows[0]["debian"]) if rows[0]["is_here"] else None


async def find_work(db: Database) -> WorkFacts:
    """How the jobs are doing, everybody's and of every kind."""
    rows = await db.fetch(
        """
        SELECT count(*) FILTER (
                   WHERE state = 'failed'
                       AND EXISTS (SELECT FROM asset a WHERE a.id = job.asset AND a.state = 'active')
               ) AS failed,
               count(*) FILTER (WHERE state = 'pending' AND run_after <= now()) AS waiting,
               count(*) FILTER (WHERE state = 'running') AS running,
               count(*) FILTER (WHERE state = 'running' AND lease_until < now()) AS expired,
               min(run_after) FILTER (WHERE state = 'pending' AND run_after <= now()) AS waiting_since,
               max(changed_at) FILTER (WHERE state <> 'pending') AS last_change,
               now() AS now
        FROM job
        """
    )
    return WorkFacts(**rows[0])


async def count_bad_originals(db: Database) -> int:
    """How many assets' originals were not as they should be when they were last read; by the index scrub_bad."""
    rows = await db.fetch(
        """
        SELECT count(*) AS bad FROM scrub s JOIN asset a ON a.id = s.asset
        WHERE s.outcome <> 'ok' AND a.state <> 'purging'
        """
    )
    return int(rows[0]["bad"])


async def list_foreign_tables(db: Database) -> tuple[str, ...]:
    """Tables that belong to somebody whose rights this user does not have; at most ten."""
    rows = await db.fetch(
        """
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND NOT pg_has_role(tableowner, 'USAGE') ORDER BY tablename LIMIT 10
        """
    )
    return tuple(row["tablename"] for row in rows)


async def check_answers(db: Database, *, patience_seconds: float) -> None:
    """Nothing, when the server answers in time over a connection of the pool.

    A connection that is silent is cut: to cancel its query would take an answer of the same server.

    Raises:
        DatabaseUnavailable: it does not answer, or not in time.
    """
    pool, loop = db.engine.pool, asyncio.get_running_loop()
    if pool is None:
        raise DatabaseUnavailable
    deadline = loop.time() + patience_seconds
    try:
        connection = await pool.acquire(timeout=patience_seconds)
        asking = asyncio.ensure_future(connection.fetchval("SELECT 1"))
        try:
            await asyncio.wait({asking}, timeout=max(0.0, deadline - loop.time()))
            if not asking.done():
                connection.terminate()
                raise DatabaseUnavailable("It does not answer in time.")
            asking.result()
        finally:
            await asyncio.wait({asking}, timeout=1)
            await pool.release(connection)
    except TimeoutError as error:
        raise DatabaseUnavailable("It does not answer in time.") from error
    except CONNECTION_ERRORS as error:
        raise DatabaseUnavailable from error
