"""What search through the index finds of what is really nearest, by sizes of library, filters and lengths of answer.

Each library is a database of its own: clustered synthetic vectors of 512 dimensions at each size, and vectors of real
pictures with captions as queries. What is nearest is told by brute force over the same half-precision vectors. A hit
counts when it is no further away than the last one of the true answer, so that equals may change places.
"""

import argparse
import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from appliance.db.engine import Database, open_database
from appliance.db.migrate import upgrade
from appliance.db.models import active_model, ensure_index, index_name
from appliance.db.search import Nearest, find_nearest
from appliance.embedded.postgres import Postgres
from appliance.records.accounts import Role, Scope, Viewer
from appliance.records.models import Model
from appliance.records.search import And, Filter, HasCamera, TakenBetween
from benchmarks.support.bulk import CAMERA, DAY_ONE, DAYS, add_vectors
from benchmarks.support.figures import percentile, texts
from benchmarks.support.photos import DEFAULT, read_photos
from benchmarks.support.real_vectors import real_vectors
from benchmarks.support.tables import print_table
from tests.support.rows import add_model
from tests.support.services import new_folder
from tests.support.vectors import clustered

DIMENSION = 512
ROWS = (10_000, 100_000, 300_000)
LENGTHS = (50, 500)
QUERIES = 40
#: More than are always compared exactly.
REAL = 12_000

#: The part of a library that lies around one of its pictures, and is one cluster.
_CLUSTER = 0.02

#: Half a unit in the last place of a product of half-precision vectors, and some for summing them up.
_EQUAL = 2e-5


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks recall", description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="*", default=list(ROWS), help="sizes of synthetic libraries"
    )
    parser.add_argument("--real", type=int, default=REAL, help="cuttings of real photos; 0: none")
    parser.add_argument("--photos", type=Path, default=DEFAULT, help="folder with captions.json")
    parser.add_argument("--queries", type=int, default=QUERIES)
    given = parser.parse_args(arguments)
    for rows in given.rows:
        vectors = clustered_halves(rows)
        asked = clustered(given.queries, dimension=DIMENSION, seed=-1 % 2**32)
        _measure(f"{rows:,} synthetic vectors", vectors, asked)
    if given.real:
        photos = read_photos(given.photos)
        captions = [photo.captions[0] for photo in photos][: given.queries]
        _measure(f"{given.real:,} cuttings of real photos", *real_vectors(photos, given.real, captions))


def clustered_halves(rows: int) -> NDArray[np.float16]:
    """Synthetic vectors, made in pieces so that a million of them fit into memory."""
    piece = 50_000
    return np.concatenate(
        [
            clustered(min(piece, rows - first), dimension=DIMENSION, seed=first).astype(np.float16)
            for first in range(0, rows, piece)
        ]
    )


def _measure(title: str, vectors: NDArray[np.float16], asked: NDArray[np.float32]) -> None:
    folder = new_folder()
    server = Postgres(folder / "postgres")
    try:
        server.start()
        asyncio.run(_run(title, server.url, vectors, asked))
    finally:
        server.stop(seconds=5)
        shutil.rmtree(folder, ignore_errors=True)


async def _run(title: str, url: str, vectors: NDArray[np.float16], asked: NDArray[np.float32]) -> None:
    async with open_database(url, pool_size=2) as db:
        await upgrade(db)
    # Anew: a connection knows vectors only once there is the extension.
    async with open_database(url, pool_size=2) as db:
        library = await _built(title, db, url, vectors)
        rows = [
            await _row(library, name, where, kept, asked=asked, length=length)
            for name, where, kept in _filters(library)
            for length in LENGTHS
        ]
    print_table(
        f"Recall over {title}, {len(asked)} queries each",
        ["filter", "leaves", "asked", "got least", "exact", "recall", "least", "p50 ms", "p95 ms"],
        rows,
        notes="exact: percent of searches that compared everything. recall: the mean over searches, and the least.",
    )


@dataclass(frozen=True)
class _Library:
    """One database full of vectors, and the same in memory."""

    db: Database
    viewer: Viewer
    model: Model
    vectors: NDArray[np.float16]
    #: The place of each asset in ``vectors``.
    place: dict[UUID, int]
    cluster: NDArray[np.bool_]


async def _built(title: str, db: Database, url: str, vectors: NDArray[np.float16]) -> _Library:
    owner = uuid4()
    await db.fetch("INSERT INTO account (id, name, role) VALUES ({}, 'anna', 'admin')", owner)
    await add_model(db, dimension=vectors.shape[1])
    model = await active_model(db)
    if model is None:
        raise SystemExit("there is no active model")
    cluster = _around(vectors, vectors[len(vectors) // 2])
    started = time.perf_counter()
    ids = await add_vectors(url, owner, model, vectors, cluster)
    copied = time.perf_counter()
    await ensure_index(db, model)
    indexed = time.perf_counter()
    for table in ("asset", "embedding"):
        await db.ddl(f"VACUUM ANALYZE {table}")
    size = await db.fetch_one(
        "SELECT pg_relation_size(to_regclass({})) AS bytes, pg_total_relation_size('embedding') AS all",
        index_name(model),
    )
    index, everything = (float(size[name] or 0) / 1e6 for name in ("bytes", "all")) if size else (0.0, 0.0)
    print_table(
        f"{title} of {model.dimension} dimensions",
        ["", "seconds", "MB", "MB per 100,000"],
        [
            texts("copied in", copied - started, everything - index, (everything - index) * 1e5 / len(ids)),
            texts("index built", indexed - copied, index, index * 1e5 / len(ids)),
        ],
    )
    viewer = Viewer(user_id=owner, name="anna", role=Role.ADMIN, scopes=frozenset(Scope))
    return _Library(db, viewer, model, vectors, {asset: place for place, asset in enumerate(ids)}, cluster)


def _around(vectors: NDArray[np.float16], centre: NDArray[np.float16]) -> NDArray[np.bool_]:
    near = _products(vectors, centre[None].astype(np.float32))[:, 0]
    count = max(1, round(_CLUSTER * len(vectors)))
    return np.asarray(near >= np.partition(near, -count)[-count])


def _products(vectors: NDArray[np.float16], asked: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosines, shape (vectors, asked), as of what the database keeps, in pieces that fit into memory."""
    halves = asked.astype(np.float16).astype(np.float32)
    halves /= np.linalg.norm(halves, axis=1, keepdims=True)
    parts = []
    for first in range(0, len(vectors), 50_000):
        part = vectors[first : first + 50_000].astype(np.float32)
        parts.append(part @ halves.T / np.linalg.norm(part, axis=1, keepdims=True))
    return np.concatenate(parts)


def _filters(library: _Library) -> list[tuple[str, Filter, NDArray[np.bool_]]]:
    """What a search is narrowed to, and which vectors that leaves."""
    days = np.arange(len(library.vectors)) % DAYS
    first = DAY_ONE.date()
    some: list[tuple[str, Filter, NDArray[np.bool_]]] = [
        (f"{share:g} %", TakenBetween(first, first + timedelta(days=count - 1)), days < count)
        for share, count in ((50, DAYS // 2), (5, DAYS // 20), (0.5, DAYS // 200))
    ]
    return [
        ("none", And(()), np.ones(len(library.vectors), bool)),
        *some,
        ("one cluster", HasCamera(CAMERA), library.cluster),
    ]


async def _row(
    library: _Library,
    name: str,
    where: Filter,
    kept: NDArray[np.bool_],
    *,
    asked: NDArray[np.float32],
    length: int,
) -> list[str]:
    places = np.flatnonzero(kept)
    wanted = min(length, len(places))
    cosines = _products(library.vectors[places], asked)
    recalls, exact, seconds, least = [], 0, [], length
    for number, query in enumerate(asked):
        nearest = Nearest(
            viewer=library.viewer,
            vector=query,
            model_id=library.model.id,
            where=where,
            besides=(),
            limit=length,
            after=None,
        )
        started = time.perf_counter()
        found = await find_nearest(library.db, nearest)
        seconds.append(time.perf_counter() - started)
        exact += found.exact
        least = min(least, len(found.hits))
        last = np.partition(cosines[:, number], -wanted)[-wanted]
        of_found = np.searchsorted(places, [library.place[hit.asset.id] for hit in found.hits])
        recalls.append(float(np.count_nonzero(cosines[of_found, number] >= last - _EQUAL)) / wanted)
    return [
        name,
        f"{len(places):,}",
        *texts(length, least, round(100 * exact / len(asked))),
        f"{np.mean(recalls):.3f}",
        f"{min(recalls):.3f}",
        *texts(*(1000 * percentile(seconds, share) for share in (0.5, 0.95))),
    ]
