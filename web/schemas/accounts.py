"""Bodies of signing in and of one's own account."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from appliance.records.accounts import ApiKey, Role, Scope, Session, Viewer
from web.schemas.base import Schema


class AuthState(Schema):
    """What a page has to know before anybody has signed in."""

    setup_needed: bool = Field(description="Whether there is no account yet.")
    signed_in: bool = Field(description="Whether this request's credential is good.")
    version: str = Field(description="The server's release.")


class SetupRequest(Schema):
    """The first account."""

    token: str = Field(max_length=200, description="From the link that the first start prints.")
    username: str = Field(max_length=200, description="1 to 64 visible characters.")
    password: str = Field(max_length=2000, description="At least 8 characters, at most 1,024 bytes.")


class Credentials(Schema):
    """A user name and its password."""

    username: str = Field(max_length=200)
    password: str = Field(max_length=2000)


class Me(Schema):
    """Who is signed in."""

    id: UUID
    name: str
    role: Role

    @classmethod
    def of(cls, viewer: Viewer) -> "Me":
        """The body for this person."""
        return cls(id=viewer.user_id, name=viewer.name, role=viewer.role)


class BearerToken(Schema):
    """A token for `Authorization: Bearer`."""

    access_token: str
    token_type: str = Field("bearer", description="Always `bearer`.")
    expires_in: int = Field(description="Seconds.")


class SessionBody(Schema):
    """One sign-in."""

    id: UUID
    kind: str = Field(description="`browser`, or `token` for a bearer token.")
    current: bool = Field(description="Whether this request came by it.")
    created_at: datetime
    last_seen_at: datetime = Field(description="To the minute.")
    expires_at: datetime
    ip: str
    user_agent: str

    @classmethod
    def of(cls, session: Session, *, current: str) -> "SessionBody":
        """The body of a session; ``current`` is the id of the one that asks."""
        return cls(
            id=session.id,
            kind=session.kind,
            current=str(session.id) == current,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.expires_at,
            ip=session.ip,
            user_agent=session.user_agent,
        )


class KeyRequest(Schema):
    """A new API key."""

    name: str = Field(max_length=200, description="What it is for; 1 to 100 characters.")
    scopes: list[Scope] = Field(
        min_length=1, max_length=10, description="What it may do, at most what you may."
    )
    expires_days: float = Field(365, gt=0, le=3660, description="How long it works, days.")


class KeyBody(Schema):
    """An API key, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")

    @classmethod
    def of(cls, key: ApiKey) -> "KeyBody":
        """The body of a key."""
        return cls(
            id=key.id,
            name=key.name,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


class NewKey(Schema):
    """A key that was just made."""

    id: str
    name: str
    scopes: list[Scope]
    expires_at: datetime
    key: str = Field(description="The key itself, shown this once.")
