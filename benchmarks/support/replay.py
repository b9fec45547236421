"""The statements of a piece of work, remembered while it is done and then sent alone over a warm connection."""

from dataclasses import dataclass, field
from typing import Any

import asyncpg
from pgvector.asyncpg import register_vector
from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row, connect_arguments

#: SQL and the values bound to it.
Statement = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Remembering(Database):
    """A database that notes each statement as it is sent."""

    statements: list[Statement] = field(default_factory=list)

    async def fetch(self, sql: str | QueryString, *args: Any) -> list[Row]:
        """See :class:`~appliance.db.engine.Database`."""
        query = sql if isinstance(sql, QueryString) else QueryString(sql, *args)
        self.statements.append(query.compile_string())
        return await Database.fetch(self, query)


async def warm_connection(url: str) -> "asyncpg.Connection":
    """A plain connection with what the application's pool sets up on each."""
    connection = await asyncpg.connect(**connect_arguments(url))
    await register_vector(connection)
    return connection


async def replay(connection: "asyncpg.Connection", statements: list[Statement]) -> None:
    """Send them in one transaction, as they were."""
    async with connection.transaction():
        for sql, values in statements:
            await connection.fetch(sql, *values)
