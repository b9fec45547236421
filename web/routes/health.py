"""Health: is the process alive, and can it serve."""

from appliance.errors import Unavailable
from web.auth.policy import Permission
from web.operation import Answer, Call, Operation
from web.schemas.health import Live, PartState, Ready


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
    parts = await call.context.readiness.look(appliance)
    return [PartState.model_validate(part, from_attributes=True) for part in parts]


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
