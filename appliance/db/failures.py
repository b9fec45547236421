"""What failed of one person's: pictures that can't be indexed, and files that are set aside as they can't be read."""

from collections.abc import Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.visibility import owned_by
from appliance.records.accounts import Viewer
from appliance.records.failures import Failure

#: Codes of failures that lie in a file's bytes: whoever reads them again fares no better, and may be killed by them.
UNREADABLE = (
    "file_rejected", "file_empty", "file_unsupported", "file_damaged", "too_many_pixels", "decode_limit",
    "worker_lost",
)  # fmt: skip


async def set_aside(db: Database) -> int:
    """How many assets are set aside now, as making their vector failed on their bytes."""
    rows = await db.fetch(
        """
        UPDATE asset SET quarantined_at = now(), quarantine_code = failed.code
        FROM (
            SELECT DISTINCT ON (j.asset) j.asset, j.error_code AS code FROM job j
            WHERE j.state = 'failed' AND j.error_code = ANY({}::text[]) ORDER BY j.asset, j.changed_at DESC
        ) AS failed
        WHERE asset.id = failed.asset AND asset.quarantined_at IS NULL AND asset.state <> 'purging' RETURNING id
        """,
        list(UNREADABLE),
    )
    return len(rows)


async def is_set_aside(db: Database, asset_id: UUID) -> bool:
    """Whether nobody is to read this asset's bytes now."""
    row = await db.fetch_one("SELECT FROM asset WHERE id = {} AND quarantined_at IS NOT NULL", asset_id)
    return row is not None


async def list_failures(
    db: Database, viewer: Viewer, *, code: str | None = None, limit: int
) -> tuple[Failure, ...]:
    """A person's assets outside the trash whose last work failed, the latest first; each once."""
    rows = await db.fetch(
        """
        SELECT * FROM (
            SELECT DISTINCT ON (a.id) a.id, a.filename, a.bytes, j.error_code AS code, j.error_text AS text,
                j.attempts, j.changed_at AS at, a.quarantined_at IS NOT NULL AS set_aside
            FROM job j JOIN asset a ON a.id = j.asset
            WHERE j.state = 'failed' AND {} AND a.state = 'active'
            ORDER BY a.id, j.changed_at DESC
        ) AS failed
        WHERE {} ORDER BY at DESC, id DESC LIMIT {}
        """,
        owned_by(viewer),
        QueryString("TRUE") if code is None else QueryString("code = {}", code),
        limit,
    )
    return tuple(
        Failure(**(row | {"code": row["code"] or "error", "text": row["text"] or ""})) for row in rows
    )


async def ids_of_failures(
    db: Database, viewer: Viewer, *, code: str | None, asset_ids: Sequence[UUID] | None
) -> tuple[UUID, ...]:
    """The assets of this person that failed in this way, and of those that are named if any are."""
    chosen = (
        QueryString("TRUE") if asset_ids is None else QueryString("a.id = ANY({}::uuid[])", list(asset_ids))
    )
    of_kind = QueryString("TRUE") if code is None else QueryString("j.error_code = {}", code)
    rows = await db.fetch(
        "SELECT DISTINCT a.id FROM job j JOIN asset a ON a.id = j.asset"
        " WHERE j.state = 'failed' AND {} AND a.state = 'active' AND {} AND {}",
        owned_by(viewer), chosen, of_kind,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def take_back(db: Database, viewer: Viewer, asset_ids: Sequence[UUID]) -> None:
    """These assets of a person's are not set aside any more."""
    await db.fetch(
        "UPDATE asset a SET quarantined_at = NULL, quarantine_code = NULL"
        " WHERE {} AND a.id = ANY({}::uuid[]) AND a.quarantined_at IS NOT NULL",
        owned_by(viewer), list(asset_ids),
    )  # fmt: skip
