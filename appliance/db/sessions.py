"""Sign-ins, kept here so that they can be ended here: a browser's cookie and a bearer token are both a row.

A session is alive while it is not revoked, its end has not come, it was used within the idle time, and its
account is not disabled. The database's clock decides.
"""

from uuid import UUID, uuid4

from appliance.db.accounts import ACCOUNT_COLUMNS, user_from
from appliance.db.engine import Database, Row
from appliance.records.accounts import Session, User

_ALIVE = (
    "s.revoked_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL AND a.deleted_at IS NULL "
    "AND s.last_seen_at > now() - make_interval(secs => {})"
)

_COLUMNS = (
    "s.id, s.account, s.kind, s.created_at, s.last_seen_at, s.expires_at, s.ip, s.user_agent, "
    "s.authenticated_at, s.issuer"
)

#: Longest user agent that is kept, characters.
_LONGEST_AGENT = 300


def _session_from(row: Row) -> Session:
    return Session(
        id=row["id"],
        user_id=row["account"],
        kind=row["kind"],
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
        ip=row["ip"],
        user_agent=row["user_agent"],
        authenticated_at=row["authenticated_at"],
        issuer=row["issuer"],
    )


async def insert(
    db: Database,
    *,
    user_id: UUID,
    kind: str,
    token_sha256: bytes | None,
    lifetime_seconds: float,
    ip: str,
    user_agent: str,
) -> Session:
    """A new session. ``kind`` is ``browser`` (found by its token) or ``token`` (found by its id)."""
    rows = await db.fetch(
        "INSERT INTO session AS s (id, account, kind, token_sha256, expires_at, ip, user_agent) "
        "VALUES ({}, {}, {}, {}, now() + make_interval(secs => {}), {}, {}) RETURNING " + _COLUMNS,
        uuid4(),
        user_id,
        kind,
        token_sha256,
        lifetime_seconds,
        ip,
        "".join(sign for sign in user_agent[:_LONGEST_AGENT] if sign.isprintable()),
    )
    return _session_from(rows[0])


async def find_by_token(
    db: Database, token_sha256: bytes, *, idle_seconds: float
) -> tuple[Session, User] | None:
    """The living browser session of this token, and whose it is."""
    return await _find(db, "s.token_sha256 = {}", token_sha256, idle_seconds)


async def find_by_id(db: Database, session_id: UUID) -> tuple[Session, User] | None:
    """The living session behind a bearer token, and whose it is; bearer tokens have no idle limit."""
    return await _find(db, "s.kind = 'token' AND s.id = {}", session_id, 1e9)


async def _find(
    db: Database, condition: str, value: object, idle_seconds: float
) -> tuple[Session, User] | None:
    row = await db.fetch_one(
        f"SELECT {_COLUMNS}, {ACCOUNT_COLUMNS}, "  # noqa: S608
        "s.last_seen_at < now() - interval '1 minute' AS stale "
        f"FROM session s JOIN account a ON a.id = s.account WHERE {condition} AND {_ALIVE}",
        value,
        idle_seconds,
    )
    if row is None:
        return None
    if row["stale"]:
        # Once a minute at most: a page full of pictures is a hundred requests.
        await db.fetch(
            "UPDATE session SET last_seen_at = now() "
            "WHERE id = {} AND last_seen_at < now() - interval '1 minute'",
            row["id"],
        )
    return _session_from(row), user_from(row)


async def list_alive(db: Database, user_id: UUID, *, idle_seconds: float) -> tuple[Session, ...]:
    """The account's living sessions, at most 200, the latest used first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM session s JOIN account a ON a.id = s.account "  # noqa: S608
        f"WHERE s.account = {{}} AND ({_ALIVE} OR (s.kind = 'token' AND s.revoked_at IS NULL "
        "AND s.expires_at > now())) ORDER BY s.last_seen_at DESC, s.id LIMIT 200",
        user_id,
        idle_seconds,
    )
    return tuple(_session_from(row) for row in rows)


async def revoke(db: Database, session_id: UUID, *, user_id: UUID) -> bool:
    """Whether there was such a session of this account; it is over."""
    rows = await db.fetch(
        "UPDATE session SET revoked_at = now() "
        "WHERE id = {} AND account = {} AND revoked_at IS NULL AND expires_at > now() RETURNING id",
        session_id,
        user_id,
    )
    return bool(rows)


async def revoke_token(db: Database, token_sha256: bytes) -> None:
    """End the session of this token, if it is one."""
    await db.fetch(
        "UPDATE session SET revoked_at = now() WHERE token_sha256 = {} AND revoked_at IS NULL", token_sha256
    )


async def forget_ended(db: Database, *, idle_seconds: float) -> int:
    """How many rows of sessions went that ended more than a week ago."""
    rows = await db.fetch(
        "DELETE FROM session WHERE revoked_at < now() - interval '7 days' "
        "OR expires_at < now() - interval '7 days' "
        "OR (kind = 'browser' AND last_seen_at < now() - interval '7 days' - make_interval(secs => {})) "
        "RETURNING id",
        idle_seconds,
    )
    return len(rows)
