"""Albums: a person's own and those that are shared with them, each with what this person sees in it.

Whoever changes what is in an album, or who may look or add, holds its row by :func:`lock_albums`, which ends with the
transaction. The rows of albums come before those of accounts and assets.
"""

import json
from collections.abc import Sequence
from uuid import UUID, uuid4

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.db.filters import meets_rule
from appliance.db.opened import is_for, opens_album
from appliance.db.visibility import searchable, visible_to
from appliance.records.accounts import Named, Role, Viewer
from appliance.records.albums import AlbumChanges, AlbumPlace, AlbumSummary
from appliance.records.filter_json import from_json, to_json
from appliance.records.organise import Unset
from appliance.records.rules import AlbumRule
from appliance.records.search import Filter
from appliance.records.sharing import May

#: Most of other people's albums that are listed.
MAX_LISTED = 10_000


async def lock_albums(db: Database, album_ids: Sequence[UUID]) -> None:
    """Wait until nobody else changes these albums, their contents or their shares."""
    await db.fetch(
        "SELECT id FROM album WHERE id = ANY({}::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(album_ids)
    )


async def count_albums(db: Database, owner: UUID) -> tuple[int, int]:
    """How many albums a person has, and how many of these have a rule."""
    [row] = await db.fetch(
        "SELECT count(*) AS all, count(*) FILTER (WHERE rule IS NOT NULL) AS rules FROM album WHERE owner = {}",
        owner,
    )
    return row["all"], row["rules"]


async def insert_album(
    db: Database, owner: UUID, *, name: str, description: str, rule: Filter | None
) -> UUID:
    """The id of a new album."""
    album = uuid4()
    await db.fetch(
        "INSERT INTO album (id, owner, name, description, rule) VALUES ({}, {}, {}, {}, {}::jsonb)",
        album, owner, name, description, None if rule is None else json.dumps(to_json(rule)),
    )  # fmt: skip
    return album


async def find_place(db: Database, album_id: UUID) -> AlbumPlace | None:
    """Whose the album of this id is, whoever may see it."""
    row = await db.fetch_one(
        "SELECT id, owner, rule IS NOT NULL AS by_rule FROM album WHERE id = {}", album_id
    )
    return AlbumPlace(**row) if row else None


async def find_open(db: Database, viewer: Viewer, album_id: UUID) -> AlbumPlace | None:
    """Whose an album is that a person may look into, whatever is in it, or None."""
    row = await db.fetch_one(
        "SELECT b.id, b.owner, b.rule IS NOT NULL AS by_rule FROM album b WHERE b.id = {} AND {}",
        album_id, opens_album(viewer.user_id),
    )  # fmt: skip
    return AlbumPlace(**row) if row else None


async def change_album(db: Database, album_id: UUID, changes: AlbumChanges) -> None:
    """Give an album these values."""
    values: dict[str, QueryString] = {}
    if not isinstance(changes.name, Unset):
        values["name"] = QueryString("{}", changes.name)
    if not isinstance(changes.description, Unset):
        values["description"] = QueryString("{}", changes.description)
    if not isinstance(changes.cover, Unset):
        values["cover"] = QueryString("{}::uuid", changes.cover)
    if not isinstance(changes.rule, Unset):
        values["rule"] = QueryString("{}::jsonb", json.dumps(to_json(changes.rule)))
    sets = ", ".join(f"{column} = {{}}" for column in (*values, "changed_at"))
    await db.fetch(
        f"UPDATE album SET {sets} WHERE id = {{}}",  # noqa: S608
        *values.values(),
        QueryString("now()"),
        album_id,
    )


async def touch_album(db: Database, album_id: UUID) -> None:
    """Say that what is in an album changed just now."""
    await db.fetch("UPDATE album SET changed_at = now() WHERE id = {}", album_id)


async def delete_album(db: Database, album_id: UUID) -> None:
    """The album goes with its shares, and no asset with it."""
    await db.fetch("DELETE FROM album WHERE id = {}", album_id)


async def list_albums(db: Database, viewer: Viewer) -> tuple[AlbumSummary, ...]:
    """All of one's own albums, then those that are shared with one, in the order of their names.

    Of others' at most :data:`MAX_LISTED`; where there are more, each of their owners has an equal part of the room.
    """
    return await _select(db, viewer, QueryString("TRUE"))


async def find_album(db: Database, viewer: Viewer, album_id: UUID) -> AlbumSummary | None:
    """An album that a person may see, or None."""
    found = await _select(db, viewer, QueryString("b.id = {}", album_id))
    return found[0] if found else None


async def _select(db: Database, viewer: Viewer, which: QueryString) -> tuple[AlbumSummary, ...]:
    rows = await db.fetch(
        """
        WITH seen AS (
            SELECT b.id, b.name, b.description, b.owner, o.name AS owner_name, b.owner <> {} AS foreign, b.cover,
                   b.rule::text AS rule, b.created_at, b.changed_at,
                   row_number() OVER (PARTITION BY b.owner ORDER BY lower(b.name), b.id) AS place
            FROM album b JOIN account o ON o.id = b.owner AND o.deleted_at IS NULL
            WHERE {} AND b.id IN (
                SELECT own.id FROM album own WHERE own.owner = {}
                UNION SELECT s.album FROM share s WHERE s.album IS NOT NULL AND {}
            )
        ), listed AS (
            SELECT seen.*, row_number() OVER (PARTITION BY seen.foreign ORDER BY seen.place, seen.owner) AS turn
            FROM seen
        ), inside AS (
            SELECT x.album, count(*) AS assets, min(a.taken_at) AS first_taken, max(a.taken_at) AS last_taken,
                   (array_agg(a.id ORDER BY x.position, x.id))[1] AS front
            FROM album_asset x JOIN asset a ON a.id = x.asset
            WHERE x.album IN (SELECT id FROM seen) AND {} AND {}
            GROUP BY x.album
        )
        SELECT b.*, coalesce(inside.assets, 0) AS assets, inside.first_taken, inside.last_taken, inside.front,
               (SELECT a.id FROM asset a WHERE a.id = b.cover AND {} AND {}) AS chosen,
               coalesce(shared.shares, 0) AS shares, coalesce(shared.add, FALSE) AS add
        FROM listed b LEFT JOIN inside ON inside.album = b.id LEFT JOIN LATERAL (
            SELECT count(*) AS shares, bool_or(s.may = 'add' AND {}) AS add FROM share s WHERE s.album = b.id
        ) shared ON TRUE
        WHERE NOT b.foreign OR b.turn <= {}
        ORDER BY b.foreign, lower(b.owner_name), b.owner, b.place
        """,
        viewer.user_id, which, viewer.user_id, is_for(viewer.user_id), visible_to(viewer), searchable(),
        visible_to(viewer, by_id=True), searchable(), is_for(viewer.user_id), MAX_LISTED,
    )  # fmt: skip
    met = await _met(db, viewer, rows)
    return tuple(_summary(row | met.get(row["id"], {}), viewer) for row in rows)


async def _met(db: Database, viewer: Viewer, rows: Sequence[Row]) -> dict[UUID, Row]:
    """For each album with a rule among these what its rule lets through."""
    rules = [rule for row in rows if row["rule"] and (rule := _rule_of(row))]
    if not rules:
        return {}
    of_each = [
        QueryString(
            """
            SELECT {}::uuid AS id, count(*) AS assets, min(a.taken_at) AS first_taken, max(a.taken_at) AS last_taken,
                   (array_agg(a.id ORDER BY a.uploaded_at DESC, a.id DESC))[1] AS front
            FROM asset a WHERE {} AND {} AND {}
            """,
            rule.album, meets_rule(rule, viewer), visible_to(viewer), searchable(),
        )
        for rule in rules
    ]  # fmt: skip
    found = await db.fetch(QueryString(" UNION ALL ".join("{}" for _ in of_each), *of_each))
    return {row["id"]: row for row in found}


def _rule_of(row: Row) -> AlbumRule | None:
    """The rule of a row; None where only a later release can read it."""
    try:
        return AlbumRule(row["id"], row["owner"], from_json(json.loads(row["rule"])), row["rule"])
    except ValueError:
        return None


def _summary(row: Row, viewer: Viewer) -> AlbumSummary:
    mine = not row["foreign"]
    rule = _rule_of(row) if mine and row["rule"] else None
    return AlbumSummary(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        owner=Named(row["owner"], row["owner_name"]),
        mine=mine,
        may=_may(row, viewer),
        by_rule=row["rule"] is not None,
        rule=rule.where if rule else None,
        count=row["assets"],
        cover=row["chosen"] or row["front"],
        first_taken=row["first_taken"],
        last_taken=row["last_taken"],
        shares=row["shares"] if mine else 0,
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )


def _may(row: Row, viewer: Viewer) -> May:
    if viewer.role is Role.VIEWER:
        return May.VIEW
    if not row["foreign"]:
        return May.OWN
    return May.ADD if row["add"] and row["rule"] is None else May.VIEW


async def may_add(db: Database, person: UUID, album_id: UUID) -> bool:
    """Whether a person may put assets of theirs into this album: it is theirs, or shared with them to add."""
    row = await db.fetch_one(
        """
        SELECT FROM album b WHERE b.id = {} AND b.rule IS NULL AND (b.owner = {} OR EXISTS (
            SELECT FROM share s WHERE s.album = b.id AND s.may = 'add' AND {}
        ))
        """,
        album_id, person, is_for(person),
    )  # fmt: skip
    return row is not None
