"""What an edit does with some of its items in one transaction, and how that is taken back.

Each asset is changed and its item marked in one statement: whatever cuts a step off, an item that says ``done`` was
done once, and remembers what was there before. Assets are locked in the order of their ids, after folders and words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db import edit_albums
from appliance.db.asset_changes import can_shift, corrected, restored, shifted, trashed
from appliance.db.engine import Database
from appliance.db.folders import hold_trees
from appliance.db.opened import takes_from
from appliance.db.visibility import belongs_to, in_trash, searchable
from appliance.records.edits import Act, EditChanges
from appliance.records.organise import Corrected, Unset

#: Most tags that an edit lets an asset have.
_MAX_TAGS = 100

_LONGEST_LIFE = QueryString("now() + interval '36525 days'")

_LEAVING = ("state", "trashed_at", "purge_after")

_TAKEN = ("taken_at", "taken_offset_minutes", "taken_source")


@dataclass(frozen=True, slots=True)
class Plan:
    """An edit's changes as SQL on the alias ``a`` of the asset table."""

    #: What is remembered, and restored by an undo.
    columns: tuple[str, ...]
    assignments: tuple[QueryString, ...]
    #: What an asset has to be for any of it.
    conditions: tuple[QueryString, ...]
    #: What an asset has to be for one of the changes that leave others as they are; empty if one is for all.
    touches: tuple[QueryString, ...] = ()


def plan(changes: EditChanges, *, trash_days: float) -> Plan:
    """What is to be written, and on which assets. Tags are apart."""
    columns: list[str] = []
    assignments: list[QueryString] = []
    conditions = [_state_for(changes.act)]
    for name in ("description", "favourite", "rating"):
        value = getattr(changes.set, name)
        if not isinstance(value, Unset):
            columns.append(name)
            assignments.append(QueryString(f"{name} = {{}}", value))
    if not isinstance(changes.set.folder_id, Unset):
        columns.append("folder")
        assignments.append(QueryString("folder = {}::uuid", changes.set.folder_id))
    for_all = bool(assignments or changes.add_tags or changes.remove_tags or edit_albums.concerns(changes))
    touches: list[QueryString] = []
    for part in (_life(changes, trash_days), _dates(changes)):
        columns += part.columns
        assignments += part.assignments
        touches += part.touches
        for_all |= bool(part.assignments and not part.touches)
    if touches and not for_all:
        conditions.append(QueryString("({})", _joined(" OR ", touches)))
    if changes.add_tags:
        conditions.append(_has_room_for(changes.add_tags))
    return Plan(tuple(columns), tuple(assignments), tuple(conditions))


def _state_for(act: Act | None) -> QueryString:
    match act:
        case Act.TRASH:
            return QueryString("a.state = 'active'")
        case Act.RESTORE:
            return in_trash()
        case None:
            return searchable()


def _life(changes: EditChanges, trash_days: float) -> Plan:
    if changes.act is Act.TRASH:
        return Plan(_LEAVING, (trashed(trash_days),), ())
    if changes.act is Act.RESTORE:
        return Plan((*_LEAVING, "purge_asked", "expires_at"), (restored(),), ())
    if changes.extend_seconds is not None:
        expires = QueryString("a.expires_at IS NOT NULL")
        longer = QueryString(
            "expires_at = CASE WHEN {} THEN least(a.expires_at + make_interval(secs => {}), {}) END",
            expires, float(changes.extend_seconds), _LONGEST_LIFE,
        )  # fmt: skip
        return Plan(("expires_at",), (longer,), (), (expires,))
    if changes.expires_by is not None:
        sooner = QueryString("expires_at = least(a.expires_at, {}::timestamptz)", changes.expires_by)
        return Plan(("expires_at",), (sooner,), ())
    if not isinstance(changes.set.expires_at, Unset):
        then = QueryString("expires_at = {}::timestamptz", changes.set.expires_at)
        return Plan(("expires_at",), (then,), ())
    return Plan((), (), ())


def _dates(changes: EditChanges) -> Plan:
    columns = (*_TAKEN, *(f"found_{name}" for name in _TAKEN))
    if changes.shift_taken_minutes is not None:
        minutes = changes.shift_taken_minutes
        return Plan(columns, (shifted(minutes),), (), (can_shift(minutes),))
    taken = changes.set.taken
    if isinstance(taken, Corrected) or taken is None:
        return Plan(columns, (corrected(taken),), ())
    return Plan((), (), ())


def _has_room_for(names: Sequence[str]) -> QueryString:
    return QueryString(
        "(SELECT count(*) FROM asset_tag x JOIN tag t ON t.id = x.tag WHERE x.asset = a.id AND {}) <= {}",
        _called(names, but=True), _MAX_TAGS - len(names),
    )  # fmt: skip


def _called(names: Sequence[str], *, but: bool = False) -> QueryString:
    """Tags ``t`` of these names, or of all ``but`` these."""
    return QueryString(
        "lower(t.name) {} (SELECT lower(name) FROM unnest({}::text[]) AS n (name))",
        QueryString("NOT IN" if but else "IN"), list(names),
    )  # fmt: skip


async def next_items(db: Database, edit_id: UUID, state: str, limit: int) -> tuple[UUID, ...]:
    """The assets of the next items in this state."""
    rows = await db.fetch(
        "SELECT asset FROM edit_item WHERE edit = {} AND state = {} ORDER BY id LIMIT {}",
        edit_id, state, limit,
    )  # fmt: skip
    return tuple(row["asset"] for row in rows)


async def hold_places(
    db: Database, owner: UUID, edit_id: UUID, asset_ids: Sequence[UUID], *, folder_id: UUID | None
) -> None:
    """Wait until nobody changes the trees in which these assets lie, lay before the edit, or are to lie."""
    rows = await db.fetch(
        """
        SELECT DISTINCT f.owner FROM folder f WHERE f.id IN (
            SELECT a.folder FROM asset a WHERE a.id = ANY({}::uuid[]) AND {}
            UNION SELECT (i.before->>'folder')::uuid FROM edit_item i WHERE i.edit = {} AND i.asset = ANY({}::uuid[])
            UNION SELECT {}::uuid
        )
        """,
        list(asset_ids), belongs_to(owner), edit_id, list(asset_ids), folder_id,
    )  # fmt: skip
    await hold_trees(db, [row["owner"] for row in rows])


async def change_items(
    db: Database,
    owner: UUID,
    edit_id: UUID,
    asset_ids: Sequence[UUID],
    changes: EditChanges,
    *,
    trash_days: float,
) -> int:
    """How many of these waiting items were done; the others can't be, and are skipped."""
    wanted = plan(changes, trash_days=trash_days)
    rows = await db.fetch(
        "SELECT a.id FROM asset a WHERE a.id = ANY({}::uuid[]) AND {} AND {} ORDER BY a.id FOR NO KEY UPDATE",
        list(asset_ids), belongs_to(owner), _joined(" AND ", wanted.conditions),
    )  # fmt: skip
    ids = [row["id"] for row in rows]
    added, removed = _tag_statements(owner, ids, changes)
    put, taken = edit_albums.statements(owner, ids, changes)
    remembered = ", ".join(f"'{name}', a.{name}" for name in ("revision", *wanted.columns))
    await db.fetch(
        """
        WITH added AS ({}), removed AS ({}), put AS ({}), taken AS ({}), was AS (
            SELECT a.id, jsonb_build_object({}) AS before FROM asset a WHERE a.id = ANY({}::uuid[]) AND {}
        ), added_to AS MATERIALIZED (
            SELECT asset, jsonb_build_object('tags_added', jsonb_agg(tag)) AS tags FROM added GROUP BY asset
        ), removed_from AS MATERIALIZED (
            SELECT asset, jsonb_build_object('tags_removed', jsonb_agg(jsonb_build_array(tag, name))) AS tags
            FROM removed GROUP BY asset
        ), changed AS (
            UPDATE asset a SET {} WHERE a.id = ANY({}::uuid[]) AND {} RETURNING a.id, a.revision
        )
        UPDATE edit_item i SET state = 'done', revision = changed.revision,
            before = was.before || coalesce(added_to.tags, jsonb_build_object())
                || coalesce(removed_from.tags, jsonb_build_object())
                || coalesce(put.place, jsonb_build_object()) || coalesce(taken.place, jsonb_build_object())
        FROM was JOIN changed ON changed.id = was.id LEFT JOIN added_to ON added_to.asset = was.id
            LEFT JOIN removed_from ON removed_from.asset = was.id
            LEFT JOIN put ON put.asset = was.id LEFT JOIN taken ON taken.asset = was.id
        WHERE i.edit = {} AND i.asset = was.id AND i.asset = ANY({}::uuid[])
        """,
        added, removed, put, taken, QueryString(remembered), ids, belongs_to(owner),
        _joined(", ", (QueryString("revision = a.revision + 1"), *wanted.assignments)), ids, belongs_to(owner),
        edit_id, ids,
    )  # fmt: skip
    if len(ids) < len(asset_ids):
        await _mark_others(db, edit_id, asset_ids, was="waiting", now="skipped")
    return len(ids)


def _tag_statements(
    owner: UUID, ids: Sequence[UUID], changes: EditChanges
) -> tuple[QueryString, QueryString]:
    """What puts tags on and takes tags off, giving back which."""
    replacing = not isinstance(changes.set.tags, Unset)
    on = changes.add_tags if isinstance(changes.set.tags, Unset) else changes.set.tags
    off = _called(on, but=True) if replacing else _called(changes.remove_tags)
    added = QueryString(
        "INSERT INTO asset_tag (asset, tag) SELECT each.id, t.id FROM unnest({}::uuid[]) AS each (id)"
        " CROSS JOIN tag t WHERE t.owner = {} AND {} ON CONFLICT (asset, tag) DO NOTHING RETURNING asset, tag",
        list(ids), owner, _called(on),
    )  # fmt: skip
    removed = QueryString(
        "DELETE FROM asset_tag x USING tag t WHERE x.asset = ANY({}::uuid[]) AND t.id = x.tag AND {}"
        " RETURNING x.asset, x.tag, t.name",
        list(ids), off,
    )  # fmt: skip
    nothing = QueryString("SELECT NULL::uuid AS asset, NULL::uuid AS tag, NULL::text AS name WHERE FALSE")
    return added if on else nothing, removed if replacing or changes.remove_tags else nothing


async def restore_items(
    db: Database, owner: UUID, edit_id: UUID, asset_ids: Sequence[UUID], changes: EditChanges
) -> int:
    """How many of these done items were taken back.

    The others are kept as they are: somebody changed them since, or the folder is gone, or closed, that they were in.
    """
    rows = await db.fetch(
        """
        SELECT a.id FROM asset a JOIN edit_item i ON i.edit = {} AND i.asset = a.id
        WHERE a.id = ANY({}::uuid[]) AND {} AND a.state <> 'purging' AND a.revision = i.revision AND (
            i.before->>'folder' IS NULL OR EXISTS (
                SELECT FROM folder f WHERE f.id = (i.before->>'folder')::uuid AND {}
            )
        )
        ORDER BY a.id FOR NO KEY UPDATE OF a
        """,
        edit_id, list(asset_ids), belongs_to(owner), takes_from(owner),
    )  # fmt: skip
    ids = [row["id"] for row in rows]
    await _restore_tags(db, owner, edit_id, ids)
    await edit_albums.restore_places(db, owner, edit_id, ids, changes)
    columns = plan(changes, trash_days=0).columns
    assignments = ["revision = a.revision + 1", *(f"{name} = r.{name}" for name in columns)]
    await db.fetch(
        """
        WITH changed AS (
            UPDATE asset a SET {} FROM edit_item i CROSS JOIN LATERAL jsonb_populate_record(
                NULL::asset, jsonb_build_object('purge_asked', FALSE) || i.before
            ) r
            WHERE i.edit = {} AND i.asset = a.id AND a.id = ANY({}::uuid[]) AND {} RETURNING a.id, a.revision
        )
        UPDATE edit_item i SET state = 'undone', revision = changed.revision FROM changed
        WHERE i.edit = {} AND i.asset = changed.id AND i.asset = ANY({}::uuid[])
        """,
        QueryString(", ".join(assignments)), edit_id, ids, belongs_to(owner), edit_id, ids,
    )  # fmt: skip
    await _reopen_earlier(db, edit_id, ids)
    if len(ids) < len(asset_ids):
        await _mark_others(db, edit_id, asset_ids, was="done", now="kept")
    return len(ids)


async def _reopen_earlier(db: Database, edit_id: UUID, ids: Sequence[UUID]) -> None:
    """What an earlier edit left is there again, so that it can be taken back as well."""
    await db.fetch(
        """
        UPDATE edit_item o SET revision = i.revision FROM edit_item i
        WHERE i.edit = {} AND i.asset = ANY({}::uuid[]) AND i.state = 'undone'
          AND o.asset = i.asset AND o.edit <> i.edit AND o.state = 'done'
          AND o.revision = (i.before->>'revision')::bigint
        """,
        edit_id, list(ids),
    )  # fmt: skip


async def _restore_tags(db: Database, owner: UUID, edit_id: UUID, ids: Sequence[UUID]) -> None:
    """Take off what was put on, and put on what was taken off, where need be as the word that is called so now."""
    taken_off = QueryString(
        "SELECT i.asset, (r->>0)::uuid AS tag, r->>1 AS name"
        " FROM edit_item i CROSS JOIN LATERAL jsonb_array_elements(i.before->'tags_removed') AS r"
        " WHERE i.edit = {} AND i.asset = ANY({}::uuid[])",
        edit_id, list(ids),
    )  # fmt: skip
    await db.fetch(
        """
        INSERT INTO tag (id, owner, name)
        SELECT o.tag, {}::uuid, min(o.name) FROM ({}) o WHERE NOT EXISTS (SELECT FROM tag t WHERE t.id = o.tag)
        GROUP BY o.tag ORDER BY lower(min(o.name)) ON CONFLICT DO NOTHING
        """,
        owner, taken_off,
    )  # fmt: skip
    await db.fetch(
        """
        WITH off AS (
            DELETE FROM asset_tag x
            USING edit_item i CROSS JOIN LATERAL jsonb_array_elements_text(i.before->'tags_added') AS r
            WHERE i.edit = {} AND i.asset = ANY({}::uuid[]) AND x.asset = i.asset AND x.tag = r::uuid
        )
        INSERT INTO asset_tag (asset, tag)
        SELECT o.asset, word.id FROM ({}) o CROSS JOIN LATERAL (
            SELECT t.id FROM tag t WHERE t.owner = {} AND (t.id = o.tag OR lower(t.name) = lower(o.name))
            ORDER BY t.id <> o.tag LIMIT 1
        ) word
        ON CONFLICT (asset, tag) DO NOTHING
        """,
        edit_id, list(ids), taken_off, owner,
    )  # fmt: skip


async def _mark_others(db: Database, edit_id: UUID, asset_ids: Sequence[UUID], *, was: str, now: str) -> None:
    await db.fetch(
        "UPDATE edit_item SET state = {} WHERE edit = {} AND state = {} AND asset = ANY({}::uuid[])",
        now, edit_id, was, list(asset_ids),
    )  # fmt: skip


def _joined(word: str, parts: Sequence[QueryString]) -> QueryString:
    return QueryString(word.join("{}" for _ in parts), *parts)
