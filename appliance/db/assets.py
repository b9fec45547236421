"""Assets as people see them: read with folder, tags and jobs in one query, whatever their number."""

import json
from collections.abc import Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.db.filters import to_sql
from appliance.db.visibility import (
    belongs_to,
    in_trash,
    owned_by,
    searchable,
    shown_folder,
    shown_path,
    visible_parts,
    visible_to,
)
from appliance.errors import NotFound
from appliance.records.accounts import Sight, Viewer
from appliance.records.assets import Asset, Facts, JobState, Kind, Lifecycle, Media, Taken
from appliance.records.organise import ListKey
from appliance.records.search import Filter

#: Most assets that one query returns, whoever asks.
MAX_LIMIT = 1000

_COLUMNS = """
    a.id, a.owner, o.name AS owner_name, a.filename, a.sha256, a.bytes, a.mime, a.kind,
    a.width, a.height, a.taken_at, a.taken_offset_minutes, a.taken_source, a.camera, a.lens, a.latitude, a.longitude,
    a.thumbhash, a.mean_color, a.uploaded_at, a.media_version, a.description, a.expires_at, a.purge_after, a.revision,
    CASE WHEN a.state = 'active' AND a.expires_at <= now() THEN 'trashed' ELSE a.state END AS state,
    CASE WHEN a.state = 'active' AND a.expires_at <= now() THEN a.expires_at ELSE a.trashed_at END AS trashed_at,
    ARRAY(
        SELECT t.name FROM asset_tag x JOIN tag t ON t.id = x.tag WHERE x.asset = a.id ORDER BY lower(t.name)
    ) AS tags,
    (
        SELECT json_agg(json_build_array(j.kind, m.name, j.state, j.attempts, j.error_code, j.error_text)
                        ORDER BY j.id)
        FROM job j LEFT JOIN model m ON m.id = j.model
        WHERE j.asset = a.id AND (j.model IS NULL OR j.model = (SELECT model FROM active_model))
    ) AS jobs
"""

#: What :func:`asset_columns` reads from; a condition on ``a`` follows.
ASSET_TABLES = QueryString("asset a JOIN account o ON o.id = a.owner LEFT JOIN folder f ON f.id = a.folder")


def asset_columns(person: UUID, sight: Sight = Sight.SHARED) -> QueryString:
    """The columns of an asset on the alias ``a`` as this person sees it, after a condition on who may.

    Tags, jobs and the path of a shared folder are looked up by index per row that is returned.
    """
    return QueryString(
        "{}, {} AS folder, {} AS folder_id, a.owner = {} AS mine, a.owner = {} AND a.favourite AS favourite,"
        " CASE WHEN a.owner = {} THEN a.rating END AS rating",
        QueryString(_COLUMNS), shown_path(person, sight), shown_folder(person, sight), person, person, person,
    )  # fmt: skip


def asset_from_row(row: Row) -> Asset:
    """The record of a row of :func:`asset_columns`."""
    return Asset(
        id=row["id"],
        owner=row["owner"],
        owner_name=row["owner_name"],
        mine=row["mine"],
        folder=row["folder"],
        folder_id=row["folder_id"],
        filename=row["filename"],
        sha256=row["sha256"],
        bytes=row["bytes"],
        facts=_facts_from_row(row),
        uploaded_at=row["uploaded_at"],
        media_version=row["media_version"],
        description=row["description"],
        favourite=row["favourite"],
        rating=row["rating"],
        tags=tuple(row["tags"]),
        expires_at=row["expires_at"],
        trashed_at=row["trashed_at"],
        purge_after=row["purge_after"],
        state=Lifecycle(row["state"]),
        revision=row["revision"],
        jobs=tuple(JobState(*fields) for fields in json.loads(row["jobs"] or "[]")),
    )


def _facts_from_row(row: Row) -> Facts:
    taken = None
    if row["taken_at"] is not None:
        taken = Taken(
            local=row["taken_at"],
            offset_minutes=row["taken_offset_minutes"],
            source=row["taken_source"] or "",
        )
    return Facts(
        mime=row["mime"],
        kind=Kind(row["kind"]),
        width=row["width"],
        height=row["height"],
        taken=taken,
        camera=row["camera"],
        lens=row["lens"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        thumbhash=row["thumbhash"],
        mean_color=row["mean_color"],
    )


async def _select(db: Database, columns: QueryString, condition: QueryString) -> tuple[Asset, ...]:
    rows = await db.fetch("SELECT {} FROM {} WHERE {}", columns, ASSET_TABLES, condition)
    return tuple(asset_from_row(row) for row in rows)


def _columns_for(viewer: Viewer) -> QueryString:
    return asset_columns(viewer.user_id, viewer.sight)


async def select_assets(db: Database, viewer: Viewer, condition: QueryString) -> tuple[Asset, ...]:
    """Those of the assets that a person may see, few or their own, which meet a condition on ``a``; it may go on."""
    seen = QueryString("{} AND a.state <> 'purging' AND {}", visible_to(viewer, by_id=True), condition)
    return await _select(db, _columns_for(viewer), seen)


async def find_asset(db: Database, viewer: Viewer, asset_id: UUID) -> Asset | None:
    """An asset that this person may see, trashed or not, or None; one that is being purged is gone already."""
    condition = QueryString(
        "a.id = {} AND {} AND a.state <> 'purging'", asset_id, visible_to(viewer, by_id=True)
    )
    found = await _select(db, _columns_for(viewer), condition)
    return found[0] if found else None


async def find_assets(db: Database, viewer: Viewer, asset_ids: Sequence[UUID]) -> tuple[Asset, ...]:
    """Those of these assets, at most :data:`MAX_LIMIT`, that :func:`find_asset` would find, in no order."""
    condition = QueryString(
        "a.id = ANY({}::uuid[]) AND {} AND a.state <> 'purging'",
        list(asset_ids[:MAX_LIMIT]),
        visible_to(viewer, by_id=True),
    )
    return await _select(db, _columns_for(viewer), condition)


async def get_asset(db: Database, viewer: Viewer, asset_id: UUID) -> Asset:
    """An asset that this person may see, trashed or not.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
    """
    asset = await find_asset(db, viewer, asset_id)
    if asset is None:
        raise NotFound
    return asset


async def get_own_asset(db: Database, owner: UUID, asset_id: UUID) -> Asset:
    """An asset by its owner, where no person asks: for what was just taken in.

    Raises:
        NotFound: there is none by this id, or it is somebody else's.
    """
    condition = QueryString("a.id = {} AND {} AND a.state <> 'purging'", asset_id, belongs_to(owner))
    found = await _select(db, asset_columns(owner), condition)
    if not found:
        raise NotFound
    return found[0]


async def find_media(db: Database, viewer: Viewer, asset_id: UUID) -> Media | None:
    """Where an asset that a person may see has its bytes, without all that is otherwise known of it, or None."""
    row = await db.fetch_one(
        """
        SELECT a.filename, a.media_version, a.width, a.height,
            CASE WHEN a.owner <> {} THEN extract(epoch FROM a.expires_at - clock_timestamp())::float8 END
                AS seconds_left
        FROM asset a WHERE a.id = {} AND {} AND a.state <> 'purging'
        """,
        viewer.user_id, asset_id, visible_to(viewer, by_id=True),
    )  # fmt: skip
    if row is None:
        return None
    return Media(
        filename=row["filename"],
        version=row["media_version"],
        width=row["width"],
        height=row["height"],
        seconds_left=row["seconds_left"],
    )


async def kept_of(db: Database, asset_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these there are and no purge has marked, whosever they are."""
    found = await db.fetch(
        "SELECT a.id FROM asset a WHERE a.id = ANY({}::uuid[]) AND a.state <> 'purging'", list(asset_ids)
    )
    return frozenset(row["id"] for row in found)


async def list_assets(
    db: Database, viewer: Viewer, *, where: Filter, limit: int, after: ListKey | None = None
) -> tuple[Asset, ...]:
    """The assets that a person may see and that are not in the trash, the latest upload first."""
    narrowed = QueryString(
        "{} AND {} AND {}", searchable(), to_sql(where, viewer), _after("a.uploaded_at", after)
    )
    order = QueryString("ORDER BY a.uploaded_at DESC, a.id DESC LIMIT {}", _clamped(limit))
    newest = _newest(viewer, narrowed, order)
    return await _select(db, _columns_for(viewer), QueryString("a.id IN ({}) {}", newest, order))


def _newest(viewer: Viewer, narrowed: QueryString, order: QueryString) -> QueryString:
    """A SELECT of ids with the first in this order among them: the first of each part that is seen, by index."""
    if viewer.sight is Sight.ALL:
        # Owner by owner, as the index has them.
        return QueryString(
            "SELECT one.id FROM account o CROSS JOIN LATERAL"
            " (SELECT a.id FROM asset a WHERE a.owner = o.id AND {} AND {} {}) AS one",
            visible_to(viewer), narrowed, order,
        )  # fmt: skip
    parts = [
        QueryString("(SELECT a.id FROM asset a WHERE {} AND {} {})", part, narrowed, order)
        for part in visible_parts(viewer)
    ]
    return QueryString(" UNION ALL ".join("{}" for _ in parts), *parts)


async def list_trash(
    db: Database, viewer: Viewer, *, limit: int, after: ListKey | None = None
) -> tuple[Asset, ...]:
    """A person's trash, the last trashed first."""
    trashed_at = "coalesce(a.trashed_at, a.expires_at)"
    condition = QueryString(
        f"{{}} AND {{}} AND {{}} ORDER BY {trashed_at} DESC, a.id DESC LIMIT {{}}",
        owned_by(viewer),
        in_trash(),
        _after(trashed_at, after),
        _clamped(limit),
    )
    return await _select(db, _columns_for(viewer), condition)


async def count_assets(db: Database, viewer: Viewer) -> int:
    """How many assets a person may see outside the trash."""
    row = await db.fetch_one(
        "SELECT count(*) AS n FROM asset a WHERE {} AND {}", visible_to(viewer), searchable()
    )
    return int(row["n"]) if row else 0


def _after(column: str, key: ListKey | None) -> QueryString:
    if key is None:
        return QueryString("TRUE")
    return QueryString(f"({column}, a.id) < ({{}}, {{}})", key.at, key.id)


def _clamped(limit: int) -> int:
    # One more than a page, so that the caller can see whether there is a next one.
    return max(1, min(limit, MAX_LIMIT + 1))
