"""One folder becomes part of another, with all below both. Needs the owner's lock."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from appliance.db.engine import Database
from appliance.db.folders import wait_for_writers
from appliance.db.opened import covers
from appliance.records.sharing import Place


async def list_places_below(db: Database, place: Place) -> tuple[Place, ...]:
    """The folders below this one, those above others first."""
    rows = await db.fetch(
        "SELECT below.id, below.owner, below.parent, below.name, below.path"
        " FROM folder top JOIN folder below ON {} WHERE top.id = {} AND below.id <> top.id"
        " ORDER BY array_length(string_to_array(below.path, '/'), 1), below.path",
        covers("top", "below"), place.id,
    )  # fmt: skip
    return tuple(Place(**row) for row in rows)


async def move_contents(db: Database, into: Mapping[UUID, UUID]) -> int:
    """How many assets of whomever went from one folder into another."""
    await wait_for_writers(db, list(into))
    moved = await db.fetch(
        "UPDATE asset SET folder = m.heir, revision = revision + 1"
        " FROM unnest({}::uuid[], {}::uuid[]) AS m (folder, heir) WHERE asset.folder = m.folder RETURNING id",
        list(into), list(into.values()),
    )  # fmt: skip
    return len(moved)


async def put_places(db: Database, places: Sequence[Place], *, instead_of: Sequence[UUID]) -> None:
    """Let folders lie where these say, and others, which are empty of assets, be gone."""
    # Out of each other's way first: one may get a path that another one is about to leave.
    ids = [place.id for place in places]
    await db.fetch("UPDATE folder SET path = id::text WHERE id = ANY({}::uuid[])", [*ids, *instead_of])
    await db.fetch(
        """
        UPDATE folder f SET parent = p.parent, path = p.path
        FROM unnest({}::uuid[], {}::uuid[], {}::text[]) AS p (id, parent, path) WHERE f.id = p.id
        """,
        ids, [place.parent for place in places], [place.path for place in places],
    )  # fmt: skip
    await db.fetch("DELETE FROM folder WHERE id = ANY({}::uuid[])", list(instead_of))
