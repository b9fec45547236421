"""Which volume this library belongs to."""

from uuid import UUID

from appliance.db.engine import Database


async def find_volume(db: Database) -> UUID | None:
    """The identity of the library's volume; None before the first start."""
    row = await db.fetch_one("SELECT id FROM volume ORDER BY created_at LIMIT 1")
    return UUID(str(row["id"])) if row else None


async def record_volume(db: Database, volume_id: UUID) -> UUID:
    """Make this the library's volume unless it has one already; gives the one it has then."""
    async with db.transaction():
        await db.fetch("LOCK TABLE volume IN EXCLUSIVE MODE")
        known = await find_volume(db)
        if known is None:
            await db.fetch("INSERT INTO volume (id, created_at) VALUES ({}, now())", volume_id)
    return known or volume_id
