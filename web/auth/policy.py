"""Who may do what: permissions by role, and scopes by which a key is narrowed further."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from appliance.clock import now
from appliance.errors import Forbidden, Reauthenticate, Unauthenticated
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


#: How long after somebody proved who they are they may do what would hand the account to somebody else.
RECENT = timedelta(minutes=15)


def require(
    caller: Caller | None,
    permission: Permission,
    *,
    scope: Scope | None,
    keys: bool,
    recent: bool = False,
) -> None:
    """Nothing, when this caller may.

    ``keys`` says whether an API key may at all; ``recent`` asks for what :func:`require_recent` does.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: the role, or the key's scopes, do not suffice.
        Reauthenticate: the person has to prove once more who they are.
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
    if recent:
        require_recent(caller)


def require_recent(caller: Caller) -> None:
    """Nothing, when the person proved in this browser within :data:`RECENT` who they are.

    Raises:
        Reauthenticate: that was longer ago, or the caller has a token or a key, which prove nothing of the kind.
    """
    if caller.authenticated_at is None:
        raise Reauthenticate("This can only be done in a browser in which you have just signed in.")
    if now() - caller.authenticated_at > RECENT:
        raise Reauthenticate


def require_browser(caller: Caller) -> UUID:
    """The id of the caller's browser session.

    Raises:
        Forbidden: the caller has a token or a key.
    """
    if caller.via != "session":
        raise Forbidden("This can only be done in a browser.")
    return UUID(caller.credential)
