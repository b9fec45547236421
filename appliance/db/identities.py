"""Accounts at the identity provider, and whose they are here."""

from uuid import UUID, uuid4

from appliance.db.accounts import ACCOUNT_COLUMNS, user_from
from appliance.db.engine import Database, Row
from appliance.errors import Conflict
from appliance.records.accounts import Identity, User

_COLUMNS = "i.id, i.account, i.issuer, i.sub, i.created_at"


def _identity_from(row: Row) -> Identity:
    return Identity(
        id=row["id"],
        user_id=row["account"],
        issuer=row["issuer"],
        sub=row["sub"],
        created_at=row["created_at"],
    )


async def find_user(db: Database, issuer: str, sub: str) -> User | None:
    """Whose identity this is, disabled or not, locked against changes until the transaction ends."""
    row = await db.fetch_one(
        f"SELECT {ACCOUNT_COLUMNS} FROM identity i JOIN account a ON a.id = i.account "  # noqa: S608
        "WHERE i.issuer = {} AND i.sub = {} AND a.deleted_at IS NULL FOR UPDATE OF a",
        issuer,
        sub,
    )
    return user_from(row) if row else None


async def list_by_verified_email(db: Database, email: str, *, issuer: str) -> tuple[User, ...]:
    """At most two living accounts with this verified address that have no identity at this issuer yet."""
    rows = await db.fetch(
        f"SELECT {ACCOUNT_COLUMNS} FROM account a "  # noqa: S608
        "WHERE lower(a.email) = lower({}) AND a.email_verified AND a.deleted_at IS NULL "
        "AND NOT EXISTS (SELECT FROM identity i WHERE i.account = a.id AND i.issuer = {}) "
        "ORDER BY a.created_at LIMIT 2 FOR UPDATE OF a",
        email,
        issuer,
    )
    return tuple(user_from(row) for row in rows)


async def insert(db: Database, *, user_id: UUID, issuer: str, sub: str) -> Identity:
    """The account has this identity from now on; having it already is as good.

    Raises:
        Conflict: it is another account's.
    """
    row = await db.fetch_one(
        "INSERT INTO identity AS i (id, account, issuer, sub) VALUES ({}, {}, {}, {}) "  # noqa: S608
        "ON CONFLICT (issuer, sub) DO UPDATE SET sub = excluded.sub WHERE i.account = excluded.account "
        f"RETURNING {_COLUMNS}",
        uuid4(),
        user_id,
        issuer,
        sub,
    )
    if row is None:
        raise Conflict("This identity belongs to another account.")
    return _identity_from(row)


async def list_of(db: Database, user_id: UUID) -> tuple[Identity, ...]:
    """The account's identities, the oldest first; there are few."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM identity i WHERE i.account = {{}} ORDER BY i.created_at, i.id LIMIT 100",  # noqa: S608
        user_id,
    )
    return tuple(_identity_from(row) for row in rows)


async def delete(db: Database, identity_id: UUID, *, user_id: UUID) -> Identity | None:
    """The identity that the account has no more; None when it had none of this id."""
    row = await db.fetch_one(
        f"DELETE FROM identity AS i WHERE i.id = {{}} AND i.account = {{}} RETURNING {_COLUMNS}",  # noqa: S608
        identity_id,
        user_id,
    )
    return _identity_from(row) if row else None


async def lock_account(db: Database, user_id: UUID) -> User | None:
    """The account, locked against changes until the transaction ends."""
    row = await db.fetch_one(
        f"SELECT {ACCOUNT_COLUMNS} FROM account a "  # noqa: S608
        "WHERE a.id = {} AND a.deleted_at IS NULL FOR UPDATE OF a",
        user_id,
    )
    return user_from(row) if row else None
