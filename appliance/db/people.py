"""Accounts as whoever runs the appliance sees and changes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.accounts import ACCOUNT_COLUMNS, user_from
from appliance.db.engine import Database, Row
from appliance.records.accounts import Role
from appliance.records.organise import UNSET
from appliance.records.people import Person, PersonChanges

#: Advisory lock under which it changes who administers. Any number, as long as every release uses the same one.
_ADMINS_LOCK = 7203563

# An administrator who could sign in now: has a password, or an account at an identity provider.
_ADMINISTERS = """
    a.role = 'admin' AND a.disabled_at IS NULL AND a.deleted_at IS NULL
    AND (a.password_hash IS NOT NULL OR EXISTS (SELECT FROM identity i WHERE i.account = a.id))
"""

_PERSON = f"""
    SELECT {ACCOUNT_COLUMNS}, coalesce(held.bytes, 0)::bigint AS used_bytes, coalesce(held.assets, 0) AS assets,
        greatest(
            (SELECT max(s.last_seen_at) FROM session s WHERE s.account = a.id),
            (SELECT max(k.last_used_at) FROM api_key k WHERE k.account = a.id)
        ) AS last_seen_at,
        (SELECT count(*) FROM identity i WHERE i.account = a.id) AS identities
    FROM account a LEFT JOIN (
        SELECT x.owner, sum(x.bytes) AS bytes, count(*) AS assets FROM asset x GROUP BY x.owner
    ) held ON held.owner = a.id
    WHERE a.deleted_at IS NULL
"""  # noqa: S608 (names of columns only)


def _person_from(row: Row) -> Person:
    return Person(
        user=user_from(row),
        used_bytes=row["used_bytes"],
        assets=row["assets"],
        last_seen_at=row["last_seen_at"],
        identities=row["identities"],
    )


async def list_people(db: Database) -> tuple[Person, ...]:
    """All accounts, at most 1,000, in the order of their names."""
    rows = await db.fetch(_PERSON + " ORDER BY lower(a.name), a.id LIMIT 1000")
    return tuple(_person_from(row) for row in rows)


async def find_person(db: Database, user_id: UUID) -> Person | None:
    """The account of this id."""
    row = await db.fetch_one(_PERSON + " AND a.id = {}", user_id)
    return _person_from(row) if row else None


async def used_bytes(db: Database, user_id: UUID) -> int:
    """Bytes of an account's originals that are not purged, the trash included."""
    row = await db.fetch_one(
        "SELECT coalesce(sum(bytes), 0)::bigint AS bytes FROM asset WHERE owner = {}", user_id
    )
    return int(row["bytes"]) if row else 0


@asynccontextmanager
async def admins_held(db: Database) -> AsyncIterator[None]:
    """A transaction during which nobody else changes who administers, or deletes an account."""
    async with db.transaction():
        await db.fetch("SELECT pg_advisory_xact_lock({})", _ADMINS_LOCK)
        yield


async def is_last_admin(db: Database, user_id: UUID) -> bool:
    """Whether this is an administrator who can sign in, and nobody else is. Means something under the lock."""
    row = await db.fetch_one(
        f"SELECT count(*) FILTER (WHERE a.id = {{}}) = 1 AND count(*) = 1 AS last "  # noqa: S608
        f"FROM account a WHERE {_ADMINISTERS}",
        user_id,
    )
    return bool(row and row["last"])


async def change_person(db: Database, user_id: UUID, changes: PersonChanges) -> None:
    """Write what is not ``UNSET``. Sessions are not done here."""
    columns = {
        "role": changes.role.value if isinstance(changes.role, Role) else UNSET,
        "quota_bytes": changes.quota_bytes,
        "email": changes.email,
        "email_verified": changes.email_verified,
        "pinned": changes.pinned,
    }
    assignments = [
        QueryString(f"{name} = {{}}", value) for name, value in columns.items() if value is not UNSET
    ]
    if changes.disabled is not UNSET:
        assignments.append(
            QueryString("disabled_at = CASE WHEN {} THEN coalesce(disabled_at, now()) END", changes.disabled)
        )
    if assignments:
        joined = QueryString(", ".join("{}" for _ in assignments), *assignments)
        await db.fetch("UPDATE account SET {} WHERE id = {}", joined, user_id)


async def rotate_sessions(db: Database, user_id: UUID) -> None:
    """Let each browser of an account get a new token at its next request, as what it may do has changed."""
    await db.fetch(
        "UPDATE session SET rotate = TRUE WHERE account = {} AND kind = 'browser' AND revoked_at IS NULL",
        user_id,
    )


async def withdraw_invites(db: Database, user_id: UUID) -> None:
    """End the invitations of somebody who administers no more."""
    await db.fetch("DELETE FROM invite WHERE created_by = {} AND used_at IS NULL", user_id)
