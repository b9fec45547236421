"""Search over HTTP with a key, next to bare SQL of the same statement, at two sizes of library.

At each size every query is asked in five ways in turn, so that all ways share what else the machine does:
words that are new, the same words again, more like a picture, and bare SQL of the first and of the third on one
warm connection. Rows of the large library are synthetic: clustered vectors, copied in bulk, then indexed.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import numpy as np
from numpy.typing import NDArray
from pgvector.asyncpg import register_vector

from appliance.clip.encoder import Encoder
from appliance.clip.opening import open_encoder
from appliance.db import search as statements
from appliance.db.engine import Database, open_database
from appliance.db.models import active_model, ensure_index, has_index, index_name
from appliance.records.accounts import Role, Scope, Viewer
from appliance.records.models import Model
from appliance.records.search import And
from appliance.settings import load
from benchmarks.support.bulk import add_synthetic
from benchmarks.support.figures import percentile, texts
from benchmarks.support.instance import photos, running
from benchmarks.support.tables import print_table
from tests.support.remote import Script
from tests.support.up import Up
from tests.support.waiting import eventually

IMPORTED = 400
SYNTHETIC = 100_000
QUERIES = 100
LIMIT = 50

_WORDS = (
    "a dog",
    "the sea",
    "a red bus",
    "two people",
    "food on a table",
    "a street at night",
    "snow",
    "a train",
)
_PLACES = ("in the morning", "at home", "in the city", "on a hill", "in the rain", "by the river", "far away")


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks search", description=__doc__)
    parser.add_argument("--rows", type=int, default=SYNTHETIC, help="how many synthetic assets")
    asyncio.run(_main(parser.parse_args(arguments).rows))


async def _main(rows: int) -> None:
    with running() as (up, script):
        await asyncio.to_thread(_import, script)
        settings = load({}, DATA_PATH=str(up.data))
        encoder = await open_encoder(settings, towers=frozenset({"text"}))
        connection = await _warm_connection(up.postgres.url)
        async with open_database(up.postgres.url, pool_size=2) as db:
            model = await active_model(db)
            if model is None:
                raise SystemExit("there is no active model")
            bench = _Bench(
                up=up,
                script=script,
                db=db,
                connection=connection,
                encoder=encoder,
                model=model,
                viewer=await _viewer(db),
            )
            await bench.run(f"{IMPORTED} imported photos")
            await _grow(bench, rows)
            await bench.run(f"{IMPORTED + rows:,} assets, {rows:,} of them synthetic")
        await connection.close()
        await encoder.close()


async def _warm_connection(url: str) -> "asyncpg.Connection":
    """A plain connection, set up once as the application sets up each search."""
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    await register_vector(connection)
    for setting in (
        f"hnsw.ef_search = {max(statements.EF_SEARCH, 2 * (LIMIT + 1))}",
        "hnsw.iterative_scan = relaxed_order",
        "hnsw.max_scan_tuples = 100000",
        "hnsw.scan_mem_multiplier = 4",
        "plan_cache_mode = force_custom_plan",
    ):
        await connection.execute(f"SET {setting}")
    return connection


def _import(script: Script) -> None:
    for number, picture in enumerate(photos(IMPORTED, megapixels=0.1)):
        script.upload(picture, f"{number}.jpg")
    eventually(lambda: script.get_json("/api/status")["jobs"]["pending"] == 0, 300)
    eventually(lambda: script.get_json("/api/status")["jobs"]["running"] == 0, 300)


async def _viewer(db: Database) -> Viewer:
    row = await db.fetch_one("SELECT id, name FROM account")
    if row is None:
        raise SystemExit("there is no account")
    return Viewer(user_id=row["id"], name=row["name"], role=Role.ADMIN, scopes=frozenset(Scope))


async def _grow(bench: "_Bench", rows: int) -> None:
    started = time.perf_counter()
    await add_synthetic(bench.up.postgres.url, bench.viewer.user_id, bench.model, rows)
    rows_in = time.perf_counter()
    # The instance's own sweep may have begun to build it while rows still came in: once more, from nothing.
    await bench.db.ddl(f"DROP INDEX IF EXISTS {index_name(bench.model)}")
    dropped = time.perf_counter()
    while not await has_index(bench.db, bench.model):
        await ensure_index(bench.db, bench.model)
    built = time.perf_counter()
    await bench.db.ddl("VACUUM ANALYZE embedding")
    await bench.db.ddl("VACUUM ANALYZE asset")
    size = await bench.db.fetch_one("SELECT pg_relation_size({}::regclass) AS bytes", index_name(bench.model))
    print_table(
        f"{rows:,} synthetic assets with {bench.model.dimension}-d vectors",
        ["", "seconds", "MB"],
        [
            texts("copied in", rows_in - started, ""),
            texts("index built", built - dropped, float(size["bytes"]) / 1e6 if size else ""),
        ],
    )


@dataclass(kw_only=True)
class _Bench:
    """One instance and what is asked of it."""

    up: Up
    script: Script
    db: Database
    connection: "asyncpg.Connection"
    encoder: Encoder
    model: Model
    viewer: Viewer
    asked: int = 0

    async def run(self, title: str) -> None:
        """Ask everything in turn and print."""
        asked = [asset["id"] for asset in self.script.get_json("/api/assets", limit=200)["items"]]
        ways: dict[str, list[float]] = {}
        exact = {"words": 0, "like": 0}
        found = 0
        async with httpx.AsyncClient(
            base_url=self.up.url, headers=self.script.headers, trust_env=False, timeout=30
        ) as client:
            for number in range(-10, QUERIES):
                words = self._new_words()
                like = UUID(asked[number % len(asked)])
                answers: dict[str, Any] = {}
                for way, work in self._ways(client, words, like, answers):
                    started = time.perf_counter()
                    answers[way] = await work()
                    if number >= 0:
                        ways.setdefault(way, []).append(1000 * (time.perf_counter() - started))
                exact["words"] += answers["HTTP, new words"]["exact"]
                exact["like"] += answers["HTTP, more like a picture"]["exact"]
                found = len(answers["HTTP, new words"]["items"])
        print_table(
            f"Search, {title}, {LIMIT} rows asked and {found} got, {QUERIES} queries each in turn, milliseconds",
            ["", "p50", "p95", "p99"],
            [
                texts(way, *(percentile(times, share) for share in (0.5, 0.95, 0.99)))
                for way, times in ways.items()
            ],
            notes=f"compared exactly: {exact['words']} searches by words, {exact['like']} by a picture; 10 more each",
        )

    def _new_words(self) -> str:
        self.asked += 1
        number = self.asked
        return f"{_WORDS[number % len(_WORDS)]} {_PLACES[number % len(_PLACES)]} {number}"

    def _ways(
        self, client: httpx.AsyncClient, words: str, like: UUID, answers: dict[str, Any]
    ) -> Sequence[tuple[str, Callable[[], Awaitable[Any]]]]:
        async def over_http(**parameters: str) -> Any:
            answer = await client.get("/api/search", params={**parameters, "limit": str(LIMIT)})
            return answer.raise_for_status().json()

        async def bare_words() -> Any:
            vector = await self.encoder.encode_text(words)
            return await self._bare(vector, (), exact=answers["HTTP, new words"]["exact"])

        async def bare_like() -> Any:
            vector = await statements.get_vector(self.db, self.viewer, like, model_id=self.model.id)
            if vector is None:
                raise SystemExit(f"{like} has no vector")
            return await self._bare(vector, (like,), exact=answers["HTTP, more like a picture"]["exact"])

        async def encode() -> Any:
            return await self.encoder.encode_text(words)

        return (
            ("HTTP, new words", lambda: over_http(q=words)),
            ("HTTP, the same words again", lambda: over_http(q=words)),
            ("HTTP, more like a picture", lambda: over_http(like=str(like))),
            ("encoding new words, alone", encode),
            ("bare SQL, the same words", bare_words),
            ("bare SQL, the same picture, its vector looked up", bare_like),
            ("HTTP, no search (GET /api/me)", lambda: client.get("/api/me")),
        )

    async def _bare(self, vector: NDArray[np.float32], besides: tuple[UUID, ...], *, exact: bool) -> Any:
        wanted = statements.Nearest(
            viewer=self.viewer,
            vector=vector,
            model_id=self.model.id,
            where=And(()),
            besides=besides,
            limit=LIMIT,
            after=None,
        )
        statement = statements.exact_statement if exact else statements.index_statement
        sql, values = statement(wanted, LIMIT + 1).compile_string()
        return await self.connection.fetch(sql, *values)
