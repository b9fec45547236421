"""Bodies of signing in and of one's own account."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from appliance.records.accounts import ApiKey, Invite, Role, Scope, Session, User
from web.schemas.base import Schema


class Provider(Schema):
    """The home's identity provider, as far as the page has to know it."""

    button_text: str
    auto_launch: bool = Field(description="Whether the page goes there by itself; `?local=1` keeps it here.")


class AuthState(Schema):
    """What a page has to know before anybody has signed in."""

    setup_needed: bool = Field(description="Whether there is no account yet.")
    signed_in: bool = Field(description="Whether this request's credential is good.")
    version: str = Field(description="The server's release.")
    password_login: bool = Field(description="Whether people sign in with passwords.")
    signup: Literal["off", "invite", "open"] = Field(description="Who may make an account.")
    oidc: Provider | None = Field(description="The identity provider, where one is set up.")
    admin_sees_all: bool = Field(description="Whether administrators see everybody's pictures.")


class SetupRequest(Schema):
    """The first account."""

    token: str = Field(max_length=200, description="From the link that the first start prints.")
    username: str = Field(max_length=200, description="1 to 64 visible characters.")
    password: str = Field(max_length=2000, description="At least 8 characters, at most 1,024 bytes.")


class Credentials(Schema):
    """A user name and its password."""

    username: str = Field(max_length=200)
    password: str = Field(max_length=2000)


class SignupRequest(Schema):
    """An account that somebody makes for themselves."""

    username: str = Field(max_length=200, description="1 to 64 visible characters.")
    password: str = Field(max_length=2000, description="At least 8 characters, at most 1,024 bytes.")
    invite: str | None = Field(None, max_length=200, description="From the link of an invitation.")


class InviteToken(Schema):
    """What the link of an invitation has behind its `#invite=`."""

    invite: str = Field(max_length=200)


class InviteState(Schema):
    """An invitation that is still good."""

    role: Role
    name: str = Field(description="For whom it is, in the words of whoever made it.")
    expires_at: datetime

    @classmethod
    def of(cls, invite: Invite) -> "InviteState":
        """The body of an invitation."""
        return cls(role=invite.role, name=invite.name, expires_at=invite.expires_at)


class InviteRequest(Schema):
    """A new invitation."""

    role: Role = Field(Role.MEMBER, description="What whoever uses it becomes.")
    name: str = Field("", max_length=200, description="For whom it is; at most 100 characters.")
    expires_hours: float = Field(72, gt=0, le=720, description="How long it is good, hours.")


class InviteBody(Schema):
    """An invitation, without its link."""

    id: UUID
    role: Role
    name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @classmethod
    def of(cls, invite: Invite) -> "InviteBody":
        """The body of an invitation."""
        return cls(
            id=invite.id,
            role=invite.role,
            name=invite.name,
            created_at=invite.created_at,
            expires_at=invite.expires_at,
            used_at=invite.used_at,
        )


class NewInvite(Schema):
    """An invitation that was just made."""

    id: UUID
    role: Role
    name: str
    expires_at: datetime
    link: str = Field(
        description="Works once, and is shown this once; without `PUBLIC_URL` it begins with the path."
    )


class Confirmation(Schema):
    """Proof that it is still the same person."""

    password: str = Field(max_length=2000)


class PasswordChange(Schema):
    """A new password."""

    current_password: str | None = Field(
        None, max_length=2000, description="Needed unless the account has none yet."
    )
    new_password: str = Field(max_length=2000, description="At least 8 characters, at most 1,024 bytes.")
    end_keys: bool = Field(False, description="Whether API keys end as well.")


class EndedSessions(Schema):
    """What ending sessions came to."""

    ended: int = Field(description="How many ended.")


class SignedOut(Schema):
    """Where to sign out as well."""

    redirect: str = Field(description="The identity provider's address that ends the session there.")


class Me(Schema):
    """Who is signed in."""

    id: UUID
    name: str
    role: Role
    email: str | None
    has_password: bool = Field(description="Whether one can sign in with a password.")
    quota_bytes: int | None = Field(
        description="Most bytes of originals, the trash included; null: no limit."
    )
    used_bytes: int = Field(description="Bytes of one's originals, the trash included.")
    pinned: bool = Field(description="Whether nothing but the command line changes the role.")
    admin_sees_all: bool = Field(description="Whether administrators see everybody's pictures.")

    @classmethod
    def of(cls, user: User, *, used_bytes: int, admin_sees_all: bool) -> "Me":
        """The body for this person."""
        return cls(
            id=user.id,
            name=user.name,
            role=user.role,
            email=user.email,
            has_password=user.has_password,
            quota_bytes=user.quota_bytes,
            used_bytes=used_bytes,
            pinned=user.pinned,
            admin_sees_all=admin_sees_all,
        )


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
    issuer: str | None = Field(description="The identity provider that the sign-in came from, if it did.")

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
            issuer=session.issuer,
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
