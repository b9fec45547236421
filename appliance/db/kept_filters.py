"""Filters that people keep, in the rules of albums and in saved searches, to be read and written anew."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from appliance.db.engine import Database, Row
from appliance.db.locks import lock
from appliance.records.filter_json import from_json, to_json
from appliance.records.search import Filter


@dataclass(frozen=True, slots=True)
class KeptFilters:
    """Those of one person, each with the id of its album or of its saved search."""

    rules: tuple[tuple[UUID, Filter], ...]
    searches: tuple[tuple[UUID, Filter], ...]


async def lock_kept(db: Database, owner: UUID) -> None:
    """Wait until nobody else makes an album or a saved search of this person's."""
    await lock(db, f"album:{owner}")


async def list_kept(db: Database, owner: UUID) -> KeptFilters:
    """All of a person's, none of which anybody else changes before the transaction ends.

    What only a later release can read is not among them.
    """
    await lock_kept(db, owner)
    rules = await db.fetch(
        "SELECT id, rule::text AS kept FROM album WHERE owner = {} AND rule IS NOT NULL ORDER BY id"
        " FOR NO KEY UPDATE",
        owner,
    )
    searches = await db.fetch(
        "SELECT id, (request->'where')::text AS kept FROM saved_search WHERE owner = {} ORDER BY id"
        " FOR NO KEY UPDATE",
        owner,
    )
    return KeptFilters(_read(rules), _read(searches))


async def put_kept(db: Database, changed: KeptFilters) -> None:
    """Keep these instead of what there was; they have to be locked by :func:`list_kept`."""
    await db.fetch(
        "UPDATE album b SET rule = n.kept::jsonb FROM unnest({}::uuid[], {}::text[]) AS n (id, kept)"
        " WHERE b.id = n.id",
        *_written(changed.rules),
    )
    await db.fetch(
        "UPDATE saved_search s SET request = jsonb_set(s.request, ARRAY['where'], n.kept::jsonb)"
        " FROM unnest({}::uuid[], {}::text[]) AS n (id, kept) WHERE s.id = n.id",
        *_written(changed.searches),
    )


async def end_shares(db: Database, albums: Collection[UUID]) -> None:
    """Nobody else sees these albums of the rules any more."""
    await db.fetch("DELETE FROM share WHERE album = ANY({}::uuid[])", list(albums))


async def who_names(db: Database, ids: Collection[UUID]) -> tuple[UUID, ...]:
    """People of whose saved searches one names something by one of these ids, in the order of their own."""
    rows = await db.fetch(
        "SELECT DISTINCT s.owner FROM saved_search s JOIN unnest({}::text[]) AS n (id)"
        " ON strpos(s.request::text, n.id) > 0 ORDER BY s.owner",
        [str(each) for each in ids],
    )
    return tuple(row["owner"] for row in rows)


def _read(rows: Sequence[Row]) -> tuple[tuple[UUID, Filter], ...]:
    found = []
    for row in rows:
        try:
            found.append((row["id"], from_json(json.loads(row["kept"] or '{"all": []}'))))
        except ValueError:
            continue
    return tuple(found)


def _written(kept: Sequence[tuple[UUID, Filter]]) -> tuple[list[UUID], list[str]]:
    return [each for each, _ in kept], [json.dumps(to_json(where)) for _, where in kept]
