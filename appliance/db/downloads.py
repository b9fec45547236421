"""Selections to be fetched as archives, remembered for a while."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from piccolo.querystring import QueryString

from appliance.db.assets import select_assets
from appliance.db.engine import Database
from appliance.db.filters import to_sql
from appliance.db.visibility import searchable, visible_to
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset
from appliance.records.downloads import Download
from appliance.records.search import Filter

#: Assets whose rows are read at a time.
_BATCH = 1000


async def ids_of_filter(db: Database, viewer: Viewer, where: Filter, *, most: int) -> tuple[UUID, ...]:
    """The assets outside the trash that a person may see and that meet a filter, at most one more than ``most``.

    In the order in which they were taken.
    """
    rows = await db.fetch(
        "SELECT a.id FROM asset a WHERE {} AND {} AND {} ORDER BY a.taken_at, a.id LIMIT {}",
        visible_to(viewer), searchable(), to_sql(where, viewer), most + 1,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def add_download(
    db: Database, owner: UUID, *, name: str, assets: Sequence[UUID], lives: timedelta
) -> Download:
    """Remember a selection."""
    row = await db.fetch_one(
        """
        INSERT INTO download (id, owner, assets, name, expires_at)
        VALUES ({}, {}, {}::uuid[], {}, now() + {}::interval)
        RETURNING id, name, expires_at
        """,
        uuid4(), owner, list(assets), name, lives,
    )  # fmt: skip
    if row is None:
        raise LookupError("the selection was not written")
    return Download(assets=tuple(assets), **row)


async def find_download(db: Database, owner: UUID, download_id: UUID) -> Download | None:
    """This person's selection by its id, unless it has expired."""
    row = await db.fetch_one(
        "SELECT id, name, assets, expires_at FROM download WHERE id = {} AND owner = {} AND expires_at > now()",
        download_id, owner,
    )  # fmt: skip
    return Download(row["id"], row["name"], tuple(row["assets"]), row["expires_at"]) if row else None


async def sum_chosen(db: Database, viewer: Viewer, asset_ids: Sequence[UUID]) -> tuple[frozenset[UUID], int]:
    """Which of these assets a person may see now, and the bytes of their originals."""
    rows = await db.fetch(
        "SELECT a.id, a.bytes FROM asset a WHERE a.id = ANY({}::uuid[]) AND {} AND a.state <> 'purging'",
        list(asset_ids), visible_to(viewer, by_id=True),
    )  # fmt: skip
    return frozenset(row["id"] for row in rows), sum(row["bytes"] for row in rows)


async def list_chosen(db: Database, viewer: Viewer, asset_ids: Sequence[UUID]) -> tuple[Asset, ...]:
    """Those of these assets that a person may see now, in the order of the ids."""
    found: dict[UUID, Asset] = {}
    for start in range(0, len(asset_ids), _BATCH):
        condition = QueryString("a.id = ANY({}::uuid[])", list(asset_ids[start : start + _BATCH]))
        found |= {asset.id: asset for asset in await select_assets(db, viewer, condition)}
    return tuple(found[asset_id] for asset_id in asset_ids if asset_id in found)


async def trim_downloads(db: Database) -> None:
    """Forget the selections that have expired."""
    await db.fetch("DELETE FROM download WHERE expires_at <= now()")
