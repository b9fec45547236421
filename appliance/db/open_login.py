"""Until when people may sign in with passwords although the settings say that they don't."""

from datetime import datetime

from appliance.db.engine import Database

_KEY = "password-login-until"


async def open_until(db: Database) -> datetime | None:
    """When passwords stop working again; None while they don't work."""
    row = await db.fetch_one(
        "SELECT (value ->> 'at')::timestamptz AS at FROM setting "
        "WHERE key = {} AND (value ->> 'at')::timestamptz > now()",
        _KEY,
    )
    return row["at"] if row else None


async def open_for(db: Database, *, hours: float) -> datetime:
    """Let passwords work for this long from now on, whatever was said before; the end of it."""
    rows = await db.fetch(
        "INSERT INTO setting (key, value) "
        "VALUES ({}, jsonb_build_object('at', now() + make_interval(secs => {}))) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now() "
        "RETURNING (value ->> 'at')::timestamptz AS at",
        _KEY,
        hours * 3600.0,
    )
    at: datetime = rows[0]["at"]
    return at


async def close(db: Database) -> None:
    """Have the settings decide again."""
    await db.fetch("DELETE FROM setting WHERE key = {}", _KEY)
