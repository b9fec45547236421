"""Which originals are to be read again, what was found in them, and which are not as they should be.

Assets that are being purged are left out everywhere. What is due is read page by page: each page begins after the
last item of the one before, so a run meets nothing twice, whatever is recorded meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.records.scrub import Check, Coverage, Expected, Finding, Outcome

#: A check that seems to be further ahead than this was made while the clock was wrong, and says nothing.
_AHEAD = timedelta(days=30)

_COLUMNS = QueryString("a.id, a.filename, a.sha256, a.bytes, s.checked_at")


def _expected(row: Row) -> Expected:
    return Expected(
        id=row["id"],
        filename=row["filename"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        checked_at=row["checked_at"],
    )


async def list_never_checked(db: Database, *, after: Expected | None, limit: int) -> tuple[Expected, ...]:
    """Assets that were never read again since they were taken in."""
    rows = await db.fetch(
        """
        SELECT {} FROM asset a LEFT JOIN scrub s ON s.asset = a.id
        WHERE s.asset IS NULL AND a.state <> 'purging' AND a.id > {} ORDER BY a.id LIMIT {}
        """,
        _COLUMNS,
        after.id if after else UUID(int=0),
        limit,
    )
    return tuple(_expected(row) for row in rows)


async def list_checked_before(
    db: Database, moment: datetime, *, only_bad: bool, after: Expected | None, limit: int
) -> tuple[Expected, ...]:
    """Assets that were last read before ``moment``, the longest ago first; all, or those found to be bad."""
    beyond = (
        QueryString("(s.checked_at, s.asset) > ({}, {})", after.checked_at, after.id)
        if after
        else QueryString("TRUE")
    )
    rows = await db.fetch(
        """
        SELECT {} FROM scrub s JOIN asset a ON a.id = s.asset
        WHERE {} AND {} AND (s.checked_at < {} OR s.checked_at > {}) AND a.state <> 'purging'
        ORDER BY s.checked_at, s.asset LIMIT {}
        """,
        _COLUMNS,
        QueryString("s.outcome <> 'ok'" if only_bad else "TRUE"),
        beyond,
        moment,
        moment + _AHEAD,
        limit,
    )
    return tuple(_expected(row) for row in rows)


async def is_held(db: Database, asset_id: UUID) -> bool:
    """Whether the library still holds this asset and is not about to purge it."""
    row = await db.fetch_one("SELECT 1 FROM asset WHERE id = {} AND state <> 'purging'", asset_id)
    return row is not None


async def record_checks(db: Database, checks: Sequence[Check]) -> None:
    """Remember these in place of earlier ones; those of assets that are gone by now are dropped."""
    await db.fetch(
        """
        INSERT INTO scrub (asset, checked_at, outcome, ok_at, found_bytes, found_sha256)
        SELECT a.id, c.at, c.outcome, CASE c.outcome WHEN 'ok' THEN c.at END, c.bytes, c.sha256
        FROM unnest({}::uuid[], {}::timestamptz[], {}::text[], {}::bigint[], {}::bytea[])
            AS c (asset, at, outcome, bytes, sha256)
        JOIN asset a ON a.id = c.asset
        WHERE a.state <> 'purging'
        ORDER BY a.id FOR KEY SHARE OF a
        ON CONFLICT (asset) DO UPDATE SET checked_at = excluded.checked_at, outcome = excluded.outcome,
            ok_at = coalesce(excluded.ok_at, scrub.ok_at),
            found_bytes = excluded.found_bytes, found_sha256 = excluded.found_sha256
        """,
        [check.expected.id for check in checks],
        [check.at for check in checks],
        [str(check.found.outcome) for check in checks],
        [check.found.bytes for check in checks],
        [check.found.sha256 for check in checks],
    )


async def list_findings(db: Database, *, limit: int) -> tuple[Finding, ...]:
    """The assets whose last reading found something wrong, the first found first."""
    rows = await db.fetch(
        """
        SELECT a.id, o.name AS owner, a.filename, a.bytes, a.sha256, s.outcome, s.found_bytes, s.found_sha256,
            s.checked_at, coalesce(s.ok_at, a.uploaded_at) AS good_at
        FROM scrub s JOIN asset a ON a.id = s.asset JOIN account o ON o.id = a.owner
        WHERE s.outcome <> 'ok' AND a.state <> 'purging' ORDER BY s.checked_at, s.asset LIMIT {}
        """,
        limit,
    )
    return tuple(
        Finding(
            id=row["id"],
            owner=row["owner"],
            filename=row["filename"],
            outcome=Outcome(row["outcome"]),
            expected_bytes=row["bytes"],
            expected_sha256=row["sha256"].hex(),
            found_bytes=row["found_bytes"],
            found_sha256=row["found_sha256"].hex() if row["found_sha256"] is not None else None,
            checked_at=row["checked_at"],
            good_at=row["good_at"],
        )
        for row in rows
    )


async def read_coverage(db: Database) -> Coverage:
    """How far the library has been gone through."""
    row = await db.fetch_one(
        """
        SELECT count(*) AS assets, count(*) FILTER (WHERE s.asset IS NULL) AS unchecked,
            count(*) FILTER (WHERE s.outcome <> 'ok') AS bad, min(s.checked_at) AS oldest_check
        FROM asset a LEFT JOIN scrub s ON s.asset = a.id WHERE a.state <> 'purging'
        """
    )
    return Coverage(**row) if row else Coverage(assets=0, unchecked=0, bad=0, oldest_check=None)
