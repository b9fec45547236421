"""Accounts, how they sign in, and what they did."""

from uuid import uuid4

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Bytea,
    ForeignKey,
    OnDelete,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class User(Table, tablename="account"):
    """A person. The password is an argon2id hash, or null for accounts that only sign in elsewhere."""

    id = UUID(primary_key=True, default=uuid4)
    name = Text(null=False, unique=True)
    password_hash = Text(null=True, default=None, secret=True)
    role = Text(null=False, default="member")
    quota_bytes = BigInt(null=True, default=None)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    disabled_at = Timestamptz(null=True, default=None)


class Identity(Table):
    """An account at an identity provider: (issuer, sub) names one person for good."""

    id = UUID(primary_key=True, default=uuid4)
    account = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    issuer = Text(null=False)
    sub = Text(null=False)
    created_at = Timestamptz(null=False, default=TimestamptzNow())


class Session(Table):
    """A sign-in; the token itself is kept only as its SHA-256."""

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
    """A one-time link that makes one account."""

    id = UUID(primary_key=True, default=uuid4)
    token_sha256 = Bytea(null=False, unique=True)
    role = Text(null=False, default="member")
    created_by = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    expires_at = Timestamptz(null=False)
    used_at = Timestamptz(null=True, default=None)


class Audit(Table):
    """What happened, in order; rows are only ever added, and leave by retention."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(null=False, default=TimestamptzNow(), index=True)
    actor = UUID(null=True, default=None)
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
