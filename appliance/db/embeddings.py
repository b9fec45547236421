"""The vectors: written together with the end of the jobs that made them, each once."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt
from pgvector import HalfVector

from appliance.db import jobs
from appliance.db.engine import Database
from appliance.records.jobs import Claim


async def write_batch(
    db: Database, claims: Sequence[Claim], vectors: npt.NDArray[np.float32], *, model_id: int
) -> int:
    """How many vectors were written, in one transaction with the end of their jobs.

    ``vectors`` has the shape (len(claims), dimension), L2-normalised. A job whose lease is no longer ours, and an
    asset that was purged meanwhile, are passed over.
    """
    async with db.transaction():
        # Assets before jobs, in one order, as a purge locks them. The owner is the one of now: assets of somebody
        # who left may have become another's since they were claimed, and can't become so before this is done.
        found = await db.fetch(
            "SELECT id, owner FROM asset WHERE id = ANY({}::uuid[]) ORDER BY id FOR KEY SHARE",
            [claimed.asset_id for claimed in claims],
        )
        owners = {row["id"]: row["owner"] for row in found}
        ours = await jobs.finish(db, claims)
        rows = [
            (claimed.asset_id, model_id, owners[claimed.asset_id], HalfVector(vector))
            for claimed, vector in zip(claims, vectors, strict=True)
            if claimed.asset_id in ours
        ]
        return await _insert(db, rows) if rows else 0


async def _insert(db: Database, rows: Sequence[tuple[UUID, int, UUID, HalfVector]]) -> int:
    # One statement, a fifth of the time of one each. As rows of values, since the driver binds a vector in binary
    # but an array of vectors only as text, which takes ten times as long.
    values = ", ".join(["({}, {}, {}, {})"] * len(rows))
    written = await db.fetch(
        f"""
        INSERT INTO embedding (asset, model, owner, vector) VALUES {values}
        ON CONFLICT (asset, model, moment_ms) DO NOTHING RETURNING id
        """,  # noqa: S608 (only places for parameters)
        *(value for row in rows for value in row),
    )
    return len(written)
