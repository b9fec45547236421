"""One's own account: who one is, where one is signed in, and one's API keys."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from appliance.db import accounts, keys, sessions
from appliance.db.people import used_bytes
from appliance.errors import (
    Busy,
    NotFound,
    Reauthenticate,
    TooManyAttempts,
    Unauthenticated,
    WrongCredentials,
)
from appliance.library.keys import create_key as make_key
from appliance.library.keys import revoke_key as end_key
from appliance.library.sign_in import change_password as give_password
from appliance.records.accounts import User
from web.auth.policy import Permission, require_browser, require_recent
from web.operation import Call, Operation
from web.routes.auth import check_own_password, renewed
from web.schemas.accounts import (
    EndedSessions,
    KeyBody,
    KeyRequest,
    Me,
    NewKey,
    PasswordChange,
    SessionBody,
)


async def _own_account(call: Call[None, Any]) -> User:
    user = await accounts.find(call.appliance.db, call.viewer.user_id)
    if user is None:
        raise Unauthenticated
    return user


async def get_me(call: Call[None, None]) -> Me:
    """Who is asking."""
    return Me.of(
        await _own_account(call),
        used_bytes=await used_bytes(call.appliance.db, call.viewer.user_id),
        admin_sees_all=call.context.settings.admin_sees_all,
    )


async def change_password(call: Call[None, PasswordChange]) -> Response:
    """Take another password, or the first one."""
    if call.caller is None:
        raise Unauthenticated
    session_id = require_browser(call.caller)
    user = await _own_account(call)
    if user.has_password:
        await check_own_password(call, call.body.current_password or "")
    else:
        require_recent(call.caller)
    await give_password(
        call.appliance.db,
        user,
        passwords=call.context.passwords,
        new=call.body.new_password,
        session_id=session_id,
        end_keys=call.body.end_keys,
    )
    # A copy of the cookie may be why there is another password.
    return await renewed(call, grace=False)


async def list_sessions(call: Call[None, None]) -> list[SessionBody]:
    """Where one is signed in."""
    found = await sessions.list_alive(
        call.appliance.db,
        call.viewer.user_id,
        idle_seconds=call.context.settings.session_idle_hours * 3600,
    )
    current = call.caller.credential if call.caller else ""
    return [SessionBody.of(session, current=current) for session in found]


async def end_session(call: Call[None, None]) -> Response:
    """End one of one's own sessions."""
    session_id: UUID = call.uuid()
    if not await sessions.revoke(call.appliance.db, session_id, user_id=call.viewer.user_id):
        raise NotFound("There is no such session.")
    return Response(status_code=204)


async def end_other_sessions(call: Call[None, None]) -> EndedSessions:
    """End all of one's sessions but this one."""
    current = UUID(call.caller.credential) if call.caller else None
    return EndedSessions(ended=await sessions.revoke_all(call.appliance.db, call.viewer.user_id, but=current))


async def list_keys(call: Call[None, None]) -> list[KeyBody]:
    """One's keys that work."""
    return [KeyBody.of(key) for key in await keys.list_alive(call.appliance.db, call.viewer.user_id)]


async def create_key(call: Call[None, KeyRequest]) -> NewKey:
    """Make a key; its text is in this answer and never again."""
    key, text = await make_key(
        call.appliance.db,
        user_id=call.viewer.user_id,
        role=call.viewer.role,
        name=call.body.name,
        scopes=frozenset(call.body.scopes),
        expires_days=call.body.expires_days,
    )
    call.note.object = key.id
    return NewKey(id=key.id, name=key.name, scopes=sorted(key.scopes), expires_at=key.expires_at, key=text)


async def revoke_key(call: Call[None, None]) -> Response:
    """End one of one's own keys."""
    await end_key(call.appliance.db, call.text("id"), user_id=call.viewer.user_id)
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/me",
        handler=get_me,
        summary="Who you are",
        tag="account",
        permission=Permission.SIGNED_IN,
        responses={200: Me},
    ),
    Operation(
        method="POST",
        path="/api/me/password",
        handler=change_password,
        summary="Change your password",
        tag="account",
        description=(
            "Ends all your other sessions, bearer tokens too, and gives this one a new token. An account without"
            " a password gets its first one within 15 minutes of signing in."
        ),
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="password.change",
        body=PasswordChange,
        responses={204: None},
        errors=(WrongCredentials, Reauthenticate, TooManyAttempts, Busy),
    ),
    Operation(
        method="GET",
        path="/api/me/sessions",
        handler=list_sessions,
        summary="Where you are signed in",
        tag="account",
        permission=Permission.SIGNED_IN,
        keys=False,
        responses={200: list[SessionBody]},
    ),
    Operation(
        method="DELETE",
        path="/api/me/sessions",
        handler=end_other_sessions,
        summary="End all your other sessions",
        tag="account",
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="session.end_others",
        responses={200: EndedSessions},
    ),
    Operation(
        method="DELETE",
        path="/api/me/sessions/{id:uuid}",
        handler=end_session,
        summary="End a session",
        tag="account",
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="session.end",
        responses={204: None},
        errors=(NotFound,),
    ),
    Operation(
        method="GET",
        path="/api/me/keys",
        handler=list_keys,
        summary="Your API keys",
        tag="account",
        permission=Permission.SIGNED_IN,
        keys=False,
        responses={200: list[KeyBody]},
    ),
    Operation(
        method="POST",
        path="/api/me/keys",
        handler=create_key,
        summary="Make an API key",
        tag="account",
        description=(
            "The key is in this answer and nowhere else afterwards. Neither a key nor a bearer token can make keys,"
            " and a browser only within 15 minutes of signing in or confirming."
        ),
        permission=Permission.SIGNED_IN,
        keys=False,
        recent=True,
        audit="key.create",
        body=KeyRequest,
        responses={201: NewKey},
        errors=(Reauthenticate,),
    ),
    Operation(
        method="DELETE",
        path="/api/me/keys/{id}",
        handler=revoke_key,
        summary="Revoke an API key",
        tag="account",
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="key.revoke",
        responses={204: None},
        errors=(NotFound,),
    ),
)
