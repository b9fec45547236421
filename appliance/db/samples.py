"""A few originals and searches of the whole library, for measuring: nobody sees which they were."""

from uuid import UUID

from appliance.db.engine import Database
from appliance.db.visibility import searchable


async def sample_originals(db: Database, *, limit: int) -> tuple[tuple[UUID, str], ...]:
    """Ids and file names of at most ``limit`` pictures that can be found, spread over the library."""
    rows = await db.fetch(
        "SELECT a.id, a.filename FROM asset a WHERE {} AND a.kind = 'image' ORDER BY md5(a.id::text) LIMIT {}",
        searchable(),
        limit,
    )
    return tuple((row["id"], row["filename"]) for row in rows)


async def sample_searches(db: Database, *, limit: int) -> tuple[str, ...]:
    """The words of at most ``limit`` searches that people keep, each once."""
    rows = await db.fetch(
        """
        SELECT DISTINCT term ->> 'text' AS words
        FROM saved_search s, jsonb_array_elements(s.request -> 'terms') AS term
        WHERE jsonb_typeof(s.request -> 'terms') = 'array' AND term ->> 'text' <> ''
        ORDER BY words LIMIT {}
        """,
        limit,
    )
    return tuple(row["words"] for row in rows)
