"""Synthetic assets in bulk, by COPY."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from pgvector import HalfVector
from pgvector.asyncpg import register_vector

from appliance.records.models import Model
from tests.support.vectors import clustered

#: Rows copied at a time.
_CHUNK = 10_000

_ASSET_COLUMNS = (
    "id", "owner", "filename", "sha256", "bytes", "mime", "kind", "width", "height", "thumbhash", "mean_color",
)  # fmt: skip


async def add_synthetic(url: str, owner: UUID, model: Model, count: int) -> None:
    """``count`` assets without files, with clustered vectors and finished jobs."""
    connection = await asyncpg.connect(url)
    try:
        await register_vector(connection)
        for first in range(0, count, _CHUNK):
            vectors = clustered(min(_CHUNK, count - first), dimension=model.dimension, seed=first)
            ids = [uuid4() for _ in vectors]
            await connection.copy_records_to_table(
                "asset", records=list(_assets(ids, owner)), columns=list(_ASSET_COLUMNS)
            )
            await connection.copy_records_to_table(
                "embedding",
                records=[
                    (asset, model.id, owner, HalfVector(vector))
                    for asset, vector in zip(ids, vectors, strict=True)
                ],
                columns=["asset", "model", "owner", "vector"],
            )
            await connection.copy_records_to_table(
                "job",
                records=[(asset, "embed", model.id, "done") for asset in ids],
                columns=["asset", "kind", "model", "state"],
            )
    finally:
        await connection.close()


def _assets(ids: list[UUID], owner: UUID) -> Iterator[tuple[Any, ...]]:
    for asset in ids:
        digest = asset.bytes + asset.bytes
        yield (asset, owner, f"{asset}.jpg", digest, 3, "image/jpeg", "image", 4, 3, b"\x01" * 5, 0)
