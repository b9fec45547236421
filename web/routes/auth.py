"""Signing in and out."""

from typing import Any

from starlette.responses import Response

from appliance import __version__
from appliance.db.accounts import any_account
from appliance.errors import Busy, Conflict, Forbidden, TooManyAttempts, WrongCredentials
from appliance.library import accounts
from appliance.records.accounts import User
from web.auth.bearer import sign_token
from web.auth.cookies import clear_session, session_token, set_session
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.accounts import AuthState, BearerToken, Credentials, Me, SetupRequest


async def auth_state(call: Call[None, None]) -> AuthState:
    """What a page has to know first."""
    return AuthState(
        setup_needed=not await any_account(call.appliance.db),
        signed_in=call.caller is not None,
        version=__version__,
    )


async def setup(call: Call[None, SetupRequest]) -> Response:
    """Make the first account and sign it in."""
    user = await accounts.set_up(
        call.context.settings,
        call.appliance.db,
        passwords=call.context.passwords,
        attempts=call.context.attempts,
        token=call.body.token,
        name=call.body.username,
        password=call.body.password,
        ip=call.ip,
    )
    return await _signed_in(call, user, status=201)


async def login(call: Call[None, Credentials]) -> Response:
    """Sign in."""
    return await _signed_in(call, await _check(call), status=200)


async def logout(call: Call[None, None]) -> Response:
    """End this browser's session; whoever is not signed in is signed out already."""
    settings = call.context.settings
    token = session_token(call.request, settings)
    if token:
        await accounts.end_session(call.appliance.db, token)
    response = Response(status_code=204)
    clear_session(response, settings)
    return response


async def token(call: Call[None, Credentials]) -> BearerToken:
    """A bearer token, bound to a session row that can be ended."""
    user = await _check(call)
    settings = call.context.settings
    session = await accounts.start_token_session(
        call.appliance.db, settings, user, ip=call.ip, user_agent=_agent(call)
    )
    signed = sign_token(
        settings,
        call.context.jwt_secret,
        user_id=user.id,
        session_id=session.id,
        expires_at=session.expires_at,
    )
    return BearerToken(access_token=signed, expires_in=int(settings.jwt_expiry_hours * 3600))


async def _check(call: Call[None, Credentials]) -> User:
    call.note.object = call.body.username
    user = await accounts.check_credentials(
        call.appliance.db,
        passwords=call.context.passwords,
        attempts=call.context.attempts,
        name=call.body.username,
        password=call.body.password,
        ip=call.ip,
    )
    call.note.actor = user.id
    return user


async def _signed_in(call: Call[None, Any], user: User, *, status: int) -> Response:
    settings, db = call.context.settings, call.appliance.db
    call.note.actor = user.id
    former = session_token(call.request, settings)
    if former:
        # Whatever the browser came with ends here: a planted session is never signed in.
        await accounts.end_session(db, former)
    _, new = await accounts.start_session(db, settings, user, ip=call.ip, user_agent=_agent(call))
    body = Me.of(accounts.viewer_of(user))
    response = Response(body.model_dump_json(), status, media_type="application/json")
    set_session(response, settings, new)
    return response


def _agent(call: Call[None, Any]) -> str:
    return call.request.headers.get("user-agent", "")


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/auth/state",
        handler=auth_state,
        summary="Whether setup is needed, and whether you are signed in",
        tag="sign-in",
        permission=Permission.RECOGNISED,
        responses={200: AuthState},
    ),
    Operation(
        method="POST",
        path="/api/auth/setup",
        handler=setup,
        summary="Make the first account",
        tag="sign-in",
        description=(
            "Works once, with the token of the link that the first start prints. Sets the session cookie."
        ),
        permission=Permission.PUBLIC,
        audit="auth.setup",
        body=SetupRequest,
        responses={201: Me},
        errors=(Conflict, Forbidden, TooManyAttempts, Busy),
    ),
    Operation(
        method="POST",
        path="/api/auth/login",
        handler=login,
        summary="Sign in",
        tag="sign-in",
        description=(
            "Sets the session cookie. After five failures for an account from one address, further tries have to"
            " wait; other addresses don't."
        ),
        permission=Permission.PUBLIC,
        audit="auth.login",
        body=Credentials,
        responses={200: Me},
        errors=(WrongCredentials, TooManyAttempts, Busy),
    ),
    Operation(
        method="POST",
        path="/api/auth/logout",
        handler=logout,
        summary="Sign out",
        tag="sign-in",
        description="Ends the session on the server and takes the cookie back.",
        permission=Permission.RECOGNISED,
        audit="auth.logout",
        responses={204: None},
    ),
    Operation(
        method="POST",
        path="/api/auth/token",
        handler=token,
        summary="Get a bearer token for scripts",
        tag="sign-in",
        description="For `Authorization: Bearer`. It is listed among your sessions and can be ended there.",
        permission=Permission.PUBLIC,
        audit="auth.token",
        body=Credentials,
        responses={200: BearerToken},
        errors=(WrongCredentials, TooManyAttempts, Busy),
    ),
)
