"""Who is asking, and by what right."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


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


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    id: UUID
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person on whose behalf something is read or done; every query about assets takes one."""

    user_id: UUID
    name: str
    role: Role
    scopes: frozenset[Scope]


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
