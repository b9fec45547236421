"""A sample of the vectors of what somebody may see, for telling what a score is worth in this library."""

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.visibility import searchable, vectors_of, visible_to
from appliance.records.accounts import Viewer

#: Rows that are read for each one that is wanted: neighbours on a page were often uploaded together.
_SPREAD = 4
#: A reading that finds less than this part of what is wanted is done again over more of the table.
_ENOUGH = 0.25


async def sample_vectors(db: Database, viewer: Viewer, *, model_id: int, limit: int) -> NDArray[np.float32]:
    """At most ``limit`` vectors of this model, from all over what the viewer may see; float32 (n, dimension).

    A big table is not read whole: pages of it are chosen by chance, more of them where too few of their rows are the
    viewer's. Without any vector the shape is (0, 0).
    """
    row = await db.fetch_one("SELECT reltuples FROM pg_class WHERE oid = 'embedding'::regclass")
    total = max(1.0, float(row["reltuples"]) if row else 1.0)
    percent = 100.0 * _SPREAD * limit / total
    while True:
        part = QueryString(f"TABLESAMPLE SYSTEM ({percent:.6f})" if percent < 100 else "")
        rows = await db.fetch(
            """
            SELECT e.vector FROM embedding e {} JOIN asset a ON a.id = e.asset
            WHERE e.model = {} AND e.moment_ms = 0 AND {} AND {} AND {}
            ORDER BY random() LIMIT {}
            """,
            part, model_id, vectors_of(viewer), visible_to(viewer, by_id=True), searchable(), limit,
        )  # fmt: skip
        if percent >= 100 or len(rows) >= _ENOUGH * limit:
            return _stacked([row["vector"] for row in rows])
        percent *= 10


def _stacked(vectors: list[HalfVector]) -> NDArray[np.float32]:
    if not vectors:
        return np.empty((0, 0), np.float32)
    found = np.stack([np.asarray(vector.to_numpy(), np.float32) for vector in vectors])
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(norms, 1e-6), np.float32)
