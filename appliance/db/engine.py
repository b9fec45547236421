"""One pool of connections to PostgreSQL, and the two verbs that everything else in this layer uses.

``Database`` runs SQL with Piccolo's ``{}`` placeholders: always bound, never formatted in. A literal brace is
written twice. Inside ``async with db.transaction():`` all calls of the same task share one connection.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import asyncpg
from pgvector.asyncpg import register_vector
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.querystring import QueryString

from appliance.errors import DatabaseUnavailable

Row = dict[str, Any]

#: What asyncpg raises when the server went away, is starting, can't be reached, or can't do what it usually does.
CONNECTION_ERRORS = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # The driver's own state when the server vanishes at an unlucky moment, for example while a connection is reset.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # Its disk is full or failing, its memory or its connections are used up, it became a replica.
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)


class Transaction(PostgresTransaction):
    """Piccolo's transaction, which gives its connection back and unbinds the task also when the server has gone."""

    #: What the driver is told of it.
    options: ClassVar[Mapping[str, Any]] = {}

    async def __aenter__(self) -> PostgresTransaction:
        """Begin, on a connection of the pool; inside another transaction, join it."""
        if self._parent is not None:
            return self._parent
        self.connection = await self.get_connection()  # type: ignore[no-untyped-call]
        self.transaction = self.connection.transaction(**self.options)
        try:
            await self.begin()  # type: ignore[no-untyped-call]
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        """Commit, or roll back when there was an error, which goes on its way."""
        if self._parent is not None:
            return False
        try:
            if kind is None:
                await self.commit()  # type: ignore[no-untyped-call]
            else:
                await self.rollback()  # type: ignore[no-untyped-call]
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return False

    async def _give_back(self) -> None:
        if self.engine.pool:
            await asyncio.shield(self.engine.pool.release(self.connection))
        else:
            await self.connection.close()


class Snapshot(Transaction):
    """One in which nothing is written, and all is read as it was when it began."""

    options: ClassVar[Mapping[str, Any]] = {"isolation": "repeatable_read", "readonly": True}


class VectorEngine(PostgresEngine):
    """Piccolo's engine with pgvector's codecs on every connection, and without its own probes at construction."""

    async def get_version(self) -> float:
        """Zero: constructing an engine must not open a connection; ``preflight`` checks the version."""
        return 0.0

    async def prep_database(self) -> None:
        """Nothing: the first migration makes the extension."""

    async def start_connection_pool(self, **kwargs: Any) -> None:
        """Open the pool."""
        await super().start_connection_pool(init=_init_connection, reset=_leave_as_it_is, **kwargs)

    async def get_new_connection(self) -> Any:
        """A connection outside the pool."""
        connection = await super().get_new_connection()
        await _init_connection(connection)
        return connection

    def transaction(self, allow_nested: bool = True) -> Transaction:
        """All or nothing, for the statements of this task."""
        return Transaction(engine=self, allow_nested=allow_nested)


@contextmanager
def _outages_told() -> Iterator[None]:
    """Turn what the driver raises when the server is away into ``DatabaseUnavailable``."""
    try:
        yield
    except CONNECTION_ERRORS as error:
        # The driver's errors about values that don't fit are interface errors as well, and are the caller's.
        if isinstance(error, ValueError):
            raise
        raise DatabaseUnavailable(_reason(error)) from error


def _reason(error: BaseException) -> str | None:
    if isinstance(error, asyncpg.DiskFullError):
        return "The database can't write: its disk is full."
    return None


async def _leave_as_it_is(_connection: Any) -> None:
    """Nothing is asked of the server when a connection goes back, which would be a round trip after each statement.

    Nobody leaves anything behind: what is set or locked is so for a transaction, and the driver ends one left open.
    """


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
        with _outages_told():
            return [dict(record) for record in await self.engine.run_querystring(query)]

    async def fetch_one(self, sql: str | QueryString, *args: Any) -> Row | None:
        """The first row of a statement, or None."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def ddl(self, sql: str) -> None:
        """Run one statement that takes no parameters and gives no rows."""
        with _outages_told():
            await self.engine.run_ddl(sql)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All or nothing; nested use joins the outer transaction.

        Raises:
            DatabaseUnavailable: it could not be begun or committed. After a failed commit it is not known whether
                the server had done it.
        """
        async with _within(self.engine.transaction()):
            yield

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """All that this task reads inside is of one moment; nothing is written. Not for use inside a transaction.

        Raises:
            DatabaseUnavailable: it could not be begun or ended.
        """
        async with _within(Snapshot(engine=self.engine)):
            yield


@asynccontextmanager
async def _within(transaction: Transaction) -> AsyncIterator[None]:
    with _outages_told():
        await transaction.__aenter__()
    try:
        yield
    except BaseException as error:
        # What went wrong inside is what is told; without a server there is nothing left to roll back.
        with suppress(*CONNECTION_ERRORS):
            await transaction.__aexit__(type(error), error, error.__traceback__)
        raise
    with _outages_told():
        await transaction.__aexit__(None, None, None)


def connect_arguments(url: str) -> dict[str, Any]:
    """What asyncpg takes, from a PostgreSQL URL (SQLAlchemy's ``postgresql+asyncpg://`` is read as well)."""
    scheme, separator, rest = url.partition("://")
    dsn = f"{scheme.split('+')[0]}{separator}{rest}"
    return {
        "dsn": dsn,
        "server_settings": {"application_name": "scene-sense", "timezone": "UTC", "jit": "off"},
    }


@asynccontextmanager
async def open_database(url: str, *, pool_size: int = 8, read_only: bool = False) -> AsyncIterator[Database]:
    """A pool of at most ``pool_size`` connections, closed at the end; ``read_only`` is held by the server.

    Raises:
        DatabaseUnavailable: nobody answers at this URL.
    """
    config = connect_arguments(url)
    if read_only:
        config["server_settings"]["default_transaction_read_only"] = "on"
    engine = VectorEngine(config=config)
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
