"""When people last looked at what their kept searches find, and how much of it has come since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.above import near_rows
from appliance.db.engine import Database, Row
from appliance.db.search import Nearest
from appliance.db.timeline import seen_rows
from appliance.records.accounts import Viewer
from appliance.records.search import Filter

#: The model that answers, and the latest vector that there is.
MODEL_NOW = QueryString("(SELECT model FROM active_model)")
VECTOR_NOW = QueryString("coalesce((SELECT max(id) FROM embedding), 0)")
_ID = QueryString("a.id")


@dataclass(frozen=True, slots=True)
class Look:
    """When somebody looked at an answer: the moment, the model that answered, and the latest vector there was."""

    at: datetime
    model: int | None
    vector: int | None


async def mark_seen(db: Database, viewer: Viewer, search_id: UUID) -> bool:
    """Whether there is such a saved search of this person's; what it finds now is nothing new from now on."""
    row = await db.fetch_one(
        "UPDATE saved_search SET seen_at = now(), seen_model = {}, seen_vector = {}"
        " WHERE id = {} AND owner = {} RETURNING id",
        MODEL_NOW, VECTOR_NOW, search_id, viewer.user_id,
    )  # fmt: skip
    return row is not None


async def list_looks(db: Database, viewer: Viewer, *, most: int) -> dict[UUID, Look]:
    """When a person last looked at each of their latest searches, at most so many."""
    rows = await db.fetch(
        "SELECT s.id, s.seen_at, s.seen_model, s.seen_vector FROM saved_search s WHERE s.owner = {}"
        " ORDER BY s.created_at DESC, s.id LIMIT {}",
        viewer.user_id, most,
    )  # fmt: skip
    return {row["id"]: Look(row["seen_at"], row["seen_model"], row["seen_vector"]) for row in rows}


async def count_uploaded(db: Database, viewer: Viewer, where: Filter, look: Look, *, most: int) -> int:
    """How many of what a person sees under a filter were uploaded since a look; counting ends at ``most``."""
    return await _count(db, seen_rows(viewer, where, _ID, QueryString("a.uploaded_at > {}", look.at)), most)


async def count_newly_found(
    db: Database, wanted: Nearest, threshold: float | None, called: Sequence[UUID], look: Look, *, most: int
) -> int:
    """How many come as near as that, if anything does, or are called so, and had no vector at a look."""
    newly = _newly_embedded(wanted.viewer, wanted.where, look, wanted.model_id)
    found = QueryString("SELECT n.id FROM ({}) n WHERE n.id = ANY({}::uuid[])", newly, list(called))
    if threshold is not None:
        found = QueryString(
            "{} UNION SELECT near.id FROM ({}) near", found, near_rows(wanted, threshold, newly)
        )
    return await _count(db, found, most)


async def _count(db: Database, rows: QueryString, most: int) -> int:
    [row] = await _fetch_planned(
        db, QueryString("SELECT count(*) AS n FROM ({} LIMIT {}) AS counted", rows, most)
    )
    return int(row["n"])


async def _fetch_planned(db: Database, statement: QueryString) -> list[Row]:
    """The rows, by a plan for this very look.

    One for any look takes it that a third of the library is new, and then goes through all of it to find nothing.
    """
    async with db.transaction():
        await db.fetch("SELECT set_config('plan_cache_mode', 'force_custom_plan', TRUE)")
        return await db.fetch(statement)


async def any_new_vectors(db: Database, viewer: Viewer, where: Filter, look: Look, *, model_id: int) -> bool:
    """Whether anything that a person sees under a filter may be compared since a look, and could not before."""
    newly = _newly_embedded(viewer, where, look, model_id)
    [row] = await _fetch_planned(db, QueryString("SELECT EXISTS ({}) AS found", newly))
    return bool(row["found"])


def _newly_embedded(viewer: Viewer, where: Filter, look: Look, model_id: int) -> QueryString:
    if look.model == model_id and look.vector is not None:
        which = QueryString(
            "a.id IN (SELECT e.asset FROM embedding e WHERE e.id > {} AND e.model = {})",
            look.vector,
            model_id,
        )
    else:
        # Another model's vectors are younger than the look, whatever they are of.
        which = QueryString("a.uploaded_at > {}", look.at)
    return seen_rows(viewer, where, _ID, which)
