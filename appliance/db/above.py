"""What is near enough to a vector to be above a cut: compared one by one, to be counted rather than shown."""

from uuid import UUID

from pgvector import HalfVector
from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.search import Nearest
from appliance.db.timeline import seen_rows

_ID = QueryString("a.id")


async def ids_above(db: Database, wanted: Nearest, threshold: float, most: int) -> tuple[UUID, ...]:
    """The assets whose cosine with the vector is the threshold or more, nearest first, at most so many.

    The filter, what is left out, and what the viewer may see are as in any search; its limit and page are not.
    """
    rows = await db.fetch(
        """
        SELECT near.id FROM ({}) near WHERE near.id <> ALL({}::uuid[]) ORDER BY near.distance, near.id LIMIT {}
        """,
        near_rows(wanted, threshold, seen_rows(wanted.viewer, wanted.where, _ID)), list(wanted.besides), most,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


def near_rows(wanted: Nearest, threshold: float, seen: QueryString) -> QueryString:
    """A SELECT of id and cosine distance of those of the seen assets, a SELECT of ids, that are near enough."""
    distance = QueryString("(e.vector <=> {}::halfvec)", HalfVector(wanted.vector))
    return QueryString(
        "SELECT n.id, {} AS distance FROM ({}) n JOIN embedding e ON e.asset = n.id AND e.model = {}"
        " AND e.moment_ms = 0 WHERE {} <= {}::float8",
        distance, seen, wanted.model_id, distance, 1.0 - threshold,
    )  # fmt: skip
