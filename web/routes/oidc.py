"""Signing in through the home's identity provider, and being signed out by it."""

from typing import Any
from urllib.parse import parse_qs

from starlette.responses import Response

from appliance.errors import (
    NotFound,
    ProviderUnavailable,
    SignInRefused,
    TooManyAttempts,
    UsageError,
)
from appliance.records.accounts import Scope
from appliance.records.doctor import Level
from appliance.records.sign_in import Reason
from web.auth.oidc import browser
from web.auth.oidc.flow import Reply, Visit, finish, start
from web.auth.oidc.logout import end_by_token
from web.auth.oidc.pace import Pace
from web.auth.oidc.provider import Provider, provider_of
from web.auth.oidc.walk import walk
from web.auth.policy import Permission
from web.inputs import body_stream
from web.operation import Call, Operation
from web.problems import BodyTooLarge, NoSuchMethod, WrongContentType
from web.schemas.oidc import CallbackQuery, CheckStep, LogoutToken, ProviderCheck, StartQuery

_FORM = "application/x-www-form-urlencoded"

#: Largest form of a logout token, bytes.
_MAX_FORM_BYTES = 128 * 1024


class _Starts(Pace):
    """Each leaves a row for some minutes."""


class _Logouts(Pace):
    """Each has a signature checked. They come from one address, the provider's."""

    def __init__(self) -> None:
        super().__init__(each=300, together=600)


class _Walks(Pace):
    """Each asks the provider some ten times."""

    def __init__(self) -> None:
        super().__init__(each=20, together=40)


def _provider(call: Call[Any, Any]) -> Provider:
    provider = provider_of(call.context)
    if provider is None:
        raise NotFound("Nobody signs in through an identity provider here; OIDC_ENABLED is off.")
    return provider


def _visit(call: Call[Any, Any]) -> Visit:
    return Visit(call.request, call.context, _provider(call), call.caller)


def _check_not_head(call: Call[Any, Any]) -> None:
    # Each of these works once; what only looks at a link must not use it up.
    if call.request.method == "HEAD":
        raise NoSuchMethod("This address takes GET.")


async def oidc_start(call: Call[StartQuery, None]) -> Response:
    """Go to the provider."""
    visit = _visit(call)
    _check_not_head(call)
    if call.query.purpose == "login" and not browser.may_begin(call.request, call.context.settings):
        # Another site may not sign anybody in, also not as who they are at the provider. Before the pace, so that it
        # uses up nobody's tries.
        return browser.to_sign_in(call.context.settings, call.query.next)
    call.context.part(_Starts, _Starts).step(call.ip)
    return await start(visit, next_path=call.query.next, purpose=call.query.purpose)


async def oidc_callback(call: Call[CallbackQuery, None]) -> Response:
    """Come back from the provider."""
    visit = _visit(call)
    _check_not_head(call)
    given = call.query
    reply = Reply(
        state=tuple(given.state),
        code=tuple(given.code),
        iss=tuple(given.iss),
        error=tuple(given.error),
        error_description=tuple(given.error_description),
    )
    return await finish(visit, reply)


async def oidc_backchannel_logout(call: Call[None, None]) -> Response:
    """End the sessions that the provider says have ended."""
    provider = _provider(call)
    call.context.part(_Logouts, _Logouts).step(call.ip)
    try:
        ended = await end_by_token(call.context, provider, await _logout_token(call))
    except SignInRefused as error:
        # The specification wants 400, whatever is wrong with it.
        refusal = UsageError(error.message)
        refusal.reason = error.reason
        raise refusal from error
    call.note.object = f"{ended.whose}: {ended.sessions} ended"
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


async def _logout_token(call: Call[None, None]) -> str:
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"", _FORM}:
        raise WrongContentType(f"A logout token comes as {_FORM}.")
    raw = bytearray()
    async for piece in body_stream(call.request, limit=_MAX_FORM_BYTES):
        raw += piece
    try:
        given = parse_qs(raw.decode("ascii"), max_num_fields=20).get("logout_token", [])
    except ValueError:
        given = []
    if len(given) != 1:
        raise SignInRefused(Reason.LOGOUT_TOKEN, "The form has no logout_token, or several.")
    return given[0]


async def check_oidc(call: Call[None, None]) -> ProviderCheck:
    """Walk the way to a sign-in without signing anybody in."""
    call.context.part(_Walks, _Walks).step(call.ip)
    found = await walk(call.context.settings)
    steps = [CheckStep.of(finding) for finding in found]
    return ProviderCheck(ok=all(step.level is not Level.FAILURE for step in steps), steps=steps)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/auth/oidc/start",
        handler=oidc_start,
        summary="Go to the home's identity provider to sign in",
        tag="sign-in",
        description=(
            "For browsers: redirects to the provider. What is in the way is told by a redirect to"
            " `/?sign_in_error=CODE`: `provider_unavailable`, `reauthenticate` or `sign_in_refused`. A sign-in is"
            " only begun from this server's own page at `PUBLIC_URL`, or the address bar; from elsewhere this leads"
            " to the sign-in page."
        ),
        permission=Permission.RECOGNISED,
        keys=False,
        query=StartQuery,
        responses={303: None},
        errors=(NotFound, TooManyAttempts, NoSuchMethod),
    ),
    Operation(
        method="GET",
        path="/api/auth/oidc/callback",
        handler=oidc_callback,
        summary="Come back from the identity provider",
        tag="sign-in",
        description=(
            "For browsers: redirects to where the sign-in was begun for, or to `/?sign_in_error=CODE`:"
            " `sign_in_refused`, `provider_unavailable`, `not_a_member`, `not_registered`, `disabled`, `setup_first`,"
            " `cancelled` or `expired`. The audit log has the reason."
        ),
        permission=Permission.RECOGNISED,
        keys=False,
        query=CallbackQuery,
        responses={303: None},
        errors=(NotFound, NoSuchMethod),
    ),
    Operation(
        method="POST",
        path="/api/auth/oidc/backchannel-logout",
        handler=oidc_backchannel_logout,
        summary="End the sessions that ended at the identity provider",
        tag="sign-in",
        description="For the provider alone: OpenID Connect Back-Channel Logout 1.0.",
        permission=Permission.PUBLIC,
        audit="auth.oidc.logout",
        form=LogoutToken,
        form_type=_FORM,
        responses={200: None},
        errors=(NotFound, TooManyAttempts, UsageError, ProviderUnavailable, BodyTooLarge),
    ),
    Operation(
        method="GET",
        path="/api/admin/oidc/check",
        handler=check_oidc,
        summary="Walk the way to a sign-in at the identity provider, and say what is wrong",
        tag="people",
        description="What `scene-sense doctor oidc` shows. Signs nobody in.",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: ProviderCheck},
        errors=(TooManyAttempts,),
    ),
)
