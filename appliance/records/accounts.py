"""Who is asking, and by what right."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from appliance.records.rules import AlbumRule


class Role(StrEnum):
    """What a person may do at most; scopes of a key narrow it further."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What an API key may do. A signed-in person has all scopes that the role allows."""

    SEARCH_READ = "search:read"
    ASSET_READ = "asset:read"
    ASSET_WRITE = "asset:write"
    ADMIN = "admin"


class Sight(StrEnum):
    """How far a person sees. Each is what the next one is without a part; none shows somebody else's trash."""

    #: Their own assets: nobody shares anything with them, and nobody may add to what is theirs.
    OWN = "own"
    #: Their own assets, what is in folders and albums shared with them, and what others added to theirs.
    SHARED = "shared"
    #: Everybody's, where the setting ADMIN_SEES_ALL says so.
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody with an account, as other people know them."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    id: UUID
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    #: As an identity provider or an administrator says; trusted for linking only when verified.
    email: str | None = None
    email_verified: bool = False
    #: Most bytes of originals, trash included; None: no limit.
    quota_bytes: int | None = None
    #: Whether nothing but the command line changes the role.
    pinned: bool = False
    #: Whether there is a password to sign in with.
    has_password: bool = False
    #: Whether any share could show this person something of somebody else's.
    in_shares: bool = True
    #: Whether one of them is of an album.
    in_albums: bool = True
    #: The rules of their own albums, and of those that are shared with them.
    rules: tuple[AlbumRule, ...] = ()
    #: The hash that a password was just checked with: a session begins only while it is still the account's.
    proved_by: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person on whose behalf something is read or done; every query about assets takes one."""

    user_id: UUID
    name: str
    role: Role
    scopes: frozenset[Scope]
    sight: Sight = Sight.SHARED
    #: Most bytes of originals; None: no limit.
    quota_bytes: int | None = None
    #: Whether an album could show them something of somebody else's.
    in_albums: bool = True
    #: The rules of their own albums, and of those that are shared with them. What one lets through is seen only as
    #: long as it is so in the database.
    rules: tuple[AlbumRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that is kept on the server and can be ended there."""

    id: UUID
    user_id: UUID
    kind: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str
    user_agent: str
    #: When the person last proved who they are in this session.
    authenticated_at: datetime
    #: The identity provider that the sign-in came from, or None.
    issuer: str | None = None
    #: Whether the next request shall be given a new token.
    rotate: bool = False
    #: How long a caller may be taken for its person without another look, seconds; 0 where that has to be looked up.
    seconds_left: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionOrigin:
    """The session at an identity provider that a sign-in came from."""

    issuer: str
    sub: str
    #: The provider's name for that session, where it has one.
    sid: str | None = None
    #: Encrypted; the provider wants it back when the person signs out.
    id_token: bytes | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """An account at an identity provider: (issuer, sub) is one person for good."""

    id: UUID
    user_id: UUID
    issuer: str
    sub: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Invite:
    """A link that makes one account, without its token, which is not kept."""

    id: UUID
    role: Role
    name: str
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for scripts, without its secret, which is not kept."""

    id: str
    user_id: UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    #: How long it still works, as found; 0 where that was not looked up.
    seconds_left: float = 0.0
