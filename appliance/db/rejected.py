"""Files that were refused for good, for their people to look up why."""

from collections.abc import Sequence
from uuid import UUID

from appliance.db.engine import Database, Row
from appliance.records.transfers import Rejected

#: So many of one person are kept, the latest ones.
KEPT = 1000


async def add(db: Database, owner: UUID, *, filename: str, size: int, code: str, text: str) -> None:
    """Write down that this file of ``size`` bytes was refused."""
    await db.fetch(
        "INSERT INTO rejected (id, owner, filename, bytes, error_code, error_text, rejected_at)"
        " SELECT gen_random_uuid(), a.id, {}::text, {}::bigint, {}::text, {}::text, clock_timestamp()"
        " FROM account a WHERE a.id = {}",
        filename, size, code, text, owner,
    )  # fmt: skip
    await db.fetch(
        "DELETE FROM rejected WHERE id IN (SELECT r.id FROM rejected r WHERE r.owner = {}"
        " ORDER BY r.rejected_at DESC, r.id DESC OFFSET {})",
        owner, KEPT,
    )  # fmt: skip


async def list_rejected(
    db: Database, owner: UUID, *, limit: int = KEPT, code: str | None = None
) -> tuple[Rejected, ...]:
    """This person's, the latest first; with a code only those that were refused with it."""
    rows = await db.fetch(
        "SELECT id, filename, bytes, error_code, error_text, rejected_at FROM rejected WHERE owner = {}"
        " AND coalesce(error_code = {}::text, TRUE) ORDER BY rejected_at DESC, id DESC LIMIT {}",
        owner, code, limit,
    )  # fmt: skip
    return tuple(_rejected_from(row) for row in rows)


async def discard(db: Database, owner: UUID, ids: Sequence[UUID], *, code: str | None = None) -> int:
    """How many of this person's are forgotten now: those named, and all that were refused with this code."""
    rows = await db.fetch(
        "DELETE FROM rejected WHERE owner = {} AND (id = ANY({}::uuid[]) OR error_code = {}) RETURNING id",
        owner, list(ids), code,
    )  # fmt: skip
    return len(rows)


def _rejected_from(row: Row) -> Rejected:
    return Rejected(**row)
