"""Groups of alike pictures as a person sees them: only what they may see is in them, or counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.assets import select_assets
from appliance.db.engine import Database
from appliance.db.visibility import owned_by, searchable, visible_to
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset
from appliance.records.groups import GroupKind
from appliance.records.organise import ListKey
from appliance.records.search import Group


@dataclass(frozen=True, slots=True)
class Found:
    """A group in a list, and when the latest of its pictures came."""

    id: UUID
    newest: datetime


async def list_groups(
    db: Database, viewer: Viewer, *, kind: GroupKind, limit: int, after: ListKey | None
) -> tuple[tuple[Found, ...], int]:
    """A person's own groups of at least two that are out of the trash, and how many there are on all pages."""
    beyond = QueryString("TRUE")
    if after is not None:
        beyond = QueryString("(g.newest, g.id) < ({}, {})", after.at, after.id)
    rows = await db.fetch(
        """
        WITH grouped AS MATERIALIZED (
            SELECT m.group_id AS id, max(a.uploaded_at) AS newest
            FROM group_member m JOIN asset a ON a.id = m.asset
            WHERE m.owner = {} AND m.kind = {} AND {} AND {}
            GROUP BY m.group_id HAVING count(*) > 1
        )
        SELECT counted.total, page.id, page.newest FROM (SELECT count(*) AS total FROM grouped) AS counted
        LEFT JOIN LATERAL (
            SELECT g.id, g.newest FROM grouped g WHERE {} ORDER BY g.newest DESC, g.id DESC LIMIT {}
        ) AS page ON TRUE
        """,
        viewer.user_id, kind.value, owned_by(viewer), searchable(), beyond, limit,
    )  # fmt: skip
    total = int(rows[0]["total"]) if rows else 0
    return tuple(Found(row["id"], row["newest"]) for row in rows if row["id"] is not None), total


async def find_kind(db: Database, group_id: UUID) -> GroupKind | None:
    """Of which kind a group is; where what hangs together is one group, that one's."""
    row = await db.fetch_one(
        "SELECT kind FROM group_member WHERE group_id = {} ORDER BY kind = {}, kind LIMIT 1",
        group_id, GroupKind.ALIKE.value,
    )  # fmt: skip
    return GroupKind(row["kind"]) if row else None


async def get_members(
    db: Database, viewer: Viewer, group_ids: Collection[UUID], *, kind: GroupKind
) -> dict[UUID, tuple[Asset, ...]]:
    """Those of each group that a person may see and that are out of the trash, the oldest first."""
    condition = QueryString(
        "a.id IN (SELECT m.asset FROM group_member m WHERE m.group_id = ANY({}::uuid[]) AND m.kind = {}) AND {}"
        " ORDER BY a.uploaded_at, a.id",
        list(group_ids), kind.value, searchable(),
    )  # fmt: skip
    assets = await select_assets(db, viewer, condition)
    rows = await db.fetch(
        "SELECT asset, group_id FROM group_member WHERE asset = ANY({}::uuid[]) AND kind = {}",
        [asset.id for asset in assets], kind.value,
    )  # fmt: skip
    group_of = {row["asset"]: row["group_id"] for row in rows}
    found: dict[UUID, tuple[Asset, ...]] = dict.fromkeys(group_ids, ())
    for asset in assets:
        # One that was put into another group meanwhile is left out.
        if group_of.get(asset.id) in found:
            found[group_of[asset.id]] += (asset,)
    return found


async def get_all_ids(db: Database, viewer: Viewer, group_id: UUID) -> frozenset[UUID]:
    """All of a group that are a person's own, those in the trash as well."""
    rows = await db.fetch(
        "SELECT a.id FROM group_member m JOIN asset a ON a.id = m.asset WHERE m.group_id = {} AND {}",
        group_id, owned_by(viewer),
    )  # fmt: skip
    return frozenset(row["id"] for row in rows)


async def count_albums(db: Database, viewer: Viewer, asset_ids: Collection[UUID]) -> dict[UUID, int]:
    """In how many albums a person put each of these; those in none are left out."""
    rows = await db.fetch(
        """
        SELECT x.asset, count(*) AS n FROM album_asset x
        WHERE x.asset = ANY({}::uuid[]) AND x.added_by = {} GROUP BY x.asset
        """,
        list(asset_ids), viewer.user_id,
    )  # fmt: skip
    return {row["asset"]: row["n"] for row in rows}


async def get_albums_lacking(
    db: Database, viewer: Viewer, asset_ids: Sequence[UUID], kept: UUID
) -> tuple[UUID, ...]:
    """Albums into which a person put one of these by hand, and in which another one is not."""
    rows = await db.fetch(
        """
        SELECT DISTINCT x.album FROM album_asset x
        WHERE x.asset = ANY({}::uuid[]) AND x.added_by = {}
          AND NOT EXISTS (SELECT FROM album_asset y WHERE y.album = x.album AND y.asset = {} AND y.added_by = {})
        ORDER BY x.album
        """,
        list(asset_ids), viewer.user_id, kept, viewer.user_id,
    )  # fmt: skip
    return tuple(row["album"] for row in rows)


async def groups_of(db: Database, viewer: Viewer, asset_ids: Collection[UUID]) -> dict[UUID, Group]:
    """What each of these stands for as a person sees it; those that are alone there are left out."""
    rows = await db.fetch(
        """
        SELECT m.asset, m.group_id, count(*) AS size
        FROM group_member m JOIN group_member f ON f.group_id = m.group_id AND f.kind = m.kind
        JOIN asset a ON a.id = f.asset
        WHERE m.asset = ANY({}::uuid[]) AND m.kind = {} AND {} AND {}
        GROUP BY m.asset, m.group_id HAVING count(*) > 1
        """,
        list(asset_ids), GroupKind.ALIKE.value, visible_to(viewer, by_id=True), searchable(),
    )  # fmt: skip
    return {row["asset"]: Group(id=row["group_id"], size=row["size"]) for row in rows}


def outranked(viewer: Viewer, passing: QueryString, rank: QueryString) -> QueryString:
    """Whether a fellow of the group of the row ``each`` of ``asset`` and ``distance`` comes before it.

    ``passing`` is what a fellow in the answer meets, on the aliases ``a`` of the asset and ``e`` of its
    vector; ``rank`` is its distance.
    """
    return QueryString(
        """
        EXISTS (
            SELECT FROM group_member m JOIN group_member f ON f.group_id = m.group_id AND f.kind = m.kind
            JOIN asset a ON a.id = f.asset JOIN embedding e ON e.asset = f.asset
            WHERE m.asset = each.asset AND m.kind = {} AND f.asset <> m.asset
              AND {} AND {} AND {} AND ({}, f.asset) < (each.distance, each.asset) OFFSET 0
        )
        """,
        GroupKind.ALIKE.value, visible_to(viewer, by_id=True), searchable(), passing, rank,
    )  # fmt: skip


def is_fellow(viewer: Viewer, asset_ids: Sequence[UUID]) -> QueryString:
    """Whether the row ``each`` of ``asset`` is in a group with one of these, as far as the viewer sees them.

    Some are of a place in an answer, which the asker may have written: it must not tell what is alike to what.
    """
    if not asset_ids:
        return QueryString("FALSE")
    return QueryString(
        """
        EXISTS (
            SELECT FROM group_member m JOIN group_member f ON f.group_id = m.group_id AND f.kind = m.kind
            JOIN asset a ON a.id = f.asset
            WHERE m.asset = each.asset AND m.kind = {} AND f.asset = ANY({}::uuid[]) AND {} OFFSET 0
        )
        """,
        GroupKind.ALIKE.value, list(asset_ids), visible_to(viewer, by_id=True),
    )  # fmt: skip


async def get_heads(db: Database, asset_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """Those of these, in their order, before which no fellow of their group comes."""
    rows = await db.fetch(
        """
        SELECT DISTINCT ON (coalesce(m.group_id, each.asset)) each.asset
        FROM unnest({}::uuid[]) WITH ORDINALITY AS each (asset, n)
        LEFT JOIN group_member m ON m.asset = each.asset AND m.kind = {}
        ORDER BY coalesce(m.group_id, each.asset), each.n
        """,
        list(asset_ids), GroupKind.ALIKE.value,
    )  # fmt: skip
    heads = {row["asset"] for row in rows}
    return tuple(asset for asset in asset_ids if asset in heads)
