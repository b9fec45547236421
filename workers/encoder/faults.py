"""What this server refuses, and how it says so: ``{"detail": …, "code": …}`` with a status."""

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from appliance.errors import Busy, RejectedFile, SceneSenseError, Unavailable, UsageError

log = logging.getLogger(__name__)


class Malformed(UsageError):
    """The request is not one of this protocol."""

    code = "malformed"


class NoSuchModel(SceneSenseError):
    """This server does not have the model."""

    code = "no_such_model"


class OtherModel(SceneSenseError):
    """The model of this name has other files here than the caller expects."""

    code = "other_model"


class TooLarge(SceneSenseError):
    """The request is larger than this server takes."""

    code = "too_large"


class TooSlow(SceneSenseError):
    """The request did not arrive in time."""

    code = "too_slow"


class ClientGone(Exception):
    """Whoever asked does not wait for the answer any more."""


#: The first class that fits decides.
_STATUSES: tuple[tuple[type[SceneSenseError], int], ...] = (
    (NoSuchModel, 404),
    (OtherModel, 409),
    (TooLarge, 413),
    (TooSlow, 408),
    (UsageError, 422),
    (RejectedFile, 422),
    (Busy, 503),
    (Unavailable, 503),
)


def refusal(error: SceneSenseError) -> JSONResponse:
    """The answer that says what is wrong."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    headers = {}
    if status == 503:
        headers["Retry-After"] = f"{error.retry_after_seconds or 1:.0f}"
    return JSONResponse({"detail": error.message, "code": error.code}, status, headers)


Handler = Callable[[Request], Awaitable[Response]]


def told(handler: Handler) -> Handler:
    """The handler, whose errors become answers."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except SceneSenseError as error:
            answer = refusal(error)
            if answer.status_code >= 500:
                log.warning("%s: %s", request.url.path, error.message)
            return answer
        except ClientGone:
            return Response(status_code=499)  # nobody reads it
        except Exception:
            log.exception("%s failed", request.url.path)
            return JSONResponse({"detail": "Something went wrong here.", "code": "error"}, 500)

    return handle
