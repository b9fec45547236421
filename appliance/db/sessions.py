"""Sign-ins, kept here so that they can be ended here: a browser's cookie and a bearer token are both a row.

A session is alive while it is not revoked, its end has not come, it was used within the idle time, and its
account is not disabled. The database's clock decides.

A token can be replaced while the session goes on. The one before works for half a minute longer, as a page has
several requests under way at any time.
"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from appliance.db.accounts import ACCOUNT_COLUMNS, user_from
from appliance.db.engine import Database, Row
from appliance.records.accounts import Session, SessionOrigin, User

_ALIVE = (
    "s.revoked_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL AND a.deleted_at IS NULL "
    "AND s.last_seen_at > now() - make_interval(secs => {})"
)

_COLUMNS = (
    "s.id, s.account, s.kind, s.created_at, s.last_seen_at, s.expires_at, s.ip, s.user_agent, "
    "s.authenticated_at, s.issuer, s.rotate"
)

#: Whether the token before still opens the session.
IN_GRACE = "s.rotated_at > now() - interval '30 seconds'"

#: Takes the SHA-256 of a token twice.
_WITH_IT = f"(s.token_sha256 = {{}} OR (s.previous_sha256 = {{}} AND {IN_GRACE}))"

#: How long a session lives if nothing is done with it, seconds, and 0 by another token than its own. Takes the
#: SHA-256 of the token twice, null for a session without, and the idle time.
_LEFT = (
    "CASE WHEN {}::bytea IS NULL OR s.token_sha256 = {} THEN extract(epoch FROM least(s.expires_at, "
    "s.last_seen_at + make_interval(secs => {})) - clock_timestamp())::float8 ELSE 0 END"
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
        rotate=row["rotate"],
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
    origin: SessionOrigin | None = None,
    proved_by: str | None = None,
) -> Session | None:
    """A new session. ``kind`` is ``browser`` (found by its token) or ``token`` (found by its id).

    None when the account is disabled, or has another password hash than ``proved_by``, where one is given: whoever
    changes either ends the sessions that there are, and none may begin beside that.
    """
    rows = await db.fetch(
        "INSERT INTO session AS s "  # noqa: S608
        "(id, account, kind, token_sha256, expires_at, ip, user_agent, issuer, sub, sid, id_token) "
        "SELECT {}, a.id, {}, {}, now() + make_interval(secs => {}), {}, {}, {}, {}, {}, {} FROM ("
        "SELECT id FROM account WHERE id = {} AND disabled_at IS NULL AND deleted_at IS NULL "
        "AND password_hash IS NOT DISTINCT FROM coalesce({}, password_hash) FOR SHARE) a RETURNING "
        + _COLUMNS,
        uuid4(),
        kind,
        token_sha256,
        lifetime_seconds,
        ip,
        "".join(sign for sign in user_agent[:_LONGEST_AGENT] if sign.isprintable()),
        origin and origin.issuer,
        origin and origin.sub,
        origin and origin.sid,
        origin and origin.id_token,
        user_id,
        proved_by,
    )
    return _session_from(rows[0]) if rows else None


async def find_by_token(
    db: Database, token_sha256: bytes, *, idle_seconds: float, touch: bool = True
) -> tuple[Session, User] | None:
    """The living browser session of this token, and whose it is; it counts as use unless ``touch`` says otherwise.

    By the token before, which was just replaced, nobody has proved anything lately: a copy of it may be a thief's.
    """
    found = await _find(
        db, _WITH_IT, token_sha256, token_sha256, token=token_sha256, idle_seconds=idle_seconds, touch=touch
    )
    if found is None or found[0].seconds_left > 0:
        return found
    return replace(found[0], authenticated_at=datetime.fromtimestamp(0, tz=UTC)), found[1]


async def find_by_id(db: Database, session_id: UUID, *, touch: bool = True) -> tuple[Session, User] | None:
    """The living session behind a bearer token, and whose it is; bearer tokens have no idle limit."""
    return await _find(db, "s.kind = 'token' AND s.id = {}", session_id, idle_seconds=1e9, touch=touch)


async def _find(
    db: Database,
    condition: str,
    *values: object,
    token: bytes | None = None,
    idle_seconds: float,
    touch: bool,
) -> tuple[Session, User] | None:
    row = await db.fetch_one(
        f"SELECT {_COLUMNS}, {ACCOUNT_COLUMNS}, {_LEFT} AS seconds_left, "  # noqa: S608
        "s.last_seen_at < now() - interval '1 minute' AS stale "
        f"FROM session s JOIN account a ON a.id = s.account WHERE {condition} AND {_ALIVE}",
        token,
        token,
        idle_seconds,
        *values,
        idle_seconds,
    )
    if row is None:
        return None
    if row["stale"] and touch:
        # Once a minute at most: a page full of pictures is a hundred requests.
        await db.fetch(
            "UPDATE session SET last_seen_at = now() "
            "WHERE id = {} AND last_seen_at < now() - interval '1 minute'",
            row["id"],
        )
    return replace(_session_from(row), seconds_left=row["seconds_left"]), user_from(row)


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


async def revoke_token(db: Database, token_sha256: bytes) -> SessionOrigin | None:
    """End the session of this token, if it is one; where at an identity provider it came from, if it did."""
    row = await db.fetch_one(
        f"UPDATE session s SET revoked_at = now() WHERE {_WITH_IT} AND s.revoked_at IS NULL "  # noqa: S608
        "RETURNING s.issuer, s.sub, s.sid, s.id_token",
        token_sha256,
        token_sha256,
    )
    if row is None or row["issuer"] is None:
        return None
    return SessionOrigin(issuer=row["issuer"], sub=row["sub"], sid=row["sid"], id_token=row["id_token"])


async def revoke_all(db: Database, user_id: UUID, *, but: UUID | None = None) -> int:
    """How many sessions of the account ended just now: all of them, bearer tokens' too, or all ``but`` one."""
    rows = await db.fetch(
        "UPDATE session SET revoked_at = now() WHERE account = {} AND id IS DISTINCT FROM {} "
        "AND revoked_at IS NULL AND expires_at > now() RETURNING id",
        user_id,
        but,
    )
    return len(rows)


async def revoke_of_identity(
    db: Database, issuer: str, *, sub: str | None = None, sid: str | None = None
) -> int:
    """How many sessions ended that came from this provider: a person's (``sub``), one session's (``sid``), or both.

    With neither it is none. A provider may say both and have kept its session's name out of the sign-in.
    """
    if sub is None and sid is None:
        return 0
    rows = await db.fetch(
        "UPDATE session SET revoked_at = now() WHERE issuer = {} AND revoked_at IS NULL "
        "AND ({}::text IS NULL OR sub = {}) "
        "AND ({}::text IS NULL OR sid = {} OR (sid IS NULL AND sub = {}::text)) RETURNING id",
        issuer,
        sub,
        sub,
        sid,
        sid,
        sub,
    )
    return len(rows)


async def rotate(
    db: Database, session_id: UUID, token_sha256: bytes, *, only_if_asked: bool, grace: bool
) -> bool:
    """Whether the session has this token from now on; of several at the same time that were asked for one has.

    With ``grace`` the one before works for half a minute longer.
    """
    rows = await db.fetch(
        "UPDATE session SET previous_sha256 = CASE WHEN {} THEN token_sha256 END, "
        "token_sha256 = {}, rotated_at = now(), rotate = FALSE "
        "WHERE id = {} AND kind = 'browser' AND revoked_at IS NULL AND (rotate OR NOT {}) "
        "RETURNING id",
        grace,
        token_sha256,
        session_id,
        only_if_asked,
    )
    return bool(rows)


async def mark_authenticated(db: Database, session_id: UUID, *, at: datetime | None = None) -> None:
    """Remember that the person proved who they are, just now or ``at`` an earlier moment."""
    await db.fetch(
        "UPDATE session SET authenticated_at = least(now(), {}::timestamptz) WHERE id = {}", at, session_id
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
