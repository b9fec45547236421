"""Locks that have a name: whoever takes one has it until their transaction ends.

Names and numbers may be any, as long as every release uses the same ones.
"""

from appliance.db.engine import Database


async def lock(db: Database, name: str) -> None:
    """Wait until nobody else locks or holds this name."""
    await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended({}, 1))", name)


async def hold(db: Database, name: str) -> None:
    """Wait until nobody locks this name; others may hold it as well."""
    await db.fetch("SELECT pg_advisory_xact_lock_shared(hashtextextended({}, 1))", name)
