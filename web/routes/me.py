"""One's own account: who one is, where one is signed in, and one's API keys."""

from uuid import UUID

from starlette.responses import Response

from appliance.db import keys, sessions
from appliance.errors import NotFound
from appliance.library import accounts
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.accounts import KeyBody, KeyRequest, Me, NewKey, SessionBody


async def get_me(call: Call[None, None]) -> Me:
    """Who is asking."""
    return Me.of(call.viewer)


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


async def list_keys(call: Call[None, None]) -> list[KeyBody]:
    """One's keys that work."""
    return [KeyBody.of(key) for key in await keys.list_alive(call.appliance.db, call.viewer.user_id)]


async def create_key(call: Call[None, KeyRequest]) -> NewKey:
    """Make a key; its text is in this answer and never again."""
    key, text = await accounts.create_key(
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
    await accounts.revoke_key(call.appliance.db, call.text("id"), user_id=call.viewer.user_id)
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
        description="The key is in this answer and nowhere else afterwards. A key can't make keys.",
        permission=Permission.SIGNED_IN,
        keys=False,
        audit="key.create",
        body=KeyRequest,
        responses={201: NewKey},
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
