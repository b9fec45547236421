"""The vectors that each model gave for fixed inputs when it was first used."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from appliance.db.engine import Database


async def get_golden(db: Database, model_id: int) -> dict[str, NDArray[np.float32]]:
    """The vectors of this model by input, each (D,); halves, so that they are good to a cosine of 1e-6."""
    rows = await db.fetch("SELECT input, vector FROM golden_vector WHERE model = {}", model_id)
    return {row["input"]: np.asarray(row["vector"].to_numpy(), np.float32) for row in rows}


async def add_golden(db: Database, model_id: int, golden: Mapping[str, NDArray[np.float32]]) -> None:
    """Keep those whose input has none yet; the first one stays."""
    for name, vector in golden.items():
        await db.fetch(
            """
            INSERT INTO golden_vector (model, input, vector)
            SELECT id, {}, {} FROM model WHERE id = {} FOR KEY SHARE
            ON CONFLICT (model, input) DO NOTHING
            """,
            name,
            HalfVector(vector),
            model_id,
        )
