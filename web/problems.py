"""Which error is which HTTP status, and how a refusal is written: the one place where errors become answers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.responses import Response

from appliance import errors
from web.schemas.problems import Problem, ProblemPart

PROBLEM_TYPE = "application/problem+json"

TUS_VERSION = "1.0.0"

#: The status that tus gives bytes which arrived damaged; no other standard knows it.
CHECKSUM_MISMATCH = 460


class Malformed(errors.UsageError):
    """The request has parameters or fields that are unknown or out of bounds."""

    def __init__(self, parts: Sequence[ProblemPart]) -> None:
        self.parts = tuple(parts)
        super().__init__("; ".join(f"{part.where}: {part.message}" for part in parts))


class NoSuchMethod(errors.SceneSenseError):
    """This address does not take this method."""

    code = "method_not_allowed"


class BodyTooLarge(errors.SceneSenseError):
    """The request body is larger than this operation takes."""

    code = "body_too_large"


class WrongContentType(errors.SceneSenseError):
    """The request body is not of the content type that this operation takes."""

    code = "wrong_content_type"


class TooSlow(errors.SceneSenseError):
    """The request body did not arrive in time."""

    code = "too_slow"


class WrongTusVersion(errors.SceneSenseError):
    """Uploads in pieces are tus 1.0.0; the request needs the header `Tus-Resumable: 1.0.0`."""

    code = "tus_version"


class UnknownHost(errors.SceneSenseError):
    """The Host header names a machine that this server does not answer for; see TRUSTED_HOSTS."""

    code = "unknown_host"


class CrossSite(errors.Forbidden):
    """The request comes from another site, or its origin can't be told."""

    code = "cross_site"


class InternalError(errors.SceneSenseError):
    """Something went wrong here; the server's log has the details under this request id."""

    code = "internal_error"


#: A class without a row takes the status of its nearest base class.
STATUSES: Mapping[type[errors.SceneSenseError], int] = {
    errors.SceneSenseError: 500,
    errors.SettingsError: 500,
    errors.UsageError: 400,
    errors.NotFound: 404,
    errors.UploadGone: 410,
    errors.Conflict: 409,
    errors.UploadLocked: 423,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.TooManyAttempts: 429,
    errors.TooManyStreams: 429,
    errors.RejectedFile: 422,
    errors.FileTooLarge: 413,
    errors.QuotaExceeded: 507,
    errors.UnsupportedFile: 415,
    errors.HashMismatch: CHECKSUM_MISMATCH,
    errors.ChecksumMismatch: CHECKSUM_MISMATCH,
    errors.Unavailable: 503,
    errors.DiskFull: 507,
    errors.TooManyEdits: 429,
    errors.TooManyUploads: 429,
    NoSuchMethod: 405,
    BodyTooLarge: 413,
    WrongContentType: 415,
    TooSlow: 408,
    UnknownHost: 400,
    WrongTusVersion: 412,
}

#: What an error's answer says in its headers besides.
_HEADERS: Mapping[type[errors.SceneSenseError], Mapping[str, str]] = {
    WrongTusVersion: {"Tus-Version": TUS_VERSION}
}


def status_of(error: type[errors.SceneSenseError]) -> int:
    """The HTTP status of an error class."""
    return next(STATUSES[base] for base in error.__mro__ if base in STATUSES)


def phrase_of(status: int) -> str:
    """What a status is called."""
    return "Checksum Mismatch" if status == CHECKSUM_MISMATCH else HTTPStatus(status).phrase


def problem_response(
    error: errors.SceneSenseError, *, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that tells a client about this error."""
    status = status_of(type(error))
    parts = list(error.parts) if isinstance(error, Malformed) else None
    problem = Problem(
        title=phrase_of(status),
        status=status,
        code=error.code,
        detail=InternalError().message if status == 500 else error.message,
        request_id=request_id,
        errors=parts,
    )
    extra = {**_HEADERS.get(type(error), {}), **(headers or {})}
    if error.retry_after_seconds is not None:
        extra["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
    if status == 401:
        # Not "Basic": no browser may open its own password box.
        extra["WWW-Authenticate"] = 'Bearer realm="scene-sense"'
    return Response(
        problem.model_dump_json(exclude_none=True), status, headers=extra, media_type=PROBLEM_TYPE
    )
