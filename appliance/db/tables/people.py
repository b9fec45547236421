"""Accounts, how they sign in, and what they did."""

from uuid import uuid4

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class User(Table, tablename="account"):
    """A person. The password is an argon2id hash, or null for accounts that only sign in elsewhere.

    ``pinned`` keeps the role from everything but the command line. An account with ``deleted_at`` is nobody's any
    more and waits for its last asset to be purged. ``keeps_searches``: whether what they look for is remembered.
    """

    id = UUID(primary_key=True, default=uuid4)
    name = Text(null=False, unique=True)
    password_hash = Text(null=True, default=None, secret=True)
    role = Text(null=False, default="member")
    quota_bytes = BigInt(null=True, default=None)
    email = Text(null=True, default=None)
    email_verified = Boolean(null=False, default=False)
    pinned = Boolean(null=False, default=False)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    disabled_at = Timestamptz(null=True, default=None)
    deleted_at = Timestamptz(null=True, default=None)
    keeps_searches = Boolean(null=False, default=True)


class Identity(Table):
    """An account at an identity provider: (issuer, sub) names one person for good."""

    id = UUID(primary_key=True, default=uuid4)
    account = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    issuer = Text(null=False)
    sub = Text(null=False)
    created_at = Timestamptz(null=False, default=TimestamptzNow())


class Session(Table):
    """A sign-in; the token itself is kept only as its SHA-256.

    ``rotate`` asks for a new token at the next request; the one before works for a moment longer. ``issuer``, ``sub``
    and ``sid`` name the session at the identity provider that it came from; ``id_token`` is encrypted.
    """

    id = UUID(primary_key=True, default=uuid4)
    account = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    token_sha256 = Bytea(null=True, default=None, unique=True)
    kind = Text(null=False, default="browser")
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    last_seen_at = Timestamptz(null=False, default=TimestamptzNow())
    expires_at = Timestamptz(null=False)
    revoked_at = Timestamptz(null=True, default=None)
    ip = Text(null=False, default="")
    user_agent = Text(null=False, default="")
    authenticated_at = Timestamptz(null=False, default=TimestamptzNow())
    rotate = Boolean(null=False, default=False)
    previous_sha256 = Bytea(null=True, default=None)
    rotated_at = Timestamptz(null=True, default=None)
    issuer = Text(null=True, default=None)
    sub = Text(null=True, default=None)
    sid = Text(null=True, default=None)
    id_token = Bytea(null=True, default=None, secret=True)


class SignInFlow(Table):
    """A sign-in that has begun at an identity provider, found by the hash of its state; it lives for minutes.

    ``browser_sha256`` ties it to the browser that began it. ``purpose`` is ``login``, ``connect`` (the account gets
    the identity) or ``confirm`` (the session is authenticated anew).
    """

    state_sha256 = Bytea(primary_key=True)
    browser_sha256 = Bytea(null=False)
    nonce = Text(null=False, secret=True)
    verifier = Text(null=False, secret=True)
    purpose = Text(null=False, default="login")
    account = ForeignKey(User, null=True, on_delete=OnDelete.cascade, index=True)
    next = Text(null=False, default="/")
    expires_at = Timestamptz(null=False, index=True)


class SpentToken(Table):
    """A token that works once and was used: the SHA-256 of its issuer and id, until it is too old anyway."""

    id = Bytea(primary_key=True)
    expires_at = Timestamptz(null=False, index=True)


class Attempt(Table):
    """Tries at signing in that failed, by account and place; the empty account counts all tries of a place."""

    id = BigSerial(primary_key=True)
    account = Text(null=False)
    place = Text(null=False)
    failures = Integer(null=False, default=0)
    last_at = Timestamptz(null=False, default=TimestamptzNow(), index=True)


class ApiKey(Table):
    """A key for scripts; ``id`` is the public part that the key itself carries."""

    id = Text(primary_key=True)
    account = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    name = Text(null=False, default="")
    secret_sha256 = Bytea(null=False)
    scopes = Array(Text(), null=False, default=list)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    expires_at = Timestamptz(null=False)
    last_used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Invite(Table):
    """A one-time link that makes one account. ``name`` is for whom, in the words of who made it."""

    id = UUID(primary_key=True, default=uuid4)
    token_sha256 = Bytea(null=False, unique=True)
    role = Text(null=False, default="member")
    created_by = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    expires_at = Timestamptz(null=False)
    used_at = Timestamptz(null=True, default=None)
    name = Text(null=False, default="")


class Audit(Table):
    """What happened, in order; rows are only ever added, and leave by retention."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(null=False, default=TimestamptzNow(), index=True)
    actor = UUID(null=True, default=None)
    session = Text(null=False, default="")
    ip = Text(null=False, default="")
    action = Text(null=False)
    object = Text(null=False, default="")
    outcome = Text(null=False, default="ok")
    reason = Text(null=False, default="")


class Setting(Table):
    """What the appliance remembers about itself between runs, by name."""

    key = Text(primary_key=True)
    value = JSONB(null=False, default="{}")
    changed_at = Timestamptz(null=False, default=TimestamptzNow())
