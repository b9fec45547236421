"""API keys: the public id and a hash of the secret; the secret itself is shown once and not kept."""

from dataclasses import replace
from uuid import UUID

from appliance.db.accounts import ACCOUNT_COLUMNS, user_from
from appliance.db.engine import Database, Row
from appliance.records.accounts import ApiKey, Scope, User

_COLUMNS = "k.id, k.account, k.name, k.scopes, k.created_at, k.expires_at, k.last_used_at"


def _key_from(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        user_id=row["account"],
        name=row["name"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
    )


async def insert(
    db: Database,
    *,
    key_id: str,
    user_id: UUID,
    name: str,
    secret_sha256: bytes,
    scopes: frozenset[Scope],
    lifetime_days: float,
) -> ApiKey:
    """A new key."""
    rows = await db.fetch(
        "INSERT INTO api_key AS k (id, account, name, secret_sha256, scopes, expires_at) "
        "VALUES ({}, {}, {}, {}, {}, now() + make_interval(secs => {})) RETURNING " + _COLUMNS,
        key_id,
        user_id,
        name,
        secret_sha256,
        sorted(scope.value for scope in scopes),
        lifetime_days * 86400.0,
    )
    return _key_from(rows[0])


async def find_alive(db: Database, key_id: str) -> tuple[ApiKey, bytes, User] | None:
    """The living key of this id, the SHA-256 of its secret, and whose it is."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS}, k.secret_sha256, {ACCOUNT_COLUMNS}, "  # noqa: S608
        "extract(epoch FROM k.expires_at - clock_timestamp())::float8 AS seconds_left "
        "FROM api_key k JOIN account a ON a.id = k.account "
        "WHERE k.id = {} AND k.revoked_at IS NULL AND k.expires_at > now() AND a.disabled_at IS NULL "
        "AND a.deleted_at IS NULL",
        key_id,
    )
    if row is None:
        return None
    key = replace(_key_from(row), seconds_left=row["seconds_left"])
    return key, row["secret_sha256"], user_from(row)


async def find_named(db: Database, key_id: str) -> tuple[UUID, str] | None:
    """Whose key has this id, and why it may have failed to work; None if there never was one."""
    row = await db.fetch_one(
        """
        SELECT k.account, CASE
            WHEN k.revoked_at IS NOT NULL THEN 'revoked'
            WHEN k.expires_at <= now() THEN 'expired'
            WHEN a.disabled_at IS NOT NULL OR a.deleted_at IS NOT NULL THEN 'disabled'
            ELSE 'wrong_secret' END AS reason
        FROM api_key k JOIN account a ON a.id = k.account WHERE k.id = {}
        """,
        key_id,
    )
    return None if row is None else (row["account"], row["reason"])


async def mark_used(db: Database, key_id: str) -> None:
    """Remember that the key was used now; once a minute at most."""
    await db.fetch(
        "UPDATE api_key SET last_used_at = now() "
        "WHERE id = {} AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
        key_id,
    )


async def list_alive(db: Database, user_id: UUID) -> tuple[ApiKey, ...]:
    """The account's keys that work, at most 200, the newest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM api_key k WHERE k.account = {{}} AND k.revoked_at IS NULL "  # noqa: S608
        "AND k.expires_at > now() ORDER BY k.created_at DESC, k.id LIMIT 200",
        user_id,
    )
    return tuple(_key_from(row) for row in rows)


async def revoke(db: Database, key_id: str, *, user_id: UUID) -> bool:
    """Whether the account had such a key; it no longer works."""
    rows = await db.fetch(
        "UPDATE api_key SET revoked_at = now() "
        "WHERE id = {} AND account = {} AND revoked_at IS NULL AND expires_at > now() RETURNING id",
        key_id,
        user_id,
    )
    return bool(rows)


async def revoke_all(db: Database, user_id: UUID) -> int:
    """How many keys of the account ended just now: all it had."""
    rows = await db.fetch(
        "UPDATE api_key SET revoked_at = now() "
        "WHERE account = {} AND revoked_at IS NULL AND expires_at > now() RETURNING id",
        user_id,
    )
    return len(rows)
