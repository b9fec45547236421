"""Rows made directly, where a test is about what happens to them and not about how they come in."""

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from piccolo.querystring import Unquoted

from appliance.db.engine import Database, Row
from appliance.records.accounts import Role, Scope, Viewer


async def add_person(db: Database, name: str = "ada") -> Viewer:
    """A new account, as the viewer that it becomes when signed in."""
    person = uuid4()
    await db.fetch("INSERT INTO account (id, name, role) VALUES ({}, {}, 'admin')", person, name)
    return Viewer(user_id=person, name=name, role=Role.ADMIN, scopes=frozenset(Scope))


async def add_asset(
    db: Database,
    owner: UUID,
    *,
    filename: str = "a.jpg",
    sha256: bytes | None = None,
    expires_at: datetime | None = None,
    trashed_at: datetime | None = None,
    purge_after: datetime | None = None,
    state: str = "active",
) -> UUID:
    """A new asset without a file; ``sha256`` is one of its own unless given."""
    asset = uuid4()
    await db.fetch(
        """
        INSERT INTO asset (id, owner, filename, sha256, bytes, mime, kind, width, height, thumbhash, mean_color,
            expires_at, trashed_at, purge_after, state)
        VALUES ({}, {}, {}, {}, 3, 'image/jpeg', 'image', 4, 3, {}, 0, {}, {}, {}, {})
        """,
        asset,
        owner,
        filename,
        sha256 or hashlib.sha256(asset.bytes).digest(),
        b"\x01" * 5,
        expires_at,
        trashed_at,
        purge_after,
        state,
    )
    return asset


async def add_many(db: Database, owner: UUID, number: int) -> list[UUID]:
    """The ids of so many new assets without files, in one statement."""
    rows = await db.fetch(
        """
        INSERT INTO asset (id, owner, filename, sha256, bytes, mime, kind, width, height, thumbhash, mean_color)
        SELECT gen_random_uuid(), {}, n || '.jpg', sha256(n::text::bytea), 3, 'image/jpeg', 'image', 4, 3, {}, 0
        FROM generate_series(1, {}) n RETURNING id
        """,
        owner, b"\x01" * 5, number,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def add_model(db: Database, *, dimension: int = 4, name: str = "tiny") -> int:
    """The id of a new model, which is the active one if it is the first."""
    row = await db.fetch_one(
        "INSERT INTO model (identity, name, dimension) VALUES ({}, {}, {}) RETURNING id",
        uuid4().hex,
        name,
        dimension,
    )
    assert row is not None
    await db.fetch(
        "INSERT INTO active_model (id, model) VALUES (1, {}) ON CONFLICT (id) DO NOTHING", row["id"]
    )
    return int(row["id"])


async def count(db: Database, table: str) -> int:
    """How many rows a table has."""
    row = await db.fetch_one("SELECT count(*) AS n FROM {}", Unquoted(table))
    assert row is not None
    return int(row["n"])


async def everything(db: Database, table: str) -> list[Row]:
    """All rows of a table."""
    return await db.fetch("SELECT * FROM {}", Unquoted(table))
