"""Accounts: who there is, and the first one."""

import json
import logging
from uuid import UUID, uuid4

from appliance.db.engine import Database, Row
from appliance.errors import Conflict
from appliance.records.accounts import Role, User
from appliance.records.filter_json import from_json
from appliance.records.rules import AlbumRule

log = logging.getLogger(__name__)

#: Advisory lock under which the first account is made. Any number, as long as every release uses the same one.
_FIRST_ACCOUNT_LOCK = 7203561

#: An account's columns on the alias ``a``, whatever it is joined with; :func:`user_from` reads them.
ACCOUNT_COLUMNS = """
    a.id AS account_id, a.name AS account_name, a.role AS account_role, a.created_at AS account_created_at,
    a.disabled_at AS account_disabled_at, a.email AS account_email, a.email_verified AS account_email_verified,
    a.quota_bytes AS account_quota_bytes, a.pinned AS account_pinned,
    a.password_hash IS NOT NULL AS account_has_password,
    EXISTS (
        SELECT FROM share s WHERE s.subject = a.id OR (s.subject IS NULL AND s.owner <> a.id)
            OR (s.owner = a.id AND s.may = 'add')
    ) AS account_in_shares,
    EXISTS (
        SELECT FROM share s WHERE s.album IS NOT NULL AND (s.subject = a.id OR (s.subject IS NULL AND s.owner <> a.id)
            OR (s.owner = a.id AND s.may = 'add'))
    ) AS account_in_albums,
    (
        SELECT json_agg(json_build_array(b.id, b.owner, b.rule) ORDER BY b.id) FROM album b
        WHERE b.rule IS NOT NULL AND (b.owner = a.id OR EXISTS (
            SELECT FROM share s WHERE s.album = b.id AND (s.subject = a.id OR s.subject IS NULL)
        ))
    ) AS account_rules
"""


def user_from(row: Row) -> User:
    """The record of a row with :data:`ACCOUNT_COLUMNS`."""
    return User(
        id=row["account_id"],
        name=row["account_name"],
        role=Role(row["account_role"]),
        created_at=row["account_created_at"],
        disabled_at=row["account_disabled_at"],
        email=row["account_email"],
        email_verified=row["account_email_verified"],
        quota_bytes=row["account_quota_bytes"],
        pinned=row["account_pinned"],
        has_password=row["account_has_password"],
        in_shares=row["account_in_shares"],
        in_albums=row["account_in_albums"],
        rules=_rules(row["account_rules"]),
    )


def _rules(text: str | None) -> tuple[AlbumRule, ...]:
    found = []
    for album, owner, stored in json.loads(text or "[]"):
        try:
            found.append(AlbumRule(UUID(album), UUID(owner), from_json(stored), json.dumps(stored)))
        except ValueError as error:
            # Of a later release: it lets nothing through rather than keeping people out.
            log.warning("the rule of the album %s can't be read: %s", album, error)
    return tuple(found)


async def any_account(db: Database) -> bool:
    """Whether somebody has set this appliance up."""
    row = await db.fetch_one("SELECT EXISTS (SELECT FROM account) AS found")
    return bool(row and row["found"])


async def insert_first(db: Database, *, name: str, password_hash: str, role: Role) -> User | None:
    """The first account, or None when there was one already; of two at the same time one is the first."""
    async with db.transaction():
        await db.fetch("SELECT pg_advisory_xact_lock({})", _FIRST_ACCOUNT_LOCK)
        if await any_account(db):
            return None
        return await insert(db, name=name, password_hash=password_hash, role=role, pinned=True)


async def insert(
    db: Database,
    *,
    name: str,
    password_hash: str | None,
    role: Role,
    pinned: bool = False,
    email: str | None = None,
    email_verified: bool = False,
    quota_bytes: int | None = None,
) -> User:
    """A new account.

    Raises:
        Conflict: there is one of this name, upper and lower case being the same.
    """
    rows = await db.fetch(
        f"""
        INSERT INTO account AS a (id, name, password_hash, role, pinned, email, email_verified, quota_bytes)
        VALUES ({{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{}})
        ON CONFLICT DO NOTHING RETURNING {ACCOUNT_COLUMNS}
        """,  # noqa: S608
        uuid4(), name, password_hash, role.value, pinned, email, email_verified, quota_bytes,
    )  # fmt: skip
    if not rows:
        raise Conflict(f"There is an account called {name} already.")
    return user_from(rows[0])


async def find_by_name(db: Database, name: str) -> tuple[User, str | None] | None:
    """The account of this name, upper and lower case being the same, and its password hash."""
    row = await db.fetch_one(
        f"SELECT {ACCOUNT_COLUMNS}, a.password_hash FROM account a "  # noqa: S608
        "WHERE lower(a.name) = lower({}) AND a.deleted_at IS NULL",
        name,
    )
    return (user_from(row), row["password_hash"]) if row else None


async def find(db: Database, user_id: UUID) -> User | None:
    """The account of this id."""
    row = await db.fetch_one(
        f"SELECT {ACCOUNT_COLUMNS} FROM account a WHERE a.id = {{}} AND a.deleted_at IS NULL",  # noqa: S608
        user_id,
    )
    return user_from(row) if row else None


async def find_first_admin(db: Database) -> User | None:
    """The oldest account that runs the appliance; what is done on the server itself is done in its name."""
    row = await db.fetch_one(
        f"SELECT {ACCOUNT_COLUMNS} FROM account a "  # noqa: S608
        "WHERE a.role = 'admin' AND a.disabled_at IS NULL AND a.deleted_at IS NULL "
        "ORDER BY a.created_at, a.id LIMIT 1"
    )
    return user_from(row) if row else None


async def set_password_hash(db: Database, user_id: UUID, password_hash: str) -> None:
    """Replace the hash."""
    await db.fetch("UPDATE account SET password_hash = {} WHERE id = {}", password_hash, user_id)


async def renew_password_hash(db: Database, user_id: UUID, password_hash: str, *, was: str) -> bool:
    """Whether the hash was replaced by one of the same password: not where there is another password meanwhile."""
    rows = await db.fetch(
        "UPDATE account SET password_hash = {} WHERE id = {} AND password_hash = {} RETURNING id",
        password_hash,
        user_id,
        was,
    )
    return bool(rows)
