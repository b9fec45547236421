"""The audit log: one row per thing that somebody did or tried, only ever added to, and one line in the log for each.

The line is told first, as JSON, so that what happens while the database is away is on record as well. Neither has a
password, a token, a cookie or the words of a search: callers give ids and codes.
"""

import json
import logging
from datetime import datetime
from uuid import UUID

from piccolo.querystring import QueryString

from appliance import clock
from appliance.db.engine import Database, Row
from appliance.records.audit import Actor, AuditFilter, Entry

log = logging.getLogger("audit")

#: Longest object or reason that is kept, characters; both can come from outside.
_LONGEST = 200

#: Rows that one statement of :func:`trim` deletes, and how often one call repeats it.
_SLICE, _SLICES = 5_000, 20

#: Most rows that :func:`list_entries` gives at once.
MOST = 500


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


async def list_entries(
    db: Database, wanted: AuditFilter, *, limit: int, before: int | None = None
) -> tuple[tuple[Entry, ...], int | None]:
    """What happened, the latest first, only ids below ``before``; and what ``before`` is for the next page, if any.

    ``limit`` is 1 to :data:`MOST`.
    """
    most = max(1, min(limit, MOST))
    parts: list[QueryString] = [QueryString("TRUE")]
    if before is not None:
        parts.append(QueryString("t.id < {}", before))
    if wanted.action:
        # "auth" is everything about signing in, "denied" whatever somebody may not.
        parts.append(
            QueryString(
                "(t.action = {} OR starts_with(t.action, {}) OR starts_with(t.action, {}))",
                wanted.action,
                f"{wanted.action}.",
                f"{wanted.action} ",
            )
        )
    for column, value in (("actor", wanted.actor), ("outcome", wanted.outcome)):
        if value is not None:
            parts.append(QueryString(f"t.{column} = {{}}", value))
    if wanted.since is not None:
        parts.append(QueryString("t.at >= {}", wanted.since))
    if wanted.until is not None:
        parts.append(QueryString("t.at < {}", wanted.until))
    rows = await db.fetch(
        QueryString(
            "SELECT t.id, t.at, t.actor, a.name, t.session, t.ip, t.action, t.object, t.outcome, t.reason "
            "FROM audit t LEFT JOIN account a ON a.id = t.actor WHERE "
            + " AND ".join("{}" for _ in parts)
            + " ORDER BY t.id DESC LIMIT {}",
            *parts,
            most + 1,
        )
    )
    found = tuple(_entry_from(row) for row in rows[:most])
    return found, found[-1].id if len(rows) > most else None


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


def _entry_from(row: Row) -> Entry:
    actor = None if row["actor"] is None else Actor(row["actor"], row["name"] or "")
    return Entry(
        id=row["id"],
        at=row["at"],
        actor=actor,
        session=row["session"],
        ip=row["ip"],
        action=row["action"],
        object=row["object"],
        outcome=row["outcome"],
        reason=row["reason"],
    )


def _plain(text: str) -> str:
    """The text without what could forge a line in a log."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:_LONGEST])
