"""Search over HTTP with a key, for one client and for many, next to what it is made of.

Beside it, in the same run: the same statements alone on a warm connection, encoding alone, and a brute-force product
with all vectors in numpy. For one client all ways are asked in turn, so that they share what else the machine does.
Rows of the large library are synthetic: clustered vectors, copied in bulk, then indexed.
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray

from appliance.clip.opening import open_encoder
from appliance.db.engine import Database, open_database
from appliance.db.group_work import has_todo
from appliance.db.models import active_model, ensure_index, has_index, index_name
from appliance.records.accounts import Role, Scope, Viewer
from appliance.records.models import Model
from appliance.settings import load
from benchmarks.support.bulk import add_synthetic
from benchmarks.support.figures import percentile, texts
from benchmarks.support.instance import photos, running
from benchmarks.support.load import memory_bytes
from benchmarks.support.replay import warm_connection
from benchmarks.support.search_ways import (
    CACHED,
    FILTERED,
    LIKE,
    LIMIT,
    NEW,
    SERVED_NOTHING,
    Ask,
    Times,
    Ways,
    by_many,
    by_one,
)
from benchmarks.support.tables import print_table
from tests.support.remote import Script
from tests.support.up import Up
from tests.support.waiting import eventually, eventually_async

IMPORTED = 400
SYNTHETIC = 100_000
QUERIES = 100
CLIENTS = 16

_SHARES = (0.5, 0.95)
_BARE = (CACHED, LIKE, FILTERED)
_STATEMENTS = "the statements alone: "
_ENCODING, _NUMPY = "encoding new words, alone", "numpy, product with all vectors"


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks search", description=__doc__)
    parser.add_argument("--rows", type=int, default=SYNTHETIC, help="how many synthetic assets")
    parser.add_argument("--queries", type=int, default=QUERIES, help="how often each way is asked")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="how many ask at the same time")
    given = parser.parse_args(arguments)
    asyncio.run(_main(given.rows, queries=given.queries, clients=given.clients))


async def _main(rows: int, *, queries: int, clients: int) -> None:
    with running() as (up, script):
        await asyncio.to_thread(_import, script)
        async with open_database(up.postgres.url, pool_size=2) as db:
            model = await active_model(db)
            if model is None:
                raise SystemExit("there is no active model")
            bench = _Bench(up, script, db, model, await _viewer(db), queries, clients)
            await bench.run(f"{IMPORTED} imported photos")
            await bench.grow(rows)
            await bench.run(f"{IMPORTED + rows:,} assets, {rows:,} of them synthetic")


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


@dataclass(frozen=True, slots=True)
class _Bench:
    """One instance, and how it is asked."""

    up: Up
    script: Script
    db: Database
    model: Model
    viewer: Viewer
    queries: int
    clients: int

    async def run(self, title: str) -> None:
        """Ask in every way and print."""
        encoder = await open_encoder(load({}, DATA_PATH=str(self.up.data)), towers=frozenset({"text"}))
        connection = await warm_connection(self.up.postgres.url)
        async with httpx.AsyncClient(
            base_url=self.up.url,
            headers=self.script.headers,
            trust_env=False,
            timeout=60,
            limits=httpx.Limits(max_connections=self.clients, max_keepalive_connections=self.clients),
        ) as http:
            assets = self.script.get_json("/api/assets", limit=200)["items"]
            ways = Ways(
                http=http,
                db=self.db,
                connection=connection,
                encoder=encoder,
                model=self.model,
                viewer=self.viewer,
                ids=[asset["id"] for asset in assets],
                names=[asset["filename"] for asset in assets],
                picture=await _handed_in(http),
                vectors=await _vectors(self.db, self.model),
            )
            times = await self._in_turn(ways)
            self._print_one(title, ways, times)
            _print_shares(title, times)
            await self._print_many(title, ways)
        self._print_memory(title)
        await connection.close()
        await encoder.close()

    async def _in_turn(self, ways: Ways) -> dict[str, Times]:
        """One client: every way once, then every way again, and so on.

        What numpy reads pushes all else out of the processor's caches, so an answer without a search comes behind it.
        """
        times: dict[str, Times] = {}
        served = ways.served()
        for number in range(-5, self.queries):
            asked = {f"HTTP: {name}": await by_one(ask, 1) for name, ask in served.items()}
            asked |= {
                f"{_STATEMENTS}{name}": await by_one(_silent(await ways.bare(name)), 1) for name in _BARE
            }
            words = ways.new_words()
            asked[_ENCODING] = await by_one(_silent(lambda: ways.encoder.encode_text(words)), 1)  # noqa: B023
            brute_force = await ways.brute_force()
            asked[_NUMPY] = await by_one(_silent(lambda: asyncio.to_thread(brute_force)), 1)  # noqa: B023
            if number >= 0:
                for name, each in asked.items():
                    kept = times.setdefault(name, Times([], []))
                    kept.seen.extend(each.seen)
                    kept.said.extend(each.said)
        return times

    def _print_one(self, title: str, ways: Ways, times: Mapping[str, Times]) -> None:
        exact = ", ".join(name for name, is_exact in ways.exact.items() if is_exact) or "none"
        print_table(
            f"Search, {title}, {LIMIT} rows asked, one client, {self.queries} of each in turn, milliseconds",
            ["", "p50", "p95"],
            [[name, *_percentiles(each.seen)] for name, each in times.items()],
            notes=f"compared exactly: {exact}",
        )

    async def _print_many(self, title: str, ways: Ways) -> None:
        rows = []
        for name, ask in ways.served().items():
            times, rate = await by_many(ask, max(self.queries, 2 * self.clients), clients=self.clients)
            rows.append([f"HTTP: {name}", *_percentiles(times.seen), *texts(rate)])
        print_table(
            f"Search, {title}, {self.clients} clients, milliseconds", ["", "p50", "p95", "answers/s"], rows
        )

    def _print_memory(self, title: str) -> None:
        """What each process holds, those of the database and of the queue together."""
        held: dict[str, list[int]] = {}
        for pid in [process.pid for process in psutil.process_iter() if self._is_ours(process)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                line = process.cmdline()
                name = line[line.index("-m") + 1] if "-m" in line else process.name()
                held.setdefault(name, []).append(pid)
        print_table(
            f"Memory, {title}, MiB",
            ["processes", "count", "RSS", "PSS"],
            [
                [name, *texts(len(pids), *(size / 2**20 for size in memory_bytes(pids)))]
                for name, pids in held.items()
            ],
            notes="PSS counts memory that processes share once.",
        )

    def _is_ours(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):
            while process.pid > 1:
                if process.pid == self.up.process.pid or str(self.up.data) in " ".join(process.cmdline()):
                    return True
                parent = process.parent()
                if parent is None:
                    return False
                process = parent
        return False

    async def grow(self, rows: int) -> None:
        """So many synthetic assets more, indexed."""
        started = time.perf_counter()
        await add_synthetic(self.up.postgres.url, self.viewer.user_id, self.model, rows)
        rows_in = time.perf_counter()
        # The instance's own sweep may have begun to build it while rows still came in: once more, from nothing.
        await self.db.ddl(f"DROP INDEX IF EXISTS {index_name(self.model)}")
        dropped = time.perf_counter()
        while not await has_index(self.db, self.model):
            await ensure_index(self.db, self.model, from_rows=1)
        built = time.perf_counter()
        for table in ("embedding", "asset"):
            await self.db.ddl(f"VACUUM ANALYZE {table}")
        analysed = time.perf_counter()
        await eventually_async(self._is_compared, 3600)
        compared = time.perf_counter()
        size = await self.db.fetch_one(
            "SELECT pg_relation_size({}::regclass) AS index, pg_total_relation_size('embedding') AS vectors,"
            " pg_total_relation_size('asset') AS assets",
            index_name(self.model),
        )
        index, vectors, assets = (
            (float(size[key]) / 1e6 for key in ("index", "vectors", "assets")) if size else (0, 0, 0)
        )
        per = 1e5 / rows
        print_table(
            f"{rows:,} synthetic assets with {self.model.dimension}-d vectors",
            ["", "seconds", "MB", "MB per 100,000"],
            [
                texts("copied in", rows_in - started, "", ""),
                texts("index built", built - dropped, index, index * per),
                texts("compared with one another by the worker, after that", compared - analysed, "", ""),
                texts("vectors without it", "", vectors - index, (vectors - index) * per),
                texts("assets with all their indexes", "", assets, assets * per),
            ],
        )

    async def _is_compared(self) -> bool:
        return not await has_todo(self.db)


def _silent(work: Callable[[], Awaitable[object]]) -> Ask:
    async def ask() -> float:
        await work()
        return 0.0

    return ask


def _percentiles(values: Sequence[float]) -> list[str]:
    return texts(*(percentile(values, share) for share in _SHARES))


def _print_shares(title: str, times: Mapping[str, Times]) -> None:
    """What the median answer consists of, as far as that can be told from outside."""
    rows = []
    nothing = percentile(times[f"HTTP: {SERVED_NOTHING}"].seen, 0.5)
    for name in (CACHED, NEW, LIKE, FILTERED):
        seen, said = (
            percentile(each, 0.5) for each in (times[f"HTTP: {name}"].seen, times[f"HTTP: {name}"].said)
        )
        bare = percentile(times[f"{_STATEMENTS}{CACHED if name == NEW else name}"].seen, 0.5)
        encoding = percentile(times[_ENCODING].seen, 0.5) if name == NEW else 0.0
        parts = (bare, encoding, said - bare - encoding, min(nothing, seen - said), seen - said - nothing)
        rows.append([name, *texts(seen), *(f"{part:.1f} ({100 * part / seen:.0f} %)" for part in parts)])
    print_table(
        f"Shares of the median, {title}, milliseconds",
        ["", "all", "statements", "encoding", "rest of the search", "HTTP and session", "body and rest"],
        rows,
        notes="statements: alone on a warm connection. HTTP and session: an answer without a search.",
    )


async def _handed_in(http: httpx.AsyncClient) -> str:
    picture = await asyncio.to_thread(lambda: photos(1, megapixels=0.2, first=7)[0])
    answer = await http.post("/api/search/pictures", files={"file": ("query.jpg", picture, "image/jpeg")})
    if answer.status_code == httpx.codes.NOT_FOUND:
        return ""
    return str(answer.raise_for_status().json()["picture"])


async def _vectors(db: Database, model: Model) -> NDArray[np.float32]:
    parts, last = [], UUID(int=0)
    while rows := await db.fetch(
        "SELECT asset, vector FROM embedding WHERE model = {} AND asset > {} ORDER BY asset LIMIT 20000",
        model.id, last,
    ):  # fmt: skip
        last = rows[-1]["asset"]
        parts.append(np.stack([row["vector"].to_numpy() for row in rows]).astype(np.float32))
    return np.concatenate(parts)
