"""Synthetic assets in bulk, by COPY."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.asyncpg import register_vector

from appliance.records.models import Model
from tests.support.vectors import clustered

#: The first of the days on which what is made here was taken, at noon, and how many there are.
DAY_ONE, DAYS = datetime(2020, 1, 1, 12), 200  # noqa: DTZ001
CAMERA = "Box"

#: Rows copied at a time.
_CHUNK = 10_000

_ASSET_COLUMNS = (
    "id", "owner", "filename", "sha256", "bytes", "mime", "kind", "width", "height", "thumbhash", "mean_color",
    "taken_at", "camera",
)  # fmt: skip


async def add_synthetic(url: str, owner: UUID, model: Model, count: int) -> None:
    """``count`` assets without files, with clustered vectors and finished jobs, named and dated as below.

    Every twentieth was taken with the camera :data:`CAMERA`.
    """
    connection = await asyncpg.connect(url)
    try:
        await register_vector(connection)
        for first in range(0, count, _CHUNK):
            vectors = clustered(min(_CHUNK, count - first), dimension=model.dimension, seed=first)
            ids = await _copy(
                connection,
                owner,
                model,
                vectors=vectors,
                camera=_every_twentieth(first, len(vectors)),
                first=first,
            )
            await connection.copy_records_to_table(
                "job",
                records=[(asset, "embed", model.id, "done") for asset in ids],
                columns=["asset", "kind", "model", "state"],
            )
    finally:
        await connection.close()


async def add_vectors(
    url: str, owner: UUID, model: Model, vectors: NDArray[np.float16], camera: NDArray[np.bool_]
) -> list[UUID]:
    """An asset without a file for each vector, in order; the i-th was taken on day i modulo :data:`DAYS` of 2020.

    Where ``camera`` says so it was taken with the camera :data:`CAMERA`.
    """
    connection = await asyncpg.connect(url)
    ids: list[UUID] = []
    try:
        await register_vector(connection)
        for first in range(0, len(vectors), _CHUNK):
            part = slice(first, first + _CHUNK)
            ids += await _copy(
                connection, owner, model, vectors=vectors[part], camera=camera[part], first=first
            )
    finally:
        await connection.close()
    return ids


async def _copy(
    connection: "asyncpg.Connection",
    owner: UUID,
    model: Model,
    *,
    vectors: NDArray[np.floating],
    camera: NDArray[np.bool_],
    first: int,
) -> list[UUID]:
    ids = [uuid4() for _ in vectors]
    numbers = range(first, first + len(ids))
    await connection.copy_records_to_table(
        "asset",
        records=[
            _asset(asset, owner, number, CAMERA if has else None)
            for asset, number, has in zip(ids, numbers, camera, strict=True)
        ],
        columns=list(_ASSET_COLUMNS),
    )
    await connection.copy_records_to_table(
        "embedding",
        records=[
            (asset, model.id, owner, HalfVector(vector)) for asset, vector in zip(ids, vectors, strict=True)
        ],
        columns=["asset", "model", "owner", "vector"],
    )
    return ids


def _asset(asset: UUID, owner: UUID, number: int, camera: str | None) -> tuple[Any, ...]:
    digest = asset.bytes + asset.bytes
    what = (f"IMG_{number:07}.jpg", digest, 3, "image/jpeg", "image", 4, 3, b"\x01" * 5, 0)
    return (asset, owner, *what, DAY_ONE + timedelta(days=number % DAYS), camera)


def _every_twentieth(first: int, count: int) -> NDArray[np.bool_]:
    return np.asarray(np.arange(first, first + count) % 20 == 0)
