"""Which ids the database expects to find on the volume."""

from uuid import UUID

from appliance.db.engine import Database


async def asset_ids(db: Database) -> frozenset[UUID]:
    """The assets, except those that are being purged."""
    rows = await db.fetch("SELECT id FROM asset WHERE state <> 'purging'")
    return frozenset(row["id"] for row in rows)


async def known_ids(db: Database) -> frozenset[UUID]:
    """Everything that may have a folder: assets in any state, and uploads on their way."""
    rows = await db.fetch("SELECT id FROM asset UNION ALL SELECT id FROM upload")
    return frozenset(row["id"] for row in rows)
