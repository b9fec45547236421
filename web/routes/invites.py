"""How people come in: invitations, and the accounts that people make for themselves."""

from starlette.responses import Response

from appliance.db import invites as rows
from appliance.errors import (
    Busy,
    Conflict,
    NotFound,
    PasswordLoginOff,
    SignupClosed,
    TooManyAttempts,
)
from appliance.library import attempts, invites
from appliance.library.administrators import administering
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.routes.auth import signed_in_answer
from web.schemas.accounts import (
    InviteBody,
    InviteRequest,
    InviteState,
    InviteToken,
    Me,
    NewInvite,
    SignupRequest,
)


async def sign_up(call: Call[None, SignupRequest]) -> Response:
    """Make an account for oneself and sign it in."""
    user = await invites.sign_up(
        call.appliance.db,
        call.context.settings,
        passwords=call.context.passwords,
        name=call.body.username,
        password=call.body.password,
        invite=call.body.invite,
        place=attempts.place_of(call.ip),
    )
    # Only now: people type a password where the name belongs.
    call.note.object = user.name
    return await signed_in_answer(call, user, status=201)


async def read_invite(call: Call[None, InviteToken]) -> InviteState:
    """What an invitation is for, and whether it is still good."""
    found = await invites.find_invite(
        call.appliance.db, call.context.settings, call.body.invite, place=attempts.place_of(call.ip)
    )
    return InviteState.of(found)


async def list_invites(call: Call[None, None]) -> list[InviteBody]:
    """The invitations."""
    return [InviteBody.of(invite) for invite in await rows.list_latest(call.appliance.db)]


async def create_invite(call: Call[None, InviteRequest]) -> NewInvite:
    """Make an invitation; its link is in this answer and never again."""
    invite, link = await invites.create_invite(
        call.appliance.db,
        call.context.settings,
        created_by=call.viewer.user_id,
        role=call.body.role,
        name=call.body.name,
        expires_hours=call.body.expires_hours,
    )
    call.note.object = str(invite.id)
    return NewInvite(
        id=invite.id, role=invite.role, name=invite.name, expires_at=invite.expires_at, link=link
    )


async def revoke_invite(call: Call[None, None]) -> Response:
    """Take an invitation back."""
    async with administering(call.appliance.db, call.viewer.user_id):
        await invites.revoke_invite(call.appliance.db, call.uuid())
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/auth/signup",
        handler=sign_up,
        summary="Make an account for yourself",
        tag="sign-in",
        description="With an invitation, or without where `SIGNUP` is `open`. Sets the session cookie.",
        permission=Permission.PUBLIC,
        audit="auth.signup",
        body=SignupRequest,
        responses={201: Me},
        errors=(SignupClosed, PasswordLoginOff, Conflict, TooManyAttempts, Busy),
    ),
    Operation(
        method="POST",
        path="/api/auth/invite",
        handler=read_invite,
        summary="What an invitation is for",
        tag="sign-in",
        description="Reads only: the invitation stays as good as it was.",
        permission=Permission.PUBLIC,
        reads_only=True,
        body=InviteToken,
        responses={200: InviteState},
        errors=(SignupClosed, TooManyAttempts),
    ),
    Operation(
        method="GET",
        path="/api/admin/invites",
        handler=list_invites,
        summary="The invitations",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: list[InviteBody]},
    ),
    Operation(
        method="POST",
        path="/api/admin/invites",
        handler=create_invite,
        summary="Invite somebody",
        tag="people",
        description="The link is in this answer and nowhere else afterwards. It makes one account.",
        permission=Permission.ADMINISTER,
        recent=True,
        keys=False,
        audit="invite.create",
        body=InviteRequest,
        responses={201: NewInvite},
        errors=(Conflict,),
    ),
    Operation(
        method="DELETE",
        path="/api/admin/invites/{id:uuid}",
        handler=revoke_invite,
        summary="Take an invitation back",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="invite.revoke",
        responses={204: None},
        errors=(NotFound,),
    ),
)
