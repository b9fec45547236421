"""Moments that the appliance remembers from one run to the next, and the database server's own clock."""

import json
from datetime import datetime
from enum import StrEnum

from appliance.db.engine import Database
from appliance.records.expiry import Clocks


class Sighting(StrEnum):
    """What was last done when."""

    #: A run of purge or sweep looked at a clock that it believed.
    CLOCK = "clock.last_seen"
    #: The volume was compared with the database, folder by folder.
    FILES = "sweep.files_checked"
    #: A run began to read originals again.
    SCRUB = "scrub.begun"


async def read_clocks(db: Database) -> Clocks:
    """The server's clock now, and when a clock was last believed."""
    row = await db.fetch_one("SELECT clock_timestamp() AS database")
    if row is None:
        raise LookupError("a SELECT without FROM gave no row")
    return Clocks(database=row["database"], last_seen=await last(db, Sighting.CLOCK))


async def last(db: Database, what: Sighting) -> datetime | None:
    """When this was last recorded; None if never."""
    row = await db.fetch_one("SELECT value FROM setting WHERE key = {}", what)
    return datetime.fromisoformat(json.loads(row["value"])) if row else None


async def record(db: Database, what: Sighting, at: datetime) -> None:
    """Remember that this was at ``at``."""
    await db.fetch(
        """
        INSERT INTO setting (key, value) VALUES ({}, {})
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now()
        """,
        what,
        json.dumps(at.isoformat()),
    )
