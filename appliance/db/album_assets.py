"""What is in albums that are put together by hand, and in which order.

Positions have gaps, so that something is moved in between without a word to the others. Every change needs
:func:`~appliance.db.albums.lock_albums`.
"""

from collections.abc import Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.assets import ASSET_TABLES, MAX_LIMIT, asset_columns, asset_from_row
from appliance.db.engine import Database
from appliance.db.visibility import belongs_to, searchable, visible_to
from appliance.records.accounts import Viewer
from appliance.records.albums import AlbumKey
from appliance.records.assets import Asset

#: Between two positions, where nothing else is said.
GAP = 1024


async def owners_of(db: Database, viewer: Viewer, asset_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whose each of these assets is that a person may see outside the trash."""
    rows = await db.fetch(
        "SELECT a.id, a.owner FROM asset a WHERE a.id = ANY({}::uuid[]) AND {} AND {}",
        list(asset_ids), visible_to(viewer, by_id=True), searchable(),
    )  # fmt: skip
    return {row["id"]: row["owner"] for row in rows}


async def count_in(db: Database, album_id: UUID) -> int:
    """How many assets are in an album, whoever sees them."""
    [row] = await db.fetch("SELECT count(*) AS n FROM album_asset WHERE album = {}", album_id)
    return int(row["n"])


async def count_of(db: Database, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
    """How many of these assets are in the album, whoever sees them."""
    [row] = await db.fetch(
        "SELECT count(*) AS n FROM album_asset WHERE album = {} AND asset = ANY({}::uuid[])",
        album_id, list(asset_ids),
    )  # fmt: skip
    return int(row["n"])


async def add_assets(db: Database, album_id: UUID, asset_ids: Sequence[UUID], *, by: UUID) -> int:
    """How many of these are in the album now that were not, behind all others in the order given.

    What somebody else than its owner put there before counts as the owner's from the moment they put it there.
    """
    rows = await db.fetch(
        """
        INSERT INTO album_asset AS x (album, asset, position, added_by)
        SELECT {}, each.id, coalesce(last.position, 0) + each.n * {}, {}
        FROM unnest({}::uuid[]) WITH ORDINALITY AS each (id, n)
        CROSS JOIN (SELECT max(position) AS position FROM album_asset WHERE album = {}) AS last
        WHERE NOT EXISTS (SELECT FROM album_asset y WHERE y.album = {} AND y.asset = each.id)
        RETURNING x.id
        """,
        album_id, GAP, by, list(asset_ids), album_id, album_id,
    )  # fmt: skip
    await db.fetch(
        """
        UPDATE album_asset x SET added_by = {} FROM unnest({}::uuid[]) AS mine (id)
        WHERE x.album = {} AND x.asset = mine.id AND x.added_by IS DISTINCT FROM {}
          AND EXISTS (SELECT FROM asset a WHERE a.id = x.asset AND {})
        """,
        by, list(asset_ids), album_id, by, belongs_to(by),
    )  # fmt: skip
    return len(rows)


async def remove_assets(
    db: Database, album_id: UUID, asset_ids: Sequence[UUID], *, added_by: UUID | None
) -> int:
    """How many of these were in the album, put there by this person or, for None, by anybody; they are not now."""
    rows = await db.fetch(
        "DELETE FROM album_asset WHERE album = {} AND asset = ANY({}::uuid[])"
        " AND ({}::uuid IS NULL OR added_by = {}) RETURNING asset",
        album_id, list(asset_ids), added_by, added_by,
    )  # fmt: skip
    await db.fetch(
        "UPDATE album SET cover = NULL WHERE id = {} AND cover = ANY({}::uuid[])",
        album_id, [row["asset"] for row in rows],
    )  # fmt: skip
    return len(rows)


async def place_assets(
    db: Database, album_id: UUID, asset_ids: Sequence[UUID], *, before: UUID | None
) -> None:
    """Put these assets of an album, in the order given, before that one of it, or for None behind all others."""
    count = len(asset_ids)
    low, high = await _gap(db, album_id, asset_ids, before=before)
    if high - low <= count:
        await _spread(db, album_id, step=max(GAP, 2 * (count + 1)))
        low, high = await _gap(db, album_id, asset_ids, before=before)
    step = (high - low) // (count + 1)
    await db.fetch(
        """
        UPDATE album_asset x SET position = {}::bigint + each.n * {}::bigint
        FROM unnest({}::uuid[]) WITH ORDINALITY AS each (id, n)
        WHERE x.album = {} AND x.asset = each.id
        """,
        low, step, list(asset_ids), album_id,
    )  # fmt: skip


async def _gap(
    db: Database, album_id: UUID, moved: Sequence[UUID], *, before: UUID | None
) -> tuple[int, int]:
    """The positions between which there is room, as if what is moved was not there."""
    wide = GAP * (len(moved) + 1)
    [row] = await db.fetch(
        """
        WITH rest AS (SELECT asset, position FROM album_asset WHERE album = {} AND asset <> ALL({}::uuid[])),
        anchor AS (SELECT position FROM rest WHERE asset = {}::uuid)
        SELECT (SELECT position FROM anchor) AS high, max(position) AS low FROM rest
        WHERE NOT EXISTS (SELECT FROM anchor) OR position < (SELECT position FROM anchor)
        """,
        album_id, list(moved), before,
    )  # fmt: skip
    high, low = row["high"], row["low"]
    if high is None:
        return low or 0, (low or 0) + wide
    return (high - wide if low is None else low), high


async def _spread(db: Database, album_id: UUID, *, step: int) -> None:
    """Give everything in an album a new position in the same order, that far from each other."""
    await db.fetch(
        """
        UPDATE album_asset x SET position = each.n * {}::bigint
        FROM (SELECT id, row_number() OVER (ORDER BY position, id) AS n FROM album_asset WHERE album = {}) AS each
        WHERE x.id = each.id
        """,
        step, album_id,
    )  # fmt: skip


async def list_contents(
    db: Database, viewer: Viewer, album_id: UUID, *, limit: int, after: AlbumKey | None
) -> tuple[tuple[Asset, AlbumKey], ...]:
    """What a person sees of an album, in its order, whoever may look into it.

    ``after`` is a place that moves with its row for as long as that is there.
    """
    # One by one in the album's order, as far as the page goes, whatever the planner thinks of how much there is.
    behind = QueryString("TRUE")
    if after is not None:
        behind = QueryString(
            "(x.position, x.id) > (coalesce((SELECT y.position FROM album_asset y WHERE y.id = {} AND y.album = {}),"
            " {}::bigint), {}::bigint)",
            after.row, album_id, after.position, after.row,
        )  # fmt: skip
    rows = await db.fetch(
        """
        WITH chosen AS MATERIALIZED (
            SELECT seen.id, x.position, x.id AS row FROM album_asset x CROSS JOIN LATERAL (
                SELECT a.id FROM asset a WHERE a.id = x.asset AND {} AND {} OFFSET 0
            ) seen
            WHERE x.album = {} AND {} ORDER BY x.position, x.id LIMIT {}
        )
        SELECT {}, chosen.position, chosen.row FROM {} JOIN chosen ON chosen.id = a.id
        ORDER BY chosen.position, chosen.row
        """,
        visible_to(viewer, by_id=True), searchable(), album_id, behind, max(1, min(limit, MAX_LIMIT + 1)),
        asset_columns(viewer.user_id, viewer.sight), ASSET_TABLES,
    )  # fmt: skip
    return tuple((asset_from_row(row), AlbumKey(row["position"], row["row"])) for row in rows)
