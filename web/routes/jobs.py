"""Background work on one's own assets: what failed and why, and another try."""

from appliance.db import jobs
from appliance.jobs import Actor
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.assets import Job, JobQuery, Retried, Retry


async def list_jobs(call: Call[JobQuery, None]) -> list[Job]:
    """One's own jobs in a state, the last changed first."""
    found = await jobs.list_jobs(
        call.appliance.db, call.viewer, state=call.query.state, limit=call.query.limit
    )
    return [Job.of(job) for job in found]


async def retry_jobs(call: Call[None, Retry]) -> Retried:
    """Try failed jobs again."""
    retried = await jobs.retry(call.appliance.db, call.viewer, asset_ids=call.body.asset_ids)
    if retried:
        await call.appliance.queue.try_wake(Actor.EMBED)
    return Retried(retried=retried)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/jobs",
        handler=list_jobs,
        summary="Background work on your assets",
        tag="jobs",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=JobQuery,
        responses={200: list[Job]},
    ),
    Operation(
        method="POST",
        path="/api/jobs/retry",
        handler=retry_jobs,
        summary="Try failed work again",
        tag="jobs",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="job.retry",
        body=Retry,
        responses={200: Retried},
    ),
)
