"""How the appliance is, for the people who use it."""

import asyncio
from typing import Literal

from appliance import __version__
from appliance.clip.encoder import Encoder
from appliance.db.assets import count_assets
from appliance.db.jobs import count_jobs
from appliance.library import presence
from appliance.library.checks.volume import LOW_FLOORS
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.status import JobCounts, ModelInfo, Status, VolumeStatus, WorkerStatus


async def get_status(call: Call[None, None]) -> Status:
    """The volume, the model, and one's own numbers."""
    appliance = call.appliance
    volume = await asyncio.to_thread(appliance.volume.status)
    jobs = await count_jobs(appliance.db, call.viewer)
    seen = await presence.look(appliance.db, up_seconds=call.context.examination.up_seconds)
    return Status(
        version=__version__,
        volume=VolumeStatus(
            state=volume.state,
            writable=volume.writable,
            room=_room(volume.free_bytes, appliance.settings.free_space_floor_bytes),
            free_bytes=volume.free_bytes,
            total_bytes=volume.total_bytes,
        ),
        model=_model(appliance.encoder),
        model_absence=None if appliance.encoder else appliance.models.absence,
        worker=WorkerStatus(state=seen.presence),
        jobs=JobCounts(pending=jobs.pending, running=jobs.running, failed=jobs.failed),
        assets=await count_assets(appliance.db, call.viewer),
    )


def _room(free: int, floor: int) -> Literal["enough", "low", "none"]:
    if free < floor:
        return "none"
    return "low" if free < LOW_FLOORS * floor else "enough"


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
