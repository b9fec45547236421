"""What everybody's pictures come to, in numbers alone: no name and no id leaves here."""

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.records.work import FailedKind, Holdings, Work

#: The rate is taken over this many seconds.
_RATE_SECONDS = 120.0


async def count_work(db: Database) -> Work:
    """How the jobs go; what failed and lies in the trash is nobody's business any more."""
    rows = await db.fetch(
        """
        SELECT count(*) FILTER (WHERE j.state = 'pending') AS pending,
            count(*) FILTER (WHERE j.state = 'running') AS running,
            count(*) FILTER (WHERE j.state = 'done') AS done,
            count(*) FILTER (WHERE j.state = 'failed' AND a.state = 'active') AS failed,
            count(*) FILTER (WHERE j.state IN ('pending', 'running')
                AND j.model NOT IN (SELECT model FROM active_model)) AS background,
            count(*) FILTER (WHERE j.state = 'done' AND j.changed_at > lately.moment) AS recent,
            coalesce(extract(epoch FROM now() - min(j.changed_at) FILTER (
                WHERE j.state = 'done' AND j.changed_at > lately.moment)), 0)::float AS span,
            extract(epoch FROM now() - min(j.run_after) FILTER (
                WHERE j.state = 'pending' AND j.run_after <= now()))::float AS oldest_seconds
        FROM job j JOIN asset a ON a.id = j.asset
        CROSS JOIN (SELECT now() - make_interval(secs => {}) AS moment) AS lately
        """,
        _RATE_SECONDS,
    )
    row = rows[0]
    recent, span = row.pop("recent"), row.pop("span")
    return Work(**row, per_second=recent / max(1.0, span))


async def count_failures(db: Database) -> tuple[FailedKind, ...]:
    """Why pictures outside the trash failed, the most frequent reason first; each picture once."""
    rows = await db.fetch(
        """
        SELECT code, count(*) AS assets, count(DISTINCT owner) AS people FROM (
            SELECT DISTINCT ON (a.id) a.owner, coalesce(j.error_code, 'error') AS code
            FROM job j JOIN asset a ON a.id = j.asset
            WHERE j.state = 'failed' AND a.state = 'active' ORDER BY a.id, j.changed_at DESC
        ) AS failed
        GROUP BY code ORDER BY assets DESC, code
        """
    )
    return tuple(FailedKind(**row) for row in rows)


async def retry_failed(db: Database, *, code: str | None) -> int:
    """How many pictures, whosever they are, are tried again: all that failed, or all that failed in this way."""
    of_kind = (
        QueryString("TRUE") if code is None else QueryString("coalesce(j.error_code, 'error') = {}", code)
    )
    async with db.transaction():
        # The pictures first, and then their jobs, as everybody locks them.
        rows = await db.fetch(
            """
            UPDATE asset SET quarantined_at = NULL, quarantine_code = NULL WHERE state = 'active'
                AND id IN (SELECT j.asset FROM job j WHERE j.state = 'failed' AND {})
            RETURNING id
            """,
            of_kind,
        )
        await db.fetch(
            """
            UPDATE job j SET state = 'pending', attempts = 0, error_code = NULL, error_text = NULL,
                run_after = now(), changed_at = now()
            WHERE j.state = 'failed' AND j.asset = ANY({}::uuid[]) AND {}
            """,
            [row["id"] for row in rows],
            of_kind,
        )
    return len(rows)


async def sum_holdings(db: Database) -> Holdings:
    """How much there is, and how much of it lies in the trash or is about to go."""
    rows = await db.fetch(
        """
        SELECT count(*) FILTER (WHERE state = 'active') AS assets,
            coalesce(sum(bytes) FILTER (WHERE state = 'active'), 0)::bigint AS bytes,
            count(*) FILTER (WHERE state <> 'active') AS trashed,
            coalesce(sum(bytes) FILTER (WHERE state <> 'active'), 0)::bigint AS trashed_bytes
        FROM asset
        """
    )
    return Holdings(**rows[0])
