"""Uploads that come in pieces: their rows are there before their bytes, and stay for a while with the result."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from appliance.db.engine import Database, Row
from appliance.db.locks import lock
from appliance.records.transfers import Transfer, TransferStatus, TransferWish

_COLUMNS = (
    "t.id, t.owner, t.bytes, t.sha256, t.request, t.created_at, t.expires_at, t.reserved_until, t.unverified_from,"
    " t.status, t.asset, t.error_code, t.error_text"
)


async def lock_beginning(db: Database) -> None:
    """Wait until nobody else is promised room. Belongs inside a transaction, which ends it."""
    await lock(db, "transfers")


async def insert(db: Database, transfer: Transfer) -> bool:
    """Whether it has begun; not when its owner has been deleted."""
    row = await db.fetch_one(
        "INSERT INTO transfer (id, owner, bytes, sha256, request, created_at, expires_at, reserved_until)"
        " SELECT {}::uuid, a.id, {}::bigint, {}::bytea, {}::jsonb, {}::timestamptz, {}::timestamptz, {}::timestamptz"
        " FROM account a WHERE a.id = {} AND a.deleted_at IS NULL FOR KEY SHARE RETURNING id",
        transfer.id, transfer.bytes, transfer.sha256, json.dumps(asdict(transfer.wish)),
        transfer.created_at, transfer.expires_at, transfer.reserved_until, transfer.owner,
    )  # fmt: skip
    return row is not None


async def find(db: Database, transfer_id: UUID) -> Transfer | None:
    """The transfer of this id, whoever's it is."""
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM transfer t WHERE t.id = {{}}", transfer_id)  # noqa: S608
    return _transfer_from(row) if row else None


async def find_own(db: Database, owner: UUID, transfer_id: UUID) -> Transfer | None:
    """This person's transfer of this id."""
    found = await find(db, transfer_id)
    return found if found and found.owner == owner else None


async def list_unfinished(db: Database, *, limit: int = 10_000) -> tuple[Transfer, ...]:
    """Everybody's, those included that have expired and were not removed yet; the oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM transfer t WHERE t.finished_at IS NULL ORDER BY t.created_at LIMIT {{}}",  # noqa: S608
        limit,
    )
    return tuple(_transfer_from(row) for row in rows)


async def find_running(
    db: Database, owner: UUID, sums: Sequence[bytes], *, at: datetime
) -> dict[bytes, Transfer]:
    """This person's unfinished transfers of files with these SHA-256 sums: the latest of each."""
    rows = await db.fetch(
        f"SELECT DISTINCT ON (t.sha256) {_COLUMNS} FROM transfer t WHERE t.owner = {{}} AND t.finished_at IS NULL"  # noqa: S608
        " AND t.status IS NULL AND t.expires_at > {} AND t.sha256 = ANY({}::bytea[])"
        " ORDER BY t.sha256, t.expires_at DESC, t.id",
        owner, at, list(sums),
    )  # fmt: skip
    found = [_transfer_from(row) for row in rows]
    return {each.sha256: each for each in found if each.sha256 is not None}


async def count_unfinished(db: Database, owner: UUID, *, at: datetime) -> int:
    """How many of this person's are under way."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM transfer WHERE owner = {} AND finished_at IS NULL AND expires_at > {}",
        owner, at,
    )  # fmt: skip
    return int(row["n"]) if row else 0


async def begin_piece(
    db: Database, transfer_id: UUID, *, expires_at: datetime, unverified_from: int | None
) -> bool:
    """Whether it is still there and unfinished; it lives, and has its room, until ``expires_at`` now."""
    row = await db.fetch_one(
        "UPDATE transfer SET expires_at = {}, reserved_until = NULL, unverified_from = {}"
        " WHERE id = {} AND finished_at IS NULL RETURNING id",
        expires_at, unverified_from, transfer_id,
    )  # fmt: skip
    return row is not None


async def mark_untouched(
    db: Database, transfer_id: UUID, *, expires_at: datetime, reserved_until: datetime
) -> None:
    """No byte of it came; it is as it was when it began."""
    await db.fetch(
        "UPDATE transfer SET expires_at = {}, reserved_until = {}, unverified_from = NULL"
        " WHERE id = {} AND finished_at IS NULL",
        expires_at, reserved_until, transfer_id,
    )  # fmt: skip


async def sum_lacking(
    db: Database, sizes: Mapping[UUID, int], *, at: datetime, besides: UUID | None = None
) -> int:
    """Bytes that those with room on the disk still lack, where their part files have these sizes."""
    row = await db.fetch_one(
        """
        SELECT coalesce(sum(greatest(0, t.bytes - coalesce(part.size, 0))), 0)::bigint AS lacking
        FROM transfer t LEFT JOIN unnest({}::uuid[], {}::bigint[]) AS part (id, size) ON part.id = t.id
        WHERE t.finished_at IS NULL AND t.status IS NULL AND t.expires_at > {}
            AND (t.reserved_until IS NULL OR t.reserved_until > {}) AND t.id IS DISTINCT FROM {}::uuid
        """,
        list(sizes), list(sizes.values()), at, at, besides,
    )  # fmt: skip
    return int(row["lacking"]) if row else 0


async def mark_verified(db: Database, transfer_id: UUID) -> None:
    """All its bytes may be believed."""
    await db.fetch("UPDATE transfer SET unverified_from = NULL WHERE id = {}", transfer_id)


async def mark_finishing(db: Database, transfer_id: UUID, *, sha256: bytes) -> None:
    """All its bytes are there, and this is their sum."""
    await db.fetch(
        "UPDATE transfer SET status = 'finishing', sha256 = {} WHERE id = {} AND finished_at IS NULL",
        sha256, transfer_id,
    )  # fmt: skip


async def finish(
    db: Database,
    transfer_id: UUID,
    status: TransferStatus,
    *,
    at: datetime,
    keep_until: datetime,
    asset: UUID | None = None,
    error_code: str | None = None,
    error_text: str | None = None,
) -> None:
    """Write down what became of it."""
    await db.fetch(
        "UPDATE transfer SET finished_at = {}, status = {}, asset = {}, error_code = {}, error_text = {},"
        " expires_at = {}, unverified_from = NULL WHERE id = {} AND finished_at IS NULL",
        at, status, asset, error_code, error_text, keep_until, transfer_id,
    )  # fmt: skip


async def remove(db: Database, transfer_id: UUID, *, expired_at: datetime | None = None) -> bool:
    """Whether its row is gone now; with ``expired_at`` only if it had expired by then."""
    row = await db.fetch_one(
        "DELETE FROM transfer WHERE id = {} AND expires_at <= coalesce({}::timestamptz, 'infinity') RETURNING id",
        transfer_id, expired_at,
    )  # fmt: skip
    return row is not None


async def forget_finished(db: Database, *, before: datetime) -> int:
    """How many results are forgotten now, as they were kept until before this moment."""
    rows = await db.fetch(
        "DELETE FROM transfer WHERE finished_at IS NOT NULL AND expires_at < {} RETURNING id", before
    )
    return len(rows)


def _transfer_from(row: Row) -> Transfer:
    wish = json.loads(row["request"])
    return Transfer(
        id=row["id"],
        owner=row["owner"],
        bytes=row["bytes"],
        sha256=row["sha256"],
        wish=TransferWish(**{**wish, "tags": tuple(wish["tags"])}),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        reserved_until=row["reserved_until"],
        unverified_from=row["unverified_from"],
        status=row["status"] or "receiving",
        asset=row["asset"],
        error_code=row["error_code"],
        error_text=row["error_text"],
    )
