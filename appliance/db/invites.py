"""Invitations: each makes one account, once; its token is kept only as its SHA-256.

An invitation is good while it is not used, its end has not come, and whoever made it still runs the appliance.
"""

from uuid import UUID, uuid4

from appliance.db.engine import Database, Row
from appliance.records.accounts import Invite, Role

_COLUMNS = "i.id, i.role, i.name, i.created_by, i.created_at, i.expires_at, i.used_at"

_GOOD = """
    i.used_at IS NULL AND i.expires_at > now() AND EXISTS (
        SELECT FROM account a
        WHERE a.id = i.created_by AND a.role = 'admin' AND a.disabled_at IS NULL AND a.deleted_at IS NULL
    )
"""


def _invite_from(row: Row) -> Invite:
    return Invite(
        id=row["id"],
        role=Role(row["role"]),
        name=row["name"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )


async def insert(
    db: Database, *, token_sha256: bytes, role: Role, name: str, created_by: UUID, lifetime_hours: float
) -> Invite:
    """A new invitation."""
    rows = await db.fetch(
        "INSERT INTO invite AS i (id, token_sha256, role, name, created_by, expires_at) "
        "VALUES ({}, {}, {}, {}, {}, now() + make_interval(secs => {})) RETURNING " + _COLUMNS,
        uuid4(),
        token_sha256,
        role.value,
        name,
        created_by,
        lifetime_hours * 3600.0,
    )
    return _invite_from(rows[0])


async def find_good(db: Database, token_sha256: bytes) -> Invite | None:
    """The invitation of this token, if it is still good."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM invite i WHERE i.token_sha256 = {{}} AND {_GOOD}",  # noqa: S608
        token_sha256,
    )
    return _invite_from(row) if row else None


async def use(db: Database, token_sha256: bytes) -> Invite | None:
    """The invitation of this token, used from now on; None for whoever comes second."""
    row = await db.fetch_one(
        f"UPDATE invite i SET used_at = now() WHERE i.token_sha256 = {{}} AND {_GOOD} "  # noqa: S608
        f"RETURNING {_COLUMNS}",
        token_sha256,
    )
    return _invite_from(row) if row else None


async def list_latest(db: Database) -> tuple[Invite, ...]:
    """The invitations, used and expired ones too until they are forgotten; at most 200, the newest first."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM invite i ORDER BY i.created_at DESC, i.id LIMIT 200")  # noqa: S608
    return tuple(_invite_from(row) for row in rows)


async def delete(db: Database, invite_id: UUID) -> bool:
    """Whether there was such an invitation; there is none any more."""
    return bool(await db.fetch("DELETE FROM invite WHERE id = {} RETURNING id", invite_id))


async def forget_ended(db: Database) -> int:
    """How many invitations went that were used or ended more than a month ago."""
    rows = await db.fetch(
        "DELETE FROM invite WHERE least(used_at, expires_at) < now() - interval '30 days' RETURNING id"
    )
    return len(rows)
