"""The audit log: one row per thing that somebody did or tried, only ever added to, and one line in the log for each.

The line is told first, as JSON, so that what happens while the database is away is on record as well. Neither has a
password, a token, a cookie or the words of a search: callers give ids and codes.
"""

import json
import logging
from datetime import datetime
from uuid import UUID

from appliance import clock
from appliance.db.engine import Database

log = logging.getLogger("audit")

#: Longest object or reason that is kept, characters; both can come from outside.
_LONGEST = 200

#: Rows that one statement of :func:`trim` deletes, and how often one call repeats it.
_SLICE, _SLICES = 5_000, 20


async def record(
    db: Database,
    *,
    action: str,
    actor: UUID | None = None,
    session: str = "",
    ip: str = "",
    object: str = "",  # the column's name
    outcome: str = "ok",
    reason: str = "",
) -> None:
    """Add one row. ``outcome`` is ``ok``, ``refused`` (``reason`` is the error's code) or ``error``."""
    row = {
        "actor": actor,
        "session": _plain(session),
        "ip": _plain(ip),
        "action": _plain(action),
        "object": _plain(object),
        "outcome": outcome,
        "reason": _plain(reason),
    }
    at = clock.now().isoformat(timespec="milliseconds")
    log.info("%s", json.dumps({"at": at, **row}, default=str, ensure_ascii=False))
    await db.fetch(
        "INSERT INTO audit (actor, session, ip, action, object, outcome, reason) "
        "VALUES ({}, {}, {}, {}, {}, {}, {})",
        *row.values(),
    )


async def trim(db: Database, *, before: datetime) -> int:
    """How many rows from before that moment were deleted, at most 100,000; the next call goes on."""
    total = 0
    for _ in range(_SLICES):
        rows = await db.fetch(
            "WITH gone AS (DELETE FROM audit WHERE id IN "
            "(SELECT id FROM audit WHERE at < {} ORDER BY at LIMIT {}) RETURNING 1) SELECT count(*) AS n FROM gone",
            before,
            _SLICE,
        )
        total += int(rows[0]["n"])
        if rows[0]["n"] < _SLICE:
            break
    return total


def _plain(text: str) -> str:
    """The text without what could forge a line in a log."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:_LONGEST])
