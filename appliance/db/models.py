"""Which models the library has vectors of, which of them answers, and the approximate index of each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from piccolo.querystring import QueryString

from appliance.db.engine import CONNECTION_ERRORS, Database, Row
from appliance.errors import DatabaseUnavailable
from appliance.records.models import Model, SetState

#: Below this many vectors an exact scan takes some 10 ms, and an index is not worth its memory.
INDEX_FROM_ROWS = 20_000

#: With a model's id, the key of the advisory lock that one index build at a time holds. Any number will do.
_BUILD_LOCK = 7203552

#: The columns of a model on the alias ``m``.
MODEL_COLUMNS = QueryString("m.id, m.identity, m.name, m.dimension, m.precision, m.state")


def model_from_row(row: Row) -> Model:
    """The record of a row of the columns of a model."""
    return Model(
        id=row["id"],
        identity=row["identity"],
        name=row["name"],
        dimension=row["dimension"],
        precision=row["precision"],
        state=SetState(row["state"]),
    )


async def record_model(
    db: Database,
    *,
    identity: str,
    name: str,
    dimension: int,
    precision: str = "fp32",
    state: SetState = SetState.READY,
) -> Model:
    """The model with this identity, recorded now if it was not; the very first one becomes the active one.

    The answer's dimension is the recorded one, which may differ from the one given: then the caller's is wrong.
    """
    async with db.transaction():
        await db.fetch(
            """
            INSERT INTO model (identity, name, dimension, precision, state) VALUES ({}, {}, {}, {}, {})
            ON CONFLICT (identity) DO NOTHING
            """,
            identity,
            name,
            dimension,
            precision,
            str(state),
        )
        rows = await db.fetch("SELECT {} FROM model m WHERE m.identity = {}", MODEL_COLUMNS, identity)
        await db.fetch(
            "INSERT INTO active_model (id, model) VALUES (1, {}) ON CONFLICT (id) DO NOTHING", rows[0]["id"]
        )
    return model_from_row(rows[0])


async def active_model(db: Database) -> Model | None:
    """The model that answers searches; None before the first start with a model."""
    row = await db.fetch_one(
        "SELECT {} FROM active_model a JOIN model m ON m.id = a.model WHERE a.id = 1", MODEL_COLUMNS
    )
    return model_from_row(row) if row else None


async def count_embeddings(db: Database, model: Model, *, at_most: int) -> int:
    """How many vectors the model has, counted no further than ``at_most``."""
    rows = await db.fetch(
        "SELECT count(*) AS n FROM (SELECT 1 FROM embedding WHERE model = {} LIMIT {}) AS counted",
        model.id,
        at_most,
    )
    return int(rows[0]["n"])


def index_name(model: Model) -> str:
    """The name of the model's approximate index."""
    return f"embedding_vector_{model.id}"


async def has_index(db: Database, model: Model) -> bool:
    """Whether the model's approximate index is complete, so that queries may use it."""
    row = await db.fetch_one(
        "SELECT i.indisvalid AND i.indisready AS usable FROM pg_index i WHERE i.indexrelid = to_regclass({})",
        index_name(model),
    )
    return bool(row and row["usable"])


async def ensure_index(db: Database, model: Model, *, from_rows: int = INDEX_FROM_ROWS) -> bool:
    """Build the model's approximate index if it has enough vectors and none yet; True when one was built now.

    Reads and writes go on meanwhile. What a build that died left behind is dropped and built anew. While another
    process builds, this returns False at once. Must not be called in a transaction.

    Raises:
        DatabaseUnavailable: the server went away; the next call begins anew.
    """
    if await has_index(db, model) or await count_embeddings(db, model, at_most=from_rows) < from_rows:
        return False
    # A connection of its own: the lock lives as long as it does, and the pool's would be handed on.
    async with _connection(db) as connection:
        locked = await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", _BUILD_LOCK, model.id)
        if not locked or await has_index(db, model):
            return False
        await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index_name(model)}")
        await connection.execute(f"SET maintenance_work_mem = '{await _build_memory_mb(db, model)}MB'")
        # Helpers of a build would need shared memory that a container may not have, and cores that serve.
        await connection.execute("SET max_parallel_maintenance_workers = 0")
        await connection.execute(
            f"CREATE INDEX CONCURRENTLY {index_name(model)} ON embedding"
            f" USING hnsw ((vector::halfvec({model.dimension})) halfvec_cosine_ops)"
            f" WITH (m = 16, ef_construction = 64) WHERE model = {model.id}"
        )
    return True


async def _build_memory_mb(db: Database, model: Model) -> int:
    """Memory that holds the whole graph, 64 to 1024 MB; a graph that outgrows its memory builds much slower."""
    rows = await count_embeddings(db, model, at_most=2_000_000)
    bytes_per_row = 2 * model.dimension + 800
    return max(64, min(1024, rows * bytes_per_row * 5 // 4 // 2**20))


@asynccontextmanager
async def _connection(db: Database) -> AsyncIterator[Any]:
    try:
        connection = await db.engine.get_new_connection()
        try:
            yield connection
        finally:
            await connection.close()
    except CONNECTION_ERRORS as error:
        raise DatabaseUnavailable from error


async def drop_index(db: Database, model: Model) -> None:
    """Remove the model's approximate index, if there is one; reads and writes go on. Not in a transaction.

    Raises:
        DatabaseUnavailable: the server went away; do it again.
    """
    async with _connection(db) as connection:
        await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index_name(model)}")
