"""The searches that people keep."""

from appliance.db.engine import Database
from appliance.records.accounts import Viewer


async def saved_texts(db: Database, viewer: Viewer, *, limit: int) -> tuple[str, ...]:
    """The words of a person's own saved searches, the latest first, each once; at most ``limit``."""
    rows = await db.fetch(
        """
        SELECT words FROM (
            SELECT term ->> 'text' AS words, max(s.created_at) AS at
            FROM saved_search s, jsonb_array_elements(s.request -> 'terms') AS term
            WHERE s.owner = {} AND jsonb_typeof(s.request -> 'terms') = 'array' AND term ->> 'text' <> ''
            GROUP BY 1
        ) AS kept ORDER BY at DESC, words LIMIT {}
        """,
        viewer.user_id,
        limit,
    )
    return tuple(row["words"] for row in rows)
