"""Health: is the process alive, and can it serve."""

from appliance.errors import Unavailable
from appliance.library.readiness import Part
from web.auth.hosts import is_loopback
from web.auth.policy import Permission
from web.operation import Answer, Call, Operation
from web.schemas.health import Live, PartState, Ready
from web.state import Context

#: For how long the listener may be away before that is told, seconds: it comes back by itself within a few.
DEAF_SECONDS = 10.0

_DEAF = (
    "What the database notifies does not arrive, so who may see what is looked up each time; "
    "DATABASE_URL has to lead to PostgreSQL itself, or to a pooler that pools sessions."
)


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
        detail = error.message if is_loopback(call.ip) else ""
        return [PartState(name="database", ready=False, needed=True, detail=detail)]
    parts = (*await call.context.readiness.look(appliance), _listener(call.context))
    # Reasons name folders and addresses; who is not on this machine is told which part it is and no more.
    is_here = is_loopback(call.ip)
    return [
        PartState(name=part.name, ready=part.ready, needed=part.needed, detail=part.detail if is_here else "")
        for part in parts
    ]


def _listener(context: Context) -> Part:
    is_deaf = context.access.deaf_seconds >= DEAF_SECONDS
    return Part("listener", ready=not is_deaf, needed=False, detail=_DEAF if is_deaf else "")


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
            " model nothing can be searched for, and without the queue new pictures wait for the next sweep. Reasons"
            " are told on the machine itself only."
        ),
        permission=Permission.PUBLIC,
        responses={200: Ready, 503: Ready},
    ),
)
