"""What accounts are: their names, and what a role lets them do."""

import hashlib
import unicodedata

from appliance.errors import Forbidden, UsageError
from appliance.records.accounts import Role, Scope, Sight, User, Viewer

SCOPES_OF_ROLE = {
    Role.ADMIN: frozenset(Scope),
    Role.MEMBER: frozenset({Scope.SEARCH_READ, Scope.ASSET_READ, Scope.ASSET_WRITE}),
    Role.VIEWER: frozenset({Scope.SEARCH_READ, Scope.ASSET_READ}),
}


def viewer_of(user: User, scopes: frozenset[Scope] | None = None, *, admin_sees_all: bool = False) -> Viewer:
    """The person as a viewer: with all that the role allows, or what ``scopes`` leave of it."""
    allowed = SCOPES_OF_ROLE[user.role]
    sight = Sight.SHARED if user.in_shares else Sight.OWN
    if admin_sees_all and user.role is Role.ADMIN:
        sight = Sight.ALL
    allowed = allowed if scopes is None else allowed & scopes
    return Viewer(user.id, user.name, user.role, allowed, sight, user.quota_bytes, user.in_albums, user.rules)


def check_may_write(viewer: Viewer) -> None:
    """Nothing, where somebody may change what is theirs.

    Raises:
        Forbidden: they may only look.
    """
    if Scope.ASSET_WRITE not in viewer.scopes:
        raise Forbidden(f"The account {viewer.name} may only look.")


def check_name(name: str) -> str:
    """The user name as it is kept: one form of each letter, no blanks around it.

    Raises:
        UsageError: empty, longer than 64 characters, or with signs that can't be seen.
    """
    tidy = tidy_name(name)
    if not 1 <= len(tidy) <= 64 or not tidy.isprintable():
        raise UsageError("The user name must have 1 to 64 visible characters.")
    return tidy


def tidy_name(name: str) -> str:
    """The name in one form of each letter and without blanks around it, whether or not it can be one."""
    return unicodedata.normalize("NFC", name).strip()


def folded(name: str) -> str:
    """What names have in common that the database takes for the same: upper and lower case are."""
    # The database's lower() makes of a dotted capital I a plain i; casefold() would keep the dot.
    return tidy_name(name).replace("\u0130", "i").casefold()


def sha256(secret: str) -> bytes:
    """What is kept of a secret of 256 random bits; a slow hash is for passwords alone."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
