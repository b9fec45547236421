"""What people looked for, as they wrote it: their own business, which nobody else reads."""

from datetime import datetime, timedelta
from uuid import UUID

from appliance.db.engine import Database
from appliance.db.locks import lock
from appliance.records.helps import RecentSearch

#: Most that one person's are kept; the latest ones stay.
MAX_RECENT = 50


async def list_recent(db: Database, owner: UUID) -> tuple[RecentSearch, ...]:
    """A person's own, the latest first, at most :data:`MAX_RECENT`."""
    rows = await db.fetch(
        "SELECT r.text, r.used_at FROM recent_search r WHERE r.owner = {}"
        " ORDER BY r.used_at DESC, r.id DESC LIMIT {}",
        owner, MAX_RECENT,
    )  # fmt: skip
    return tuple(RecentSearch(**row) for row in rows)


async def keeps_recent(db: Database, owner: UUID) -> bool:
    """Whether what this person looks for is remembered."""
    row = await db.fetch_one("SELECT keeps_searches FROM account WHERE id = {}", owner)
    return row is not None and row["keeps_searches"]


async def set_keeps_recent(db: Database, owner: UUID, keeps: bool) -> None:
    """Remember what this person looks for from now on, or no longer."""
    await db.fetch("UPDATE account SET keeps_searches = {} WHERE id = {}", keeps, owner)


async def put_recent(db: Database, owner: UUID, text: str, *, now: datetime, typing: timedelta) -> None:
    """Remember this text as the latest, for whom it is wanted; the oldest beyond :data:`MAX_RECENT` go.

    It takes the place of the same text, and of one not older than ``typing`` that it goes on from or goes back to.
    """
    async with db.transaction():
        await lock(db, f"recent:{owner}")
        await db.fetch(
            "DELETE FROM recent_search r WHERE r.owner = {} AND r.used_at >= {}"
            " AND (starts_with({}::text, r.text) OR starts_with(r.text, {}::text))",
            owner, now - typing, text, text,
        )  # fmt: skip
        await db.fetch(
            """
            INSERT INTO recent_search AS r (owner, text, used_at)
            SELECT id, {}, {} FROM account WHERE id = {} AND keeps_searches
            ON CONFLICT (owner, md5(text)) DO UPDATE SET used_at = excluded.used_at
            """,
            text, now, owner,
        )  # fmt: skip
        await db.fetch(
            "DELETE FROM recent_search WHERE id IN (SELECT r.id FROM recent_search r WHERE r.owner = {}"
            " ORDER BY r.used_at DESC, r.id DESC OFFSET {})",
            owner, MAX_RECENT,
        )  # fmt: skip


async def delete_recent(db: Database, owner: UUID, text: str | None) -> None:
    """Forget this text, or None: all that a person looked for."""
    if text is None:
        await db.fetch("DELETE FROM recent_search WHERE owner = {}", owner)
    else:
        await db.fetch("DELETE FROM recent_search WHERE owner = {} AND text = {}", owner, text)
