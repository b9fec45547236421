"""What failed of one's own, why, what helps, and what becomes of it."""

from appliance.db import rejected
from appliance.db.failures import list_failures
from appliance.errors import ClockDoubtful
from appliance.library import failures as library
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.failures import (
    Discarded,
    DiscardFailures,
    FailedAsset,
    FailureQuery,
    Failures,
    RefusedUpload,
    RetriedAssets,
    RetryFailures,
)


async def get_failures(call: Call[FailureQuery, None]) -> Failures:
    """What failed."""
    db, wanted = call.appliance.db, call.query
    assets = await list_failures(db, call.viewer, code=wanted.code, limit=wanted.limit)
    uploads = await rejected.list_rejected(db, call.viewer.user_id, limit=wanted.limit, code=wanted.code)
    return Failures(
        assets=[FailedAsset.of(each) for each in assets],
        uploads=[RefusedUpload.of(each) for each in uploads],
    )


async def retry_failures(call: Call[None, RetryFailures]) -> RetriedAssets:
    """Try failed pictures again."""
    appliance = call.appliance
    retried = await library.retry(
        appliance.db,
        call.viewer,
        queue=appliance.queue,
        code=call.body.code,
        asset_ids=call.body.assets,
    )
    call.note.object = f"{retried} assets"
    return RetriedAssets(retried=retried)


async def discard_failures(call: Call[None, DiscardFailures]) -> Discarded:
    """Let failures go."""
    trashed, forgotten = await library.discard(
        call.appliance.db,
        call.viewer,
        code=call.body.code,
        asset_ids=call.body.assets,
        upload_ids=call.body.uploads,
        trash_days=call.context.settings.trash_days,
    )
    call.note.object = f"{trashed} assets, {forgotten} uploads"
    return Discarded(trashed=trashed, forgotten=forgotten)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/failures",
        handler=get_failures,
        summary="What failed, why, and what helps",
        tag="jobs",
        description="Pictures of yours that can't be indexed, and files that were refused when they were uploaded.",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=FailureQuery,
        responses={200: Failures},
    ),
    Operation(
        method="POST",
        path="/api/failures/retry",
        handler=retry_failures,
        summary="Try failed pictures again",
        tag="jobs",
        description="What was set aside as it can't be read is tried again as well.",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.retry",
        body=RetryFailures,
        responses={200: RetriedAssets},
    ),
    Operation(
        method="POST",
        path="/api/failures/discard",
        handler=discard_failures,
        summary="Let failures go",
        tag="jobs",
        description="Pictures go to the trash, from where they can be restored; refused uploads are forgotten.",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.discard",
        body=DiscardFailures,
        responses={200: Discarded},
        errors=(ClockDoubtful,),
    ),
)
