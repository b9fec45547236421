"""Shares: rows that let one person, or everybody, into a folder and all below it, or into an album."""

from uuid import UUID, uuid4

from appliance.db.engine import Database, Row
from appliance.records.accounts import Named
from appliance.records.sharing import Share, Shared, SharedMay

_MAX_SHARES = 1000


async def list_shares(db: Database, shared: Shared) -> tuple[Share, ...]:
    """With whom this itself is shared, everybody first, at most 1,000."""
    rows = await db.fetch(
        f"""
        SELECT s.id, s.subject, p.name AS subject_name, s.may, s.created_at
        FROM share s LEFT JOIN account p ON p.id = s.subject
        WHERE s.{shared.kind} = {{}} AND p.deleted_at IS NULL
        ORDER BY s.subject IS NOT NULL, lower(p.name), s.id LIMIT {{}}
        """,  # noqa: S608 (the name of a column)
        shared.id, _MAX_SHARES,
    )  # fmt: skip
    return tuple(_share(row) for row in rows)


async def put_share(
    db: Database, shared: Shared, *, owner: UUID, subject: UUID | None, may: SharedMay
) -> tuple[Share, bool]:
    """The share of this with this subject, which lets them do ``may`` now, and whether it is new."""
    [row] = await db.fetch(
        f"""
        WITH put AS (
            INSERT INTO share AS s (id, owner, {shared.kind}, subject, may) VALUES ({{}}, {{}}, {{}}, {{}}, {{}})
            ON CONFLICT (folder, album, subject) DO UPDATE SET may = excluded.may
            RETURNING s.id, s.subject, s.may, s.created_at, s.xmax = 0 AS new
        )
        SELECT put.*, p.name AS subject_name FROM put LEFT JOIN account p ON p.id = put.subject
        """,  # noqa: S608 (the name of a column)
        uuid4(), owner, shared.id, subject, may.value,
    )  # fmt: skip
    return _share(row), row["new"]


async def delete_share(db: Database, shared: Shared, share_id: UUID) -> bool:
    """Whether there was such a share of this; there is none now."""
    row = await db.fetch_one(
        f"DELETE FROM share WHERE {shared.kind} = {{}} AND id = {{}} RETURNING id",  # noqa: S608 (a column's name)
        shared.id,
        share_id,
    )
    return row is not None


async def list_people(db: Database, *, besides: UUID) -> tuple[Named, ...]:
    """Everybody with an account that works, by name, but one; at most 10,000."""
    rows = await db.fetch(
        "SELECT id, name FROM account WHERE disabled_at IS NULL AND deleted_at IS NULL AND id <> {}"
        " ORDER BY lower(name), id LIMIT 10000",
        besides,
    )
    return tuple(Named(row["id"], row["name"]) for row in rows)


async def is_person(db: Database, person: UUID) -> bool:
    """Whether somebody of this id has an account that works; it is not deleted before the transaction ends."""
    row = await db.fetch_one(
        "SELECT id FROM account WHERE id = {} AND disabled_at IS NULL AND deleted_at IS NULL FOR KEY SHARE",
        person,
    )
    return row is not None


def _share(row: Row) -> Share:
    subject = Named(row["subject"], row["subject_name"]) if row["subject"] else None
    return Share(id=row["id"], subject=subject, may=SharedMay(row["may"]), created_at=row["created_at"])
