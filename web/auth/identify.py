"""Who is asking: a browser by its session cookie, a script by ``Authorization: Bearer`` with a JWT or an API key."""

from starlette.requests import Request

from appliance.db import sessions
from appliance.errors import Unauthenticated, UsageError
from appliance.library.accounts import sha256, viewer_of
from appliance.library.keys import find_key
from appliance.library.sessions import find_session, rotate_if_asked
from appliance.records.accounts import Scope, User, Viewer
from web.auth.bearer import read_token
from web.auth.cookies import session_token
from web.state import Caller, Context


def bearer_of(request: Request) -> str | None:
    """What follows ``Authorization: Bearer``. Other schemes are not ours: a proxy may use Basic for itself."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


async def identify(request: Request, context: Context, *, remembered: bool = False) -> Caller | None:
    """The caller, or None when there is no credential, or only a cookie that is no longer good.

    With ``remembered`` it may be who showed the same credential moments ago, if nobody's rights have changed since.

    Raises:
        Unauthenticated: a bearer credential that is not valid.
        UsageError: both a cookie and a bearer credential; they could be two people.
    """
    bearer = bearer_of(request)
    token = session_token(request, context.settings)
    if bearer is not None and token:
        raise UsageError("Send either the session cookie or Authorization: Bearer, not both.")
    if not remembered:
        return await _look_up(context, bearer, token)
    shown = ("bearer", sha256(bearer)) if bearer is not None else ("cookie", sha256(token or ""))
    caller = context.callers.find(shown)
    if caller is None:
        ticket = context.access.ticket()
        caller = await _look_up(context, bearer, token)
        if caller is not None and caller.new_token is None:
            context.callers.keep(ticket, shown, caller, seconds=caller.seconds_left)
    return caller


async def identify_again(request: Request, context: Context) -> Caller | None:
    """The caller of a request that was answered long ago and still goes on; this counts as no use of the credential.

    None when the credential is no longer good.
    """
    try:
        return await _look_up(
            context, bearer_of(request), session_token(request, context.settings), touch=False
        )
    except Unauthenticated:
        return None


async def _look_up(
    context: Context, bearer: str | None, token: str | None, *, touch: bool = True
) -> Caller | None:
    if bearer is None:
        return await _by_cookie(context, token, touch=touch) if token else None
    if bearer.startswith("ss_"):
        return await _by_key(context, bearer, touch=touch)
    return await _by_token(context, bearer, touch=touch)


def _viewer(context: Context, user: User, scopes: frozenset[Scope] | None = None) -> Viewer:
    return viewer_of(user, scopes, admin_sees_all=context.settings.admin_sees_all)


async def _by_cookie(context: Context, token: str, *, touch: bool) -> Caller | None:
    found = await find_session(context.appliance.db, context.settings, token, touch=touch)
    if found is None:
        return None
    session, user = found
    return Caller(
        _viewer(context, user),
        "session",
        str(session.id),
        authenticated_at=session.authenticated_at,
        seconds_left=session.seconds_left,
        new_token=await rotate_if_asked(context.appliance.db, session) if touch else None,
    )


async def _by_key(context: Context, text: str, *, touch: bool) -> Caller:
    found = await find_key(context.appliance.db, text, touch=touch)
    if found is None:
        raise Unauthenticated("The API key is not valid, or has expired.")
    key, user = found
    return Caller(_viewer(context, user, key.scopes), "key", key.id, seconds_left=key.seconds_left)


async def _by_token(context: Context, text: str, *, touch: bool) -> Caller:
    user_id, session_id = read_token(context.settings, context.jwt_secret, text)
    found = await sessions.find_by_id(context.appliance.db, session_id, touch=touch)
    if found is None or found[1].id != user_id:
        raise Unauthenticated("The token is not valid, or has expired.")
    session, user = found
    # The token says when it ends in whole seconds, which is up to one before its session does.
    left = session.seconds_left - 1
    return Caller(_viewer(context, user), "token", str(session.id), seconds_left=left)
