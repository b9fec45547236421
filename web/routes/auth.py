"""Signing in and out, and proving once more who one is."""

from typing import Any

from starlette.responses import Response

from appliance import __version__
from appliance.db import accounts
from appliance.db.people import used_bytes
from appliance.errors import (
    Busy,
    Conflict,
    Forbidden,
    PasswordLoginOff,
    TooManyAttempts,
    Unauthenticated,
    WrongCredentials,
)
from appliance.library import sessions
from appliance.library.accounts import tidy_name
from appliance.library.invites import signup_state
from appliance.library.open_login import is_password_login_open, require_password_login
from appliance.library.setup import set_up
from appliance.library.sign_in import check_credentials
from appliance.records.accounts import User
from web.auth.bearer import sign_token
from web.auth.cookies import clear_session, session_token, set_session
from web.auth.oidc.logout import rp_logout_url
from web.auth.policy import Permission, require_browser
from web.auth.signed_in import agent_of, place_of, sign_in
from web.operation import Call, Operation
from web.schemas.accounts import (
    AuthState,
    BearerToken,
    Confirmation,
    Credentials,
    Me,
    Provider,
    SetupRequest,
    SignedOut,
)


async def auth_state(call: Call[None, None]) -> AuthState:
    """What a page has to know first."""
    settings, db = call.context.settings, call.appliance.db
    provider = Provider(button_text=settings.oidc_button_text, auto_launch=settings.oidc_auto_launch)
    return AuthState(
        setup_needed=not await accounts.any_account(db),
        signed_in=call.caller is not None,
        version=__version__,
        password_login=await is_password_login_open(db, settings),
        signup=await signup_state(db, settings),
        oidc=provider if settings.oidc_enabled else None,
        admin_sees_all=settings.admin_sees_all,
    )


async def setup(call: Call[None, SetupRequest]) -> Response:
    """Make the first account and sign it in."""
    user = await set_up(
        call.context.settings,
        call.appliance.db,
        passwords=call.context.passwords,
        token=call.body.token,
        name=call.body.username,
        password=call.body.password,
        ip=call.ip,
    )
    return await signed_in_answer(call, user, status=201)


async def login(call: Call[None, Credentials]) -> Response:
    """Sign in."""
    return await signed_in_answer(call, await _check(call), status=200)


async def logout(call: Call[None, None]) -> Response:
    """End this browser's session; whoever is not signed in is signed out already."""
    settings = call.context.settings
    token = session_token(call.request, settings)
    origin = await sessions.end_session(call.appliance.db, token) if token else None
    onward = await rp_logout_url(call.context, origin)
    response = Response(status_code=204)
    if onward is not None:
        body = SignedOut(redirect=onward).model_dump_json()
        response = Response(body, 200, media_type="application/json")
    clear_session(response, settings)
    return response


async def token(call: Call[None, Credentials]) -> BearerToken:
    """A bearer token, bound to a session row that can be ended."""
    user = await _check(call)
    settings = call.context.settings
    session = await sessions.start_token_session(
        call.appliance.db, settings, user, ip=call.ip, user_agent=agent_of(call.request)
    )
    call.note.credential = str(session.id)[:8]
    signed = sign_token(
        settings,
        call.context.jwt_secret,
        user_id=user.id,
        session_id=session.id,
        expires_at=session.expires_at,
    )
    return BearerToken(access_token=signed, expires_in=int(settings.jwt_expiry_hours * 3600))


async def confirm(call: Call[None, Confirmation]) -> Response:
    """Prove once more who one is; the session gets a new token."""
    await require_password_login(call.appliance.db, call.context.settings)
    await check_own_password(call, call.body.password)
    return await renewed(call)


async def check_own_password(call: Call[None, Any], password: str) -> None:
    """Nothing, when this is the caller's password; tries are counted as at signing in.

    Raises:
        WrongCredentials: it is not, or there is none.
        TooManyAttempts: too many failures.
    """
    name = call.viewer.name
    await check_credentials(
        call.appliance.db,
        passwords=call.context.passwords,
        name=name,
        password=password,
        place=place_of(call.request, call.context, name),
    )


async def renewed(call: Call[None, Any], *, grace: bool = True) -> Response:
    """The answer that gives the caller's session, in which they have just proved who they are, its new token.

    Raises:
        Forbidden: the caller is no browser.
        Unauthenticated: the session ended meanwhile.
    """
    if call.caller is None:
        raise Unauthenticated
    new = await sessions.rotate(call.appliance.db, require_browser(call.caller), grace=grace)
    if new is None:
        raise Unauthenticated
    response = Response(status_code=204)
    set_session(response, call.context.settings, new)
    return response


async def _check(call: Call[None, Credentials]) -> User:
    await require_password_login(call.appliance.db, call.context.settings)
    try:
        user = await check_credentials(
            call.appliance.db,
            passwords=call.context.passwords,
            name=call.body.username,
            password=call.body.password,
            place=place_of(call.request, call.context, call.body.username),
        )
    except WrongCredentials as error:
        await _note_failure(call, error)
        raise
    call.note.object, call.note.actor = user.name, user.id
    return user


async def _note_failure(call: Call[None, Credentials], error: WrongCredentials) -> None:
    """Say in the audit log what the answer does not; a name that nobody has may be a password, and is left out."""
    found = await accounts.find_by_name(call.appliance.db, tidy_name(call.body.username))
    if found is None:
        error.reason = "unknown_name"
        return
    call.note.object = found[0].name
    if found[0].disabled_at is not None:
        error.reason = "disabled"


async def signed_in_answer(call: Call[None, Any], user: User, *, status: int) -> Response:
    """The answer that signs this person in, in the browser that asks."""
    call.note.actor = user.id
    body = Me.of(
        user,
        used_bytes=await used_bytes(call.appliance.db, user.id),
        admin_sees_all=call.context.settings.admin_sees_all,
    )
    response = Response(body.model_dump_json(), status, media_type="application/json")
    session = await sign_in(call.request, call.context, user, response)
    call.note.credential = str(session.id)[:8]
    return response


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/auth/state",
        handler=auth_state,
        summary="Whether setup is needed, whether you are signed in, and how to",
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
            " wait; other addresses, and browsers in which the account signed in before, don't."
        ),
        permission=Permission.PUBLIC,
        audit="auth.login",
        body=Credentials,
        responses={200: Me},
        errors=(WrongCredentials, PasswordLoginOff, TooManyAttempts, Busy),
    ),
    Operation(
        method="POST",
        path="/api/auth/confirm",
        handler=confirm,
        summary="Prove once more who you are",
        tag="sign-in",
        description=(
            "What would hand an account to somebody else (making keys, a first password, deleting an account,"
            " identities) can be done for 15 minutes after signing in or this. The session gets a new token."
        ),
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="auth.confirm",
        body=Confirmation,
        responses={204: None},
        errors=(WrongCredentials, PasswordLoginOff, TooManyAttempts, Busy),
    ),
    Operation(
        method="POST",
        path="/api/auth/logout",
        handler=logout,
        summary="Sign out",
        tag="sign-in",
        description=(
            "Ends the session on the server and takes the cookie back. Where the sign-in came from the identity"
            " provider, the answer may say where to sign out there."
        ),
        permission=Permission.RECOGNISED,
        audit="auth.logout",
        responses={204: None, 200: SignedOut},
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
        errors=(WrongCredentials, PasswordLoginOff, TooManyAttempts, Busy),
    ),
)
