"""Shares of folders: rows that let one person, or everybody, into a folder and all below it."""

from uuid import UUID, uuid4

from appliance.db.engine import Database, Row
from appliance.records.accounts import Named
from appliance.records.sharing import Share, SharedMay

_MAX_SHARES = 1000


async def list_shares(db: Database, folder_id: UUID) -> tuple[Share, ...]:
    """With whom this folder itself is shared, everybody first, at most 1,000."""
    rows = await db.fetch(
        """
        SELECT s.id, s.subject, p.name AS subject_name, s.may, s.created_at
        FROM share s LEFT JOIN account p ON p.id = s.subject
        WHERE s.folder = {} AND p.deleted_at IS NULL
        ORDER BY s.subject IS NOT NULL, lower(p.name), s.id LIMIT {}
        """,
        folder_id, _MAX_SHARES,
    )  # fmt: skip
    return tuple(_share(row) for row in rows)


async def put_share(
    db: Database, folder_id: UUID, *, owner: UUID, subject: UUID | None, may: SharedMay
) -> tuple[UUID, bool]:
    """The id of the share of this folder with this subject, and whether it is new; it lets them do ``may`` now."""
    [row] = await db.fetch(
        """
        INSERT INTO share AS s (id, owner, folder, subject, may) VALUES ({}, {}, {}, {}, {})
        ON CONFLICT (folder, album, subject) DO UPDATE SET may = excluded.may
        RETURNING s.id, s.xmax = 0 AS new
        """,
        uuid4(), owner, folder_id, subject, may.value,
    )  # fmt: skip
    return row["id"], row["new"]


async def delete_share(db: Database, folder_id: UUID, share_id: UUID) -> bool:
    """Whether there was such a share of this folder; there is none now."""
    row = await db.fetch_one(
        "DELETE FROM share WHERE folder = {} AND id = {} RETURNING id", folder_id, share_id
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
