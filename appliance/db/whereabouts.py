"""In which albums one asset is, and who sees it by what: for one asset that the caller has found visible."""

import json
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.filters import meets_rule
from appliance.db.opened import MAY_LEND, covers, opens_album
from appliance.db.visibility import owned_by, searchable, visible_to
from appliance.records.accounts import Named, Role, Viewer
from appliance.records.filter_json import from_json
from appliance.records.rules import AlbumRule
from appliance.records.whereabouts import InAlbum, SeenBy, Way

#: Most of each kind that are told of one asset.
MAX_TOLD = 200


async def list_albums_of(db: Database, viewer: Viewer, asset_id: UUID) -> tuple[InAlbum, ...]:
    """The albums that a person may look into and that show them this asset, their own first, by name."""
    rows = await db.fetch(
        """
        SELECT b.id, b.name, b.owner, o.name AS owner_name, b.rule IS NOT NULL AS by_rule,
               bool_or(x.added_by = {}) AS added
        FROM album b JOIN account o ON o.id = b.owner AND o.deleted_at IS NULL
        LEFT JOIN album_asset x ON x.album = b.id AND x.asset = {}
        WHERE (x.asset IS NOT NULL OR b.id = ANY({}::uuid[])) AND {}
          AND EXISTS (SELECT FROM asset a WHERE a.id = {} AND {} AND {})
        GROUP BY b.id, o.name ORDER BY b.owner <> {}, lower(b.name), b.id LIMIT {}
        """,
        viewer.user_id, asset_id, await _met(db, viewer, asset_id), opens_album(viewer.user_id),
        asset_id, visible_to(viewer, by_id=True), searchable(), viewer.user_id, MAX_TOLD,
    )  # fmt: skip
    return tuple(
        InAlbum(
            id=row["id"],
            name=row["name"],
            owner=Named(row["owner"], row["owner_name"]),
            mine=row["owner"] == viewer.user_id,
            by_rule=row["by_rule"],
            removable=not row["by_rule"]
            and viewer.role is not Role.VIEWER
            and (row["owner"] == viewer.user_id or bool(row["added"])),
        )
        for row in rows
    )


async def _met(db: Database, viewer: Viewer, asset_id: UUID) -> list[UUID]:
    """The albums by a rule of the asset's owner that this person may look into and whose rule it meets now."""
    rows = await db.fetch(
        """
        SELECT b.id, b.owner, b.rule::text AS rule FROM album b
        WHERE b.rule IS NOT NULL AND b.owner = (SELECT a.owner FROM asset a WHERE a.id = {} AND {}) AND {}
        """,
        asset_id, visible_to(viewer, by_id=True), opens_album(viewer.user_id),
    )  # fmt: skip
    tests = []
    for row in rows:
        try:
            rule = AlbumRule(row["id"], row["owner"], from_json(json.loads(row["rule"])), row["rule"])
        except ValueError:
            # Only a later release can read it.
            continue
        tests.append(
            QueryString(
                "SELECT {}::uuid AS id FROM asset a WHERE a.id = {} AND {}",
                rule.album, asset_id, meets_rule(rule, viewer),
            )
        )  # fmt: skip
    if not tests:
        return []
    met = await db.fetch(QueryString(" UNION ALL ".join("{}" for _ in tests), *tests))
    return [row["id"] for row in met]


async def list_seen_by(db: Database, viewer: Viewer, asset_id: UUID) -> tuple[SeenBy, ...]:
    """Who besides its owner, ``viewer``, sees this asset, and by which folders and albums; nobody while in the trash.

    Administrators who see all are not told: that is a setting of the house.
    """
    rows = await db.fetch(
        """
        WITH here AS (SELECT a.* FROM asset a WHERE a.id = {} AND {} AND {}),
        ways AS (
            SELECT s.subject, s.subject IS NULL AS everybody, 'folder' AS way, top.name
            FROM here a JOIN folder f ON f.id = a.folder JOIN folder top ON {} JOIN share s ON s.folder = top.id
            UNION SELECT f.owner, FALSE, 'folder', f.name FROM here a JOIN folder f ON f.id = a.folder
            UNION SELECT s.subject, s.subject IS NULL, 'album', b.name
            FROM here a JOIN album_asset x ON x.asset = a.id AND x.added_by = a.owner
                JOIN share s ON s.album = x.album JOIN album b ON b.id = s.album
            WHERE {}
            UNION SELECT b.owner, FALSE, 'album', b.name
            FROM here a JOIN album_asset x ON x.asset = a.id AND x.added_by = a.owner
                JOIN share s ON s.album = x.album JOIN album b ON b.id = s.album
            WHERE {}
            UNION SELECT s.subject, s.subject IS NULL, 'album', b.name
            FROM here a JOIN album b ON b.id = ANY({}::uuid[]) JOIN share s ON s.album = b.id
        )
        SELECT p.id, p.name AS person, ways.way, ways.name
        FROM ways LEFT JOIN account p ON p.id = ways.subject AND p.deleted_at IS NULL
        WHERE (ways.everybody OR p.id IS NOT NULL) AND p.id IS DISTINCT FROM {}
        ORDER BY NOT ways.everybody, lower(p.name), ways.way DESC, lower(ways.name), ways.name LIMIT {}
        """,
        asset_id, owned_by(viewer), searchable(), covers("top", "f"), MAY_LEND, MAY_LEND,
        await _met(db, viewer, asset_id), viewer.user_id, MAX_TOLD,
    )  # fmt: skip
    return tuple(
        SeenBy(
            person=None if row["id"] is None else Named(row["id"], row["person"]),
            way=Way(row["way"]),
            name=row["name"],
        )
        for row in rows
    )
