"""Health: is the process alive, and can it serve."""

import asyncio
from collections.abc import Awaitable

from appliance.errors import ModelUnavailable, SceneSenseError, Unavailable
from appliance.library.appliance import Appliance
from web.auth.policy import Permission
from web.operation import Answer, Call, Operation
from web.schemas.health import Live, PartState, Ready

#: A part that does not answer within this time counts as missing, seconds.
_PATIENCE_SECONDS = 3.0


async def live(call: Call[None, None]) -> Live:
    """The process answers; nothing else is looked at."""
    return Live(status="ok")


async def ready(call: Call[None, None]) -> Answer:
    """What is there and what is missing; without the database the server is not ready."""
    parts = await _parts(call)
    missing = [part.name for part in parts if not part.ready]
    is_ready = all(part.ready for part in parts if part.needed)
    return Answer(Ready(ready=is_ready, missing=missing, parts=parts), 200 if is_ready else 503)


async def _parts(call: Call[None, None]) -> list[PartState]:
    try:
        appliance = call.appliance
    except Unavailable as error:
        return [PartState(name="database", ready=False, needed=True, detail=error.message)]
    return [
        await _part("database", _database(appliance), needed=True),
        await _part("queue", appliance.queue.check(), needed=False),
        await _part("volume", asyncio.to_thread(appliance.volume.check), needed=False),
        await _part("model", _model(appliance), needed=False),
    ]


async def _part(name: str, check: Awaitable[None], *, needed: bool) -> PartState:
    try:
        await asyncio.wait_for(check, _PATIENCE_SECONDS)
    except TimeoutError:
        return PartState(name=name, ready=False, needed=needed, detail="It does not answer in time.")
    except SceneSenseError as error:
        return PartState(name=name, ready=False, needed=needed, detail=error.message)
    return PartState(name=name, ready=True, needed=needed, detail="")


async def _database(appliance: Appliance) -> None:
    await appliance.db.fetch("SELECT 1 AS one")


async def _model(appliance: Appliance) -> None:
    if appliance.encoder is None:
        raise ModelUnavailable


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/health/live",
        handler=live,
        summary="Whether the process answers",
        tag="health",
        permission=Permission.PUBLIC,
        responses={200: Live},
    ),
    Operation(
        method="GET",
        path="/api/health/ready",
        handler=ready,
        summary="Whether requests can be served, and what is missing",
        tag="health",
        description=(
            "Not ready without the database. Without the volume nothing can be added or opened in full, without the"
            " model nothing can be searched for, and without the queue new pictures wait for the next sweep."
        ),
        permission=Permission.PUBLIC,
        responses={200: Ready, 503: Ready},
    ),
)
