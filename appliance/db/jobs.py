"""The jobs: claimed by lease, finished once, retried a bounded number of times.

A job is ``pending``, then ``running`` under a lease, then ``done`` or ``failed``. Whoever changes a running job
names the lease; a worker that was given up for dead and comes back changes nothing. Where assets and jobs are
both locked, the asset comes first, as it does when an asset is deleted.
"""

from collections.abc import Sequence
from uuid import UUID, uuid4

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.visibility import owned_by
from appliance.records.accounts import Viewer
from appliance.records.jobs import AssetJob, Claim, Expired, JobCounts

#: The kind of job that makes an asset's vector.
EMBED = "embed"

#: Priority of the jobs of a set that nobody searches yet; those of the active one have 0.
BACKGROUND = -10

#: Error code of a job whose worker vanished each time it was begun.
WORKER_LOST = "worker_lost"

#: Seconds before the second try; each further one waits four times as long, to at most an hour.
FIRST_RETRY_SECONDS = 5.0

_LIST_LIMIT = 1000


async def add_jobs(db: Database, asset_id: UUID, *, kind: str = EMBED, model_id: int | None) -> None:
    """One pending job for this asset, unless it has one of this kind and model already."""
    await db.fetch(
        "INSERT INTO job (asset, kind, model) VALUES ({}, {}, {}) ON CONFLICT (asset, kind, model) DO NOTHING",
        asset_id,
        kind,
        model_id,
    )


async def add_for_sets(db: Database, asset_id: UUID) -> None:
    """One pending job for this asset for each set that is kept up, the active one's first in line."""
    await db.fetch(
        """
        INSERT INTO job (asset, kind, model, priority)
        SELECT {}, {}, m.id, CASE WHEN a.model = m.id THEN 0 ELSE {}::smallint END
        FROM model m CROSS JOIN active_model a WHERE m.state IN ('filling', 'ready')
        ON CONFLICT (asset, kind, model) DO NOTHING
        """,
        asset_id,
        EMBED,
        BACKGROUND,
    )


async def add_missing(
    db: Database, *, kind: str, model_id: int, limit: int = 10_000, priority: int = 0
) -> int:
    """How many assets had no job of this kind and model, and have one now; at most ``limit``, the newest first."""
    rows = await db.fetch(
        """
        INSERT INTO job (asset, kind, model, priority)
        SELECT a.id, {}, kept.id, {} FROM asset a
        -- Held until this is written, so that a set that is dropped meanwhile gets none.
        CROSS JOIN (SELECT id FROM model WHERE id = {} AND state <> 'dropping' FOR KEY SHARE) AS kept
        WHERE a.state <> 'purging'
          AND NOT EXISTS (SELECT FROM job j WHERE j.asset = a.id AND j.kind = {} AND j.model = {})
        ORDER BY a.uploaded_at DESC
        LIMIT {}
        ON CONFLICT (asset, kind, model) DO NOTHING
        RETURNING id
        """,
        kind,
        priority,
        model_id,
        kind,
        model_id,
        limit,
    )
    return len(rows)


async def claim(
    db: Database, *, kind: str, model_id: int, limit: int, lease_seconds: float
) -> tuple[Claim, ...]:
    """At most ``limit`` due jobs that are now this worker's alone, the most urgent and oldest first."""
    lease = uuid4()
    rows = await db.fetch(
        """
        WITH due AS (
            SELECT j.id FROM job j
            WHERE j.state = 'pending' AND j.kind = {} AND j.model = {} AND j.run_after <= now()
            ORDER BY j.priority DESC, j.id
            LIMIT {} FOR UPDATE SKIP LOCKED
        )
        UPDATE job SET state = 'running', attempts = job.attempts + 1, lease = {},
            lease_until = now() + make_interval(secs => {}), changed_at = now()
        FROM due, asset a
        WHERE job.id = due.id AND a.id = job.asset
        RETURNING job.id, job.asset, a.filename, a.media_version, job.attempts
        """,
        kind,
        model_id,
        limit,
        lease,
        float(lease_seconds),
    )
    claims = [
        Claim(
            job_id=row["id"],
            asset_id=row["asset"],
            filename=row["filename"],
            media_version=row["media_version"],
            lease=lease,
            attempts=row["attempts"],
        )
        for row in rows
    ]
    return tuple(sorted(claims, key=lambda claimed: claimed.job_id))


async def extend(db: Database, lease: UUID, *, lease_seconds: float) -> int:
    """How many jobs are still held under this lease, which now runs ``lease_seconds`` from here.

    Jobs that are being finished at this moment are passed over.
    """
    rows = await db.fetch(
        """
        UPDATE job SET lease_until = now() + make_interval(secs => {})
        WHERE id IN (SELECT id FROM job WHERE lease = {} AND state = 'running' FOR UPDATE SKIP LOCKED)
        RETURNING id
        """,
        float(lease_seconds),
        lease,
    )
    return len(rows)


async def finish(db: Database, claims: Sequence[Claim]) -> frozenset[UUID]:
    """The assets whose job is done now; a job that is no longer this worker's is left out."""
    rows = await db.fetch(
        """
        UPDATE job SET state = 'done', lease = NULL, lease_until = NULL, error_code = NULL, error_text = NULL,
            changed_at = now()
        WHERE id IN (
            SELECT j.id FROM job j JOIN unnest({}::bigint[], {}::uuid[]) AS mine (id, lease) ON mine.id = j.id
            WHERE j.lease = mine.lease AND j.state = 'running'
            ORDER BY j.id FOR UPDATE OF j
        )
        RETURNING asset
        """,
        [claimed.job_id for claimed in claims],
        [claimed.lease for claimed in claims],
    )
    return frozenset(row["asset"] for row in rows)


async def fail(
    db: Database, claimed: Claim, *, code: str, text: str, permanent: bool, max_attempts: int
) -> float | None:
    """Seconds until the job is tried again, or None when it is not: failed for good, or no longer ours."""
    again = not permanent and claimed.attempts < max_attempts
    delay = min(3600.0, FIRST_RETRY_SECONDS * 4.0 ** (claimed.attempts - 1))
    row = await db.fetch_one(
        """
        UPDATE job SET state = {}, lease = NULL, lease_until = NULL, error_code = {}, error_text = {},
            run_after = now() + make_interval(secs => {}), changed_at = now()
        WHERE id = {} AND lease = {} AND state = 'running' RETURNING id
        """,
        "pending" if again else "failed",
        code,
        text[:500],
        delay if again else 0.0,
        claimed.job_id,
        claimed.lease,
    )
    return delay if row and again else None


async def release(db: Database, claims: Sequence[Claim], *, delay_seconds: float = 0.0) -> int:
    """How many jobs went back to waiting as if they had not been begun, due after ``delay_seconds``."""
    rows = await db.fetch(
        """
        UPDATE job SET state = 'pending', attempts = job.attempts - 1, lease = NULL, lease_until = NULL,
            run_after = now() + make_interval(secs => {}), changed_at = now()
        WHERE id IN (
            SELECT j.id FROM job j JOIN unnest({}::bigint[], {}::uuid[]) AS mine (id, lease) ON mine.id = j.id
            WHERE j.lease = mine.lease AND j.state = 'running'
            ORDER BY j.id FOR UPDATE OF j
        )
        RETURNING id
        """,
        float(delay_seconds),
        [claimed.job_id for claimed in claims],
        [claimed.lease for claimed in claims],
    )
    return len(rows)


async def release_expired(db: Database, *, max_attempts: int) -> Expired:
    """Jobs whose lease ran out, back to waiting; those begun ``max_attempts`` times count as failed."""
    rows = await db.fetch(
        """
        UPDATE job SET
            state = CASE WHEN attempts < {} THEN 'pending' ELSE 'failed' END,
            error_code = {}, error_text = 'The worker stopped while it was at this.',
            lease = NULL, lease_until = NULL, run_after = now(), changed_at = now()
        WHERE id IN (
            SELECT id FROM job WHERE state = 'running' AND lease_until < now() FOR UPDATE SKIP LOCKED
        )
        RETURNING state
        """,
        max_attempts,
        WORKER_LOST,
    )
    failed = sum(row["state"] == "failed" for row in rows)
    return Expired(released=len(rows) - failed, failed=failed)


async def count_expired(db: Database) -> int:
    """How many running jobs have outlived their lease."""
    row = await db.fetch_one("SELECT count(*) AS n FROM job WHERE state = 'running' AND lease_until < now()")
    return int(row["n"]) if row else 0


async def has_due(db: Database, *, kind: str, model_ids: Sequence[int] | None = None) -> bool:
    """Whether a job of this kind, of one of these models or of any, waits for a worker now."""
    whose = (
        QueryString("true") if model_ids is None else QueryString("model = ANY({}::int[])", list(model_ids))
    )
    row = await db.fetch_one(
        """
        SELECT EXISTS (
            SELECT FROM job WHERE state = 'pending' AND kind = {} AND run_after <= now() AND {}
        ) AS due
        """,
        kind,
        whose,
    )
    return bool(row and row["due"])


async def list_jobs(db: Database, viewer: Viewer, *, state: str, limit: int = 100) -> tuple[AssetJob, ...]:
    """The viewer's jobs in this state, the last changed first; what lies in the trash needs no mending."""
    rows = await db.fetch(
        """
        SELECT j.asset, a.filename, j.kind, m.name AS model, j.state, j.attempts, j.error_code, j.error_text
        FROM job j JOIN asset a ON a.id = j.asset LEFT JOIN model m ON m.id = j.model
        WHERE j.state = {} AND {} AND a.state <> 'purging' AND (j.state <> 'failed' OR a.state = 'active')
        ORDER BY j.changed_at DESC, j.id DESC LIMIT {}
        """,
        state,
        owned_by(viewer),
        max(1, min(limit, _LIST_LIMIT)),
    )
    return tuple(
        AssetJob(
            asset_id=row["asset"],
            filename=row["filename"],
            kind=row["kind"],
            model=row["model"],
            state=row["state"],
            attempts=row["attempts"],
            error_code=row["error_code"],
            error_text=row["error_text"],
        )
        for row in rows
    )


async def retry(db: Database, viewer: Viewer, *, asset_ids: Sequence[UUID] | None = None) -> int:
    """How many failed jobs of the viewer's assets (all of them by default) wait again, with all tries ahead."""
    chosen = (
        QueryString("true") if asset_ids is None else QueryString("a.id = ANY({}::uuid[])", list(asset_ids))
    )
    rows = await db.fetch(
        """
        UPDATE job SET state = 'pending', attempts = 0, error_code = NULL, error_text = NULL, run_after = now(),
            changed_at = now()
        FROM asset a
        WHERE a.id = job.asset AND job.state = 'failed' AND {} AND {} RETURNING job.id
        """,
        owned_by(viewer),
        chosen,
    )
    return len(rows)


async def retry_asset(db: Database, asset_id: UUID) -> int:
    """How many failed jobs of an asset wait again, whosever it is: what made them fail has been put right."""
    rows = await db.fetch(
        """
        UPDATE job SET state = 'pending', attempts = 0, error_code = NULL, error_text = NULL, run_after = now(),
            changed_at = now()
        WHERE asset = {} AND state = 'failed' RETURNING id
        """,
        asset_id,
    )
    return len(rows)


async def count_jobs(db: Database, viewer: Viewer | None = None) -> JobCounts:
    """How many jobs are in each state: everybody's, or the viewer's that search waits for.

    Sets that are filled in the background are no viewer's business; what failed and lies in the trash is nobody's.
    """
    whose = QueryString("true")
    if viewer is not None:
        awaited = QueryString("(j.model IS NULL OR j.model IN (SELECT model FROM active_model))")
        whose = QueryString("{} AND {}", owned_by(viewer), awaited)
    rows = await db.fetch(
        "SELECT j.state, count(*) AS n FROM job j JOIN asset a ON a.id = j.asset"
        " WHERE {} AND (j.state <> 'failed' OR a.state = 'active') GROUP BY j.state",
        whose,
    )
    by_state = {row["state"]: int(row["n"]) for row in rows}
    return JobCounts(
        pending=by_state.get("pending", 0),
        running=by_state.get("running", 0),
        done=by_state.get("done", 0),
        failed=by_state.get("failed", 0),
    )
