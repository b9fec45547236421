"""Who may do what: permissions by role, and scopes by which a key is narrowed further."""

from collections.abc import Mapping
from enum import StrEnum

from appliance.errors import Forbidden, Unauthenticated
from appliance.records.accounts import Role, Scope
from web.state import Caller


class Permission(StrEnum):
    """What an operation asks of its caller."""

    #: Anyone; nobody asks who it is.
    PUBLIC = "public"
    #: Anyone; whoever is signed in is recognised.
    RECOGNISED = "recognised"
    #: Whoever has an account.
    SIGNED_IN = "signed-in"
    #: Whoever may add to and change their own library.
    CONTRIBUTE = "contribute"
    #: Whoever runs the appliance.
    ADMINISTER = "administer"


#: Permissions that ask for a caller, and the roles that have them.
ROLES: Mapping[Permission, frozenset[Role]] = {
    Permission.SIGNED_IN: frozenset(Role),
    Permission.CONTRIBUTE: frozenset({Role.ADMIN, Role.MEMBER}),
    Permission.ADMINISTER: frozenset({Role.ADMIN}),
}


def require(caller: Caller | None, permission: Permission, *, scope: Scope | None, keys: bool) -> None:
    """Nothing, when this caller may; ``keys`` says whether an API key may at all.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: the role, or the key's scopes, do not suffice.
    """
    if permission not in ROLES:
        return
    if caller is None:
        raise Unauthenticated
    if caller.viewer.role not in ROLES[permission]:
        raise Forbidden(f"The role {caller.viewer.role} may not do this.")
    if caller.via == "key" and not keys:
        raise Forbidden("An API key may not do this; sign in.")
    if scope is not None and scope not in caller.viewer.scopes:
        raise Forbidden(f"This needs the scope {scope}.")
