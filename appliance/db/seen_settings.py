"""What the settings were at the last start: names, and digests of what is no secret."""

import json
from collections.abc import Mapping

from appliance.db.engine import Database

_KEY = "settings.seen"


async def exchange(db: Database, seen: Mapping[str, str]) -> dict[str, str] | None:
    """Remember these, and give what was remembered before; None at the first start."""
    async with db.transaction():
        row = await db.fetch_one("SELECT value FROM setting WHERE key = {} FOR UPDATE", _KEY)
        await db.fetch(
            """
            INSERT INTO setting (key, value) VALUES ({}, {})
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now()
            """,
            _KEY,
            json.dumps(dict(seen)),
        )
    return None if row is None else dict(json.loads(row["value"]))
