"""How the appliance is, for the people who use it."""

import asyncio

from appliance import __version__
from appliance.clip.encoder import Encoder
from appliance.db.assets import count_assets
from appliance.db.jobs import count_jobs
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.status import JobCounts, ModelInfo, Status, VolumeStatus


async def get_status(call: Call[None, None]) -> Status:
    """The volume, the model, and one's own numbers."""
    appliance = call.appliance
    volume = await asyncio.to_thread(appliance.volume.status)
    jobs = await count_jobs(appliance.db, call.viewer)
    return Status(
        version=__version__,
        volume=VolumeStatus(state=volume.state, free_bytes=volume.free_bytes, total_bytes=volume.total_bytes),
        model=_model(appliance.encoder),
        jobs=JobCounts(pending=jobs.pending, running=jobs.running, failed=jobs.failed),
        assets=await count_assets(appliance.db, call.viewer),
    )


def _model(encoder: Encoder | None) -> ModelInfo | None:
    if encoder is None:
        return None
    card = encoder.card
    return ModelInfo(
        name=card.name,
        title=card.title,
        description=card.description,
        languages=list(card.languages),
        dimension=card.dimension,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/status",
        handler=get_status,
        summary="How the appliance is",
        tag="status",
        permission=Permission.SIGNED_IN,
        responses={200: Status},
    ),
)
