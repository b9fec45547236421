"""Other people's accounts, for whoever runs the appliance."""

from starlette.responses import Response

from appliance.db import people, sessions
from appliance.errors import Conflict, NotFound, UsageError, VolumeUnavailable
from appliance.library.administrators import administering
from appliance.library.leaving import delete_person
from appliance.library.people import add_person, change_person, get_person
from appliance.records.accounts import Role, Scope
from appliance.records.people import PersonChanges
from web.auth.policy import Permission, require_recent
from web.operation import Call, Operation
from web.schemas.accounts import SessionBody
from web.schemas.users import Deletion, DeletionQuery, NewUser, UserBody, UserChanges


async def list_users(call: Call[None, None]) -> list[UserBody]:
    """Everybody with an account."""
    return [UserBody.of(person) for person in await people.list_people(call.appliance.db)]


async def get_user(call: Call[None, None]) -> UserBody:
    """One account."""
    return UserBody.of(await get_person(call.appliance.db, call.uuid()))


async def add_user(call: Call[None, NewUser]) -> UserBody:
    """Make an account for somebody."""
    person = await add_person(
        call.appliance.db,
        actor=call.viewer.user_id,
        passwords=call.context.passwords,
        name=call.body.username,
        role=call.body.role,
        password=call.body.password,
        email=call.body.email,
        quota_bytes=call.body.quota_bytes,
    )
    call.note.object = f"{person.user.id} role={person.user.role}"
    return UserBody.of(person)


async def change_user(call: Call[None, UserChanges]) -> UserBody:
    """Change an account's role, quota or address; disable or enable it."""
    given = call.body.model_dump(include=call.body.model_fields_set)
    if not given:
        raise UsageError("Say what is to be changed.")
    if (call.body.role is Role.ADMIN or "email" in given) and call.caller is not None:
        # Whoever makes an administrator could do by that one's hand all that asks for a proof; and an address, once
        # it is verified, decides whose account at a provider signs in to this one.
        require_recent(call.caller)
    # The address is personal and stays out of the log.
    said = [f"{name}={value}" for name, value in given.items() if name != "email"]
    call.note.object = " ".join([str(call.uuid()), *said])
    changes = PersonChanges(**given)
    return UserBody.of(
        await change_person(call.appliance.db, call.uuid(), changes, actor=call.viewer.user_id)
    )


async def delete_user(call: Call[DeletionQuery, None]) -> Deletion:
    """Delete an account; its assets become somebody else's, or go to the trash."""
    call.note.object = f"{call.uuid()} assets={call.query.assets}"
    if call.query.to is not None:
        call.note.object += f" to={call.query.to}"
    left = await delete_person(
        call.appliance.db,
        call.appliance.store,
        call.uuid(),
        fate=call.query.assets,
        receiver_id=call.query.to,
        trash_days=call.appliance.settings.trash_days,
        actor=call.viewer.user_id,
    )
    return Deletion.of(left)


async def list_user_sessions(call: Call[None, None]) -> list[SessionBody]:
    """Where somebody is signed in."""
    await get_person(call.appliance.db, call.uuid())
    found = await sessions.list_alive(
        call.appliance.db, call.uuid(), idle_seconds=call.context.settings.session_idle_hours * 3600
    )
    current = call.caller.credential if call.caller else ""
    return [SessionBody.of(session, current=current) for session in found]


async def end_user_sessions(call: Call[None, None]) -> Response:
    """End all of somebody's sessions and bearer tokens."""
    async with administering(call.appliance.db, call.viewer.user_id):
        await get_person(call.appliance.db, call.uuid())
        await sessions.revoke_all(call.appliance.db, call.uuid())
    return Response(status_code=204)


async def end_user_session(call: Call[None, None]) -> Response:
    """End one of somebody's sessions."""
    async with administering(call.appliance.db, call.viewer.user_id):
        if not await sessions.revoke(call.appliance.db, call.uuid("session"), user_id=call.uuid()):
            raise NotFound("There is no such session.")
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/admin/users",
        handler=list_users,
        summary="All accounts",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: list[UserBody]},
    ),
    Operation(
        method="POST",
        path="/api/admin/users",
        handler=add_user,
        summary="Make an account",
        tag="people",
        permission=Permission.ADMINISTER,
        keys=False,
        recent=True,
        audit="user.add",
        body=NewUser,
        responses={201: UserBody},
        errors=(Conflict,),
    ),
    Operation(
        method="GET",
        path="/api/admin/users/{id:uuid}",
        handler=get_user,
        summary="An account",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: UserBody},
        errors=(NotFound,),
    ),
    Operation(
        method="PATCH",
        path="/api/admin/users/{id:uuid}",
        handler=change_user,
        summary="Change, disable or enable an account",
        tag="people",
        description=(
            "The last administrator who can sign in stays one, and a pinned account is only demoted or disabled on"
            " the server itself. The role of an administrator and another address can only be given within 15 minutes"
            " of signing in or confirming."
        ),
        permission=Permission.ADMINISTER,
        keys=False,
        audit="user.change",
        body=UserChanges,
        responses={200: UserBody},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="DELETE",
        path="/api/admin/users/{id:uuid}",
        handler=delete_user,
        summary="Delete an account",
        tag="people",
        description=(
            "With `transfer` all is the receiver's: folders below a new one called `From NAME`, tags by their names."
            " Of a file that both have, the receiver's own gets the longer of the two lives. Lists have the pictures"
            " at once; of very many, searches find the last ones some minutes later."
        ),
        permission=Permission.ADMINISTER,
        keys=False,
        recent=True,
        audit="user.delete",
        query=DeletionQuery,
        responses={200: Deletion},
        errors=(NotFound, Conflict, VolumeUnavailable),
    ),
    Operation(
        method="GET",
        path="/api/admin/users/{id:uuid}/sessions",
        handler=list_user_sessions,
        summary="Where somebody is signed in",
        tag="people",
        permission=Permission.ADMINISTER,
        keys=False,
        responses={200: list[SessionBody]},
        errors=(NotFound,),
    ),
    Operation(
        method="DELETE",
        path="/api/admin/users/{id:uuid}/sessions",
        handler=end_user_sessions,
        summary="End all of somebody's sessions",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="user.session.end",
        responses={204: None},
        errors=(NotFound,),
    ),
    Operation(
        method="DELETE",
        path="/api/admin/users/{id:uuid}/sessions/{session:uuid}",
        handler=end_user_session,
        summary="End one of somebody's sessions",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="user.session.end",
        responses={204: None},
        errors=(NotFound,),
    ),
)
