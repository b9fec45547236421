"""Thousands of assets with synthetic vectors, made in bulk, and brute force to compare a search with."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from appliance.db.engine import Database


@dataclass(frozen=True)
class Crowd:
    """Assets of one owner and their vectors, shape (n, dimension), rounded as they are stored."""

    ids: tuple[UUID, ...]
    vectors: NDArray[np.float32]

    def nearest(
        self, query: NDArray[np.float32], count: int, *, among: NDArray[np.bool_] | None = None
    ) -> list[UUID]:
        """The ids of the ``count`` nearest vectors, by brute force in double precision."""
        rows = np.arange(len(self.ids)) if among is None else np.flatnonzero(among)
        stored = self.vectors[rows].astype(np.float64)
        asked = query.astype(np.float16).astype(np.float64)
        distances = 1 - stored @ asked / (np.linalg.norm(stored, axis=1) * np.linalg.norm(asked))
        return [self.ids[rows[i]] for i in np.argsort(distances, kind="stable")[:count]]


def unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """The same directions with length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)


def clustered(count: int, *, dimension: int, seed: int) -> NDArray[np.float32]:
    """Unit vectors as those of pictures are: uneven clusters in some 24 directions, and a little of all others.

    All seeds share the clusters, so that vectors of another seed make fair queries.
    """
    world, rng = np.random.default_rng(0), np.random.default_rng(seed)
    directions = world.normal(size=(24, dimension))
    centres = world.normal(size=(500, 24))
    weights = world.dirichlet(np.full(500, 0.6))
    chosen = rng.choice(500, size=count, p=weights)
    latent = centres[chosen] + 0.5 * rng.normal(size=(count, 24))
    return unit(latent @ directions + 0.5 * rng.normal(size=(count, dimension)))


async def add_crowd(
    db: Database, owner: UUID, vectors: NDArray[np.float32], *, model_id: int, day_count: int = 100
) -> Crowd:
    """An asset for each vector; the i-th is named ``i.jpg`` and was taken on day i modulo ``day_count`` of 2020."""
    ids = tuple(uuid4() for _ in range(len(vectors)))
    numbers = list(range(len(ids)))
    async with db.transaction():
        await db.fetch(
            """
            INSERT INTO asset (id, owner, filename, sha256, bytes, mime, kind, width, height, thumbhash, mean_color,
                taken_at)
            SELECT id, {}, n || '.jpg', sha256, 3, 'image/jpeg', 'image', 4, 3, '\\x0101010101', 0,
                timestamp '2020-01-01 12:00' + make_interval(days => n % {})
            FROM unnest({}::uuid[], {}::int[], {}::bytea[]) AS new (id, n, sha256)
            """,
            owner, day_count, list(ids), numbers, [hashlib.sha256(each.bytes).digest() for each in ids],
        )  # fmt: skip
        await db.fetch(
            """
            INSERT INTO embedding (asset, model, owner, vector)
            SELECT id, {}, {}, vector FROM unnest({}::uuid[], {}::halfvec[]) AS new (id, vector)
            """,
            model_id, owner, list(ids), [HalfVector(vector) for vector in vectors],
        )  # fmt: skip
    for table in ("asset", "embedding"):
        await db.ddl(f"VACUUM ANALYZE {table}")
    return Crowd(ids=ids, vectors=vectors.astype(np.float16).astype(np.float32))
