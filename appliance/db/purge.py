"""The way out, row by row: expired into the trash, due ones marked, marked ones logged and deleted.

Marking and deleting are two steps, so that a crash in between leaves a row that says what was going on.
"""

from datetime import datetime, timedelta

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.records.expiry import Doomed, Due

_COLUMNS = QueryString("""
    a.id, a.owner, a.filename, a.sha256, a.bytes,
    CASE WHEN a.expires_at <= coalesce(a.trashed_at, a.expires_at) THEN 'expired' ELSE 'deleted' END AS reason
""")


def _due(at: datetime, trash: timedelta) -> QueryString:
    # An expired asset that no sweep has met is in the trash since it expired; its time counts from there.
    return QueryString(
        "(a.state = 'trashed' AND a.purge_after <= {}) OR (a.state = 'active' AND a.expires_at <= {})",
        at,
        at - trash,
    )


def _doomed(row: Row) -> Doomed:
    return Doomed(
        id=row["id"],
        owner=row["owner"],
        filename=row["filename"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        reason=row["reason"],
    )


async def trash_expired(db: Database, *, at: datetime, trash: timedelta, limit: int = 10_000) -> int:
    """How many assets had expired at ``at`` and are in the trash now, for ``trash`` from their expiry on."""
    rows = await db.fetch(
        """
        UPDATE asset SET state = 'trashed', trashed_at = expires_at, purge_after = expires_at + {}::interval,
            revision = revision + 1
        WHERE id IN (
            SELECT id FROM asset WHERE state = 'active' AND expires_at <= {}
            ORDER BY expires_at LIMIT {} FOR UPDATE SKIP LOCKED
        )
        RETURNING id
        """,
        trash,
        at,
        limit,
    )
    return len(rows)


async def count_expired(db: Database, *, at: datetime) -> int:
    """How many assets have expired at ``at`` and are not in the trash yet."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM asset WHERE state = 'active' AND expires_at <= {}", at
    )
    return int(row["n"]) if row else 0


async def count_due(db: Database, *, at: datetime, trash: timedelta) -> int:
    """How many assets may be purged at ``at``."""
    row = await db.fetch_one("SELECT count(*) AS n FROM asset a WHERE {}", _due(at, trash))
    return int(row["n"]) if row else 0


async def sum_due(db: Database, *, at: datetime, trash: timedelta, agreed: datetime | None) -> Due:
    """What may be purged at ``at``; what was due at ``agreed`` somebody has agreed to."""
    row = await db.fetch_one(
        """
        SELECT count(*) AS assets, coalesce(sum(bytes), 0)::bigint AS bytes,
            count(*) FILTER (WHERE unasked) AS unasked,
            coalesce(sum(bytes) FILTER (WHERE unasked), 0)::bigint AS unasked_bytes
        FROM (
            SELECT a.bytes, NOT a.purge_asked
                AND coalesce(coalesce(a.purge_after, a.expires_at + {}::interval) > {}::timestamptz, TRUE) AS unasked
            FROM asset a WHERE {}
        ) AS due
        """,
        trash, agreed, _due(at, trash),
    )  # fmt: skip
    return Due(**row) if row else Due(0, 0, 0, 0)


async def count_all(db: Database) -> int:
    """How many assets there are, the trash included."""
    row = await db.fetch_one("SELECT count(*) AS n FROM asset WHERE state <> 'purging'")
    return int(row["n"]) if row else 0


async def list_due(db: Database, *, at: datetime, trash: timedelta, limit: int) -> tuple[Doomed, ...]:
    """The assets that may be purged at ``at``, the first due first."""
    rows = await db.fetch(
        "SELECT {} FROM asset a WHERE {} ORDER BY coalesce(a.purge_after, a.expires_at), a.id LIMIT {}",
        _COLUMNS,
        _due(at, trash),
        limit,
    )
    return tuple(_doomed(row) for row in rows)


async def mark_purging(db: Database, *, at: datetime, trash: timedelta, limit: int) -> tuple[Doomed, ...]:
    """At most ``limit`` assets that are due at ``at``, from now on beyond restoring."""
    rows = await db.fetch(
        """
        WITH due AS (
            SELECT a.id FROM asset a WHERE {}
            ORDER BY coalesce(a.purge_after, a.expires_at), a.id LIMIT {} FOR UPDATE SKIP LOCKED
        )
        UPDATE asset a SET state = 'purging', trashed_at = coalesce(a.trashed_at, a.expires_at),
            purge_after = coalesce(a.purge_after, a.expires_at), revision = a.revision + 1
        FROM due WHERE a.id = due.id
        RETURNING {}
        """,
        _due(at, trash),
        limit,
        _COLUMNS,
    )
    return tuple(_doomed(row) for row in rows)


async def list_purging(db: Database, *, limit: int) -> tuple[Doomed, ...]:
    """Assets that an earlier run marked and did not finish."""
    rows = await db.fetch(
        "SELECT {} FROM asset a WHERE a.state = 'purging' ORDER BY a.purge_after, a.id LIMIT {}",
        _COLUMNS,
        limit,
    )
    return tuple(_doomed(row) for row in rows)


async def delete_purged(db: Database, doomed: Doomed, *, at: datetime) -> bool:
    """Whether this call deleted the row of an asset whose files are gone, and logged it, in one transaction."""
    row = await db.fetch_one(
        """
        WITH gone AS (DELETE FROM asset WHERE id = {} AND state = 'purging' RETURNING id, owner, sha256, bytes)
        INSERT INTO purge_log (asset, owner, sha256, bytes, reason, purged_at)
        SELECT id, owner, sha256, bytes, {}, {} FROM gone RETURNING id
        """,
        doomed.id,
        doomed.reason,
        at,
    )
    return row is not None
