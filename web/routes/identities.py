"""Which accounts at the identity provider sign in to which account here."""

from starlette.responses import Response

from appliance.db import identities as rows
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library import identities
from appliance.library.administrators import administering
from appliance.records.accounts import Scope
from web.auth.oidc.provider import provider_of
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.oidc import IdentityBody, IdentityRequest


async def list_identities(call: Call[None, None]) -> list[IdentityBody]:
    """One's own identities."""
    return [IdentityBody.of(one) for one in await rows.list_of(call.appliance.db, call.viewer.user_id)]


async def remove_identity(call: Call[None, None]) -> Response:
    """Sign in with this identity no more."""
    await identities.remove(
        call.appliance.db, call.context.settings, call.uuid(), user_id=call.viewer.user_id
    )
    return Response(status_code=204)


async def list_user_identities(call: Call[None, None]) -> list[IdentityBody]:
    """Somebody's identities."""
    return [IdentityBody.of(one) for one in await rows.list_of(call.appliance.db, call.uuid())]


async def add_user_identity(call: Call[None, IdentityRequest]) -> IdentityBody:
    """Connect an identity before its person first signs in."""
    provider = provider_of(call.context)
    if provider is None:
        raise Conflict("Nobody signs in through an identity provider here; OIDC_ENABLED is off.")
    call.note.object = f"{call.uuid()} {call.body.sub}"
    async with administering(call.appliance.db, call.viewer.user_id):
        made = await identities.connect(
            call.appliance.db, call.uuid(), issuer=provider.issuer, sub=call.body.sub
        )
    return IdentityBody.of(made)


async def remove_user_identity(call: Call[None, None]) -> Response:
    """Take an identity from somebody's account."""
    async with administering(call.appliance.db, call.viewer.user_id):
        await identities.remove(
            call.appliance.db, call.context.settings, call.uuid("identity"), user_id=call.uuid()
        )
    return Response(status_code=204)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/me/identities",
        handler=list_identities,
        summary="Your accounts at the identity provider",
        tag="account",
        permission=Permission.SIGNED_IN,
        keys=False,
        responses={200: list[IdentityBody]},
    ),
    Operation(
        method="DELETE",
        path="/api/me/identities/{id:uuid}",
        handler=remove_identity,
        summary="Sign in with an identity no more",
        tag="account",
        description="Not the last way in: there has to be a password, or another identity.",
        permission=Permission.SIGNED_IN,
        keys=False,
        recent=True,
        audit="identity.remove",
        responses={204: None},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="GET",
        path="/api/admin/users/{id:uuid}/identities",
        handler=list_user_identities,
        summary="Somebody's accounts at the identity provider",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: list[IdentityBody]},
    ),
    Operation(
        method="POST",
        path="/api/admin/users/{id:uuid}/identities",
        handler=add_user_identity,
        summary="Connect somebody's identity in advance",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        keys=False,
        recent=True,
        audit="identity.connect",
        body=IdentityRequest,
        responses={201: IdentityBody},
        errors=(NotFound, Conflict, UsageError),
    ),
    Operation(
        method="DELETE",
        path="/api/admin/users/{id:uuid}/identities/{identity:uuid}",
        handler=remove_user_identity,
        summary="Take an identity from somebody's account",
        tag="people",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        keys=False,
        recent=True,
        audit="identity.remove",
        responses={204: None},
        errors=(NotFound, Conflict),
    ),
)
