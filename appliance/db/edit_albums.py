"""What an edit does with an album: puts its assets in or takes them out, and back to where they were."""

from collections.abc import Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.album_assets import GAP
from appliance.db.albums import may_add
from appliance.db.engine import Database
from appliance.records.edits import EditChanges

_NOTHING = QueryString("SELECT NULL::uuid AS asset, NULL::jsonb AS place WHERE FALSE")


def concerns(changes: EditChanges) -> bool:
    """Whether these have to do with an album."""
    return changes.add_to_album is not None or changes.remove_from_album is not None


def statements(owner: UUID, ids: Sequence[UUID], changes: EditChanges) -> tuple[QueryString, QueryString]:
    """What puts assets of this person's in an album and takes them out of one, giving back which and what was before.

    What somebody else had put there counts as theirs from now on. Out of somebody else's album goes what they put
    there themselves. Both albums have to be locked.
    """
    put = taken = _NOTHING
    if changes.add_to_album is not None:
        album = changes.add_to_album
        put = QueryString(
            # What RETURNING reads of the table is as it was before.
            "INSERT INTO album_asset AS x (asset, album, position, added_by)"
            " SELECT each.id, {}::uuid, coalesce(last.position, 0) + each.n * {}, {}::uuid"
            " FROM unnest({}::uuid[]) WITH ORDINALITY AS each (id, n)"
            " CROSS JOIN (SELECT max(position) AS position FROM album_asset WHERE album = {}) AS last"
            " ON CONFLICT (asset, album) DO UPDATE SET added_by = excluded.added_by"
            " WHERE x.added_by IS DISTINCT FROM excluded.added_by"
            " RETURNING asset, coalesce("
            "(SELECT jsonb_build_object('album_lent', jsonb_build_array(y.added_by)) FROM album_asset y"
            " WHERE y.asset = x.asset AND y.album = x.album), jsonb_build_object('album_added', TRUE)) AS place",
            album, GAP, owner, list(ids), album,
        )  # fmt: skip
    if changes.remove_from_album is not None:
        taken = QueryString(
            "DELETE FROM album_asset x USING album b WHERE b.id = {} AND x.album = b.id"
            " AND x.asset = ANY({}::uuid[]) AND (b.owner = {} OR x.added_by = {})"
            " RETURNING x.asset, jsonb_build_object('album_removed',"
            " jsonb_build_array(x.position, x.added_by, b.cover IS NOT DISTINCT FROM x.asset)) AS place",
            changes.remove_from_album, list(ids), owner, owner,
        )  # fmt: skip
    return put, taken


async def drop_lost_cover(db: Database, album_id: UUID) -> None:
    """Let an album have no cover of its own where that is no longer in it."""
    await db.fetch(
        "UPDATE album b SET cover = NULL WHERE b.id = {} AND b.cover IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM album_asset x WHERE x.album = b.id AND x.asset = b.cover)",
        album_id,
    )


async def restore_places(
    db: Database, owner: UUID, edit_id: UUID, ids: Sequence[UUID], changes: EditChanges
) -> None:
    """Take out what was put in, and put back what was taken out, where that may still be added to the album."""
    into, out_of = changes.add_to_album, changes.remove_from_album
    if into is not None:
        await _take_out(db, owner, edit_id, ids, into)
    if out_of is not None and await may_add(db, owner, out_of):
        await _put_back(db, edit_id, ids, out_of)


async def _take_out(db: Database, owner: UUID, edit_id: UUID, ids: Sequence[UUID], album_id: UUID) -> None:
    await db.fetch(
        "DELETE FROM album_asset x USING edit_item i WHERE i.edit = {} AND i.asset = ANY({}::uuid[])"
        " AND i.before->'album_added' IS NOT NULL AND x.album = {} AND x.asset = i.asset",
        edit_id, list(ids), album_id,
    )  # fmt: skip
    await db.fetch(
        """
        UPDATE album_asset x SET added_by = (
            SELECT p.id FROM account p WHERE p.id = (i.before->'album_lent'->>0)::uuid
        ) FROM edit_item i WHERE i.edit = {} AND i.asset = ANY({}::uuid[]) AND i.before->'album_lent' IS NOT NULL
            AND x.album = {} AND x.asset = i.asset AND x.added_by = {}
        """,
        edit_id, list(ids), album_id, owner,
    )  # fmt: skip
    await drop_lost_cover(db, album_id)


async def _put_back(db: Database, edit_id: UUID, ids: Sequence[UUID], album_id: UUID) -> None:
    await db.fetch(
        """
        WITH back AS (
            INSERT INTO album_asset (asset, album, position, added_by)
            SELECT i.asset, {}::uuid, (i.before->'album_removed'->>0)::bigint, p.id
            FROM edit_item i LEFT JOIN account p ON p.id = (i.before->'album_removed'->>1)::uuid
            WHERE i.edit = {} AND i.asset = ANY({}::uuid[]) AND i.before->'album_removed' IS NOT NULL
            ON CONFLICT (asset, album) DO NOTHING RETURNING asset
        )
        UPDATE album b SET cover = back.asset FROM back JOIN edit_item i ON i.edit = {} AND i.asset = back.asset
        WHERE b.id = {} AND b.cover IS NULL AND (i.before->'album_removed'->>2)::boolean
        """,
        album_id, edit_id, list(ids), edit_id, album_id,
    )  # fmt: skip
