"""Purges that stopped to ask: at most one is open, and what was due when one was released is confirmed."""

from datetime import datetime
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.records.expiry import Hold

_COLUMNS = QueryString("id, held_at, due, due_bytes, library, released_at, released_by")


async def find_open(db: Database) -> Hold | None:
    """The hold that waits for somebody's word, or None."""
    row = await db.fetch_one("SELECT {} FROM purge_hold WHERE released_at IS NULL", _COLUMNS)
    return _hold(row) if row else None


async def confirmed_until(db: Database) -> datetime | None:
    """What was due at this moment somebody has agreed to; None where nobody was ever asked."""
    row = await db.fetch_one("SELECT max(held_at) AS at FROM purge_hold WHERE released_at IS NOT NULL")
    return row["at"] if row else None


async def hold(db: Database, *, at: datetime, due: int, due_bytes: int, library: int) -> Hold:
    """The open hold: the one that there is, with its own moment and figures, or one with these."""
    await db.fetch(
        """
        INSERT INTO purge_hold (held_at, due, due_bytes, library) VALUES ({}, {}, {}, {})
        ON CONFLICT ((TRUE)) WHERE released_at IS NULL DO NOTHING
        """,
        at, due, due_bytes, library,
    )  # fmt: skip
    found = await find_open(db)
    if found is None:
        raise LookupError("the hold was released at this moment")
    return found


async def lift(db: Database) -> None:
    """Take an open hold away, as there is no reason for it any more; that confirms nothing."""
    await db.fetch("DELETE FROM purge_hold WHERE released_at IS NULL")


async def release(db: Database, hold_id: int, *, by: UUID | None) -> bool:
    """Whether this hold was open and is released now: what was due when it began is confirmed, nothing later."""
    row = await db.fetch_one(
        "UPDATE purge_hold SET released_at = now(), released_by = {} WHERE id = {} AND released_at IS NULL"
        " RETURNING id",
        by, hold_id,
    )  # fmt: skip
    return row is not None


def _hold(row: Row) -> Hold:
    return Hold(**row)
