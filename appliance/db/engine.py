"""One pool of connections to PostgreSQL, and the two verbs that everything else in this layer uses.

``Database`` runs SQL with Piccolo's ``{}`` placeholders: always bound, never formatted in. A literal brace is
written twice. Inside ``async with db.transaction():`` all calls of the same task share one connection.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from pgvector.asyncpg import register_vector
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString

from appliance.errors import DatabaseUnavailable

Row = dict[str, Any]

#: What asyncpg raises when the server went away, is starting, or can't be reached.
CONNECTION_ERRORS = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # The driver's own state when the server vanishes at an unlucky moment, for example while a connection is reset.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


class VectorEngine(PostgresEngine):
    """Piccolo's engine with pgvector's codecs on every connection, and without its own probes at construction."""

    async def get_version(self) -> float:
        """Zero: constructing an engine must not open a connection; ``preflight`` checks the version."""
        return 0.0

    async def prep_database(self) -> None:
        """Nothing: the first migration makes the extension."""

    async def start_connection_pool(self, **kwargs: Any) -> None:
        """Open the pool."""
        await super().start_connection_pool(init=_init_connection, **kwargs)

    async def get_new_connection(self) -> Any:
        """A connection outside the pool."""
        connection = await super().get_new_connection()
        await _init_connection(connection)
        return connection


async def _init_connection(connection: Any) -> None:
    try:
        await register_vector(connection)
    except ValueError as error:
        # Before the first migration there is no extension and so no type to register.
        if "unknown type" not in str(error):
            raise


@dataclass(frozen=True, slots=True)
class Database:
    """An open pool. Every function of this layer takes one as its first argument."""

    engine: VectorEngine

    async def fetch(self, sql: str | QueryString, *args: Any) -> list[Row]:
        """All rows of a statement.

        Raises:
            DatabaseUnavailable: the server went away; the statement may be tried again.
        """
        query = sql if isinstance(sql, QueryString) else QueryString(sql, *args)
        try:
            return [dict(record) for record in await self.engine.run_querystring(query)]
        except CONNECTION_ERRORS as error:
            raise DatabaseUnavailable from error

    async def fetch_one(self, sql: str | QueryString, *args: Any) -> Row | None:
        """The first row of a statement, or None."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def ddl(self, sql: str) -> None:
        """Run one statement that takes no parameters and gives no rows."""
        try:
            await self.engine.run_ddl(sql)
        except CONNECTION_ERRORS as error:
            raise DatabaseUnavailable from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All or nothing; nested use joins the outer transaction."""
        try:
            async with self.engine.transaction():
                yield
        except CONNECTION_ERRORS as error:
            raise DatabaseUnavailable from error


def connect_arguments(url: str) -> dict[str, Any]:
    """What asyncpg takes, from a PostgreSQL URL (SQLAlchemy's ``postgresql+asyncpg://`` is read as well)."""
    scheme, separator, rest = url.partition("://")
    dsn = f"{scheme.split('+')[0]}{separator}{rest}"
    return {
        "dsn": dsn,
        "server_settings": {"application_name": "scene-sense", "timezone": "UTC", "jit": "off"},
    }


@asynccontextmanager
async def open_database(url: str, *, pool_size: int = 8) -> AsyncIterator[Database]:
    """A pool of at most ``pool_size`` connections, closed at the end.

    Raises:
        DatabaseUnavailable: nobody answers at this URL.
    """
    engine = VectorEngine(config=connect_arguments(url))
    try:
        await engine.start_connection_pool(min_size=min(2, pool_size), max_size=pool_size, timeout=10)
    except CONNECTION_ERRORS as error:
        raise DatabaseUnavailable from error
    try:
        yield Database(engine)
    finally:
        try:
            await asyncio.wait_for(engine.close_connection_pool(), timeout=5)
        except TimeoutError:
            if engine.pool is not None:
                engine.pool.terminate()
