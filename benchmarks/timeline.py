"""The timeline over HTTP with a key: layout, months and counts of a large library, alone and with what is shared.

Cold: for the first time after a change of the library. Warm: the same again, the whole answer. Months are any of the
240; the largest is that of all undated pictures. Answers 304 are asked for on eight connections at a time.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx

from appliance.db.engine import Database, open_database
from benchmarks.support.asking import ask_often
from benchmarks.support.figures import percentile, texts
from benchmarks.support.instance import running
from benchmarks.support.load import Watch
from benchmarks.support.tables import print_table
from benchmarks.support.timeline_rows import analyse, fill, share
from tests.support.up import Up

SIZES = (50_000, 500_000)
COLD, WARM, MONTHS = 7, 40, 120
CONNECTIONS, SECONDS = 8, 5.0

LAYOUT, BUCKETS, FACETS = "/api/timeline/layout", "/api/timeline/buckets", "/api/facets"


def main(arguments: list[str]) -> None:
    """Measure and print; numbers of assets may be given instead of the usual ones."""
    for size in [int(each) for each in arguments] or SIZES:
        asyncio.run(_measure(size))


async def _measure(size: int) -> None:
    with running() as (up, script):
        person = UUID(script.get_json("/api/me")["id"])
        async with open_database(up.postgres.url, pool_size=2) as db:
            friend = await fill(db, person, size)
            watch = Watch([up.process.pid, up.postgres.pid])
            watch.start()
            alone = await _Bench(up, script.headers, db, person).rows()
            await share(db, friend, person)
            shared = await _Bench(up, script.headers, db, person).rows()
            others = watch.stop().others
    print_table(
        f"{size:,} assets of one's own, and {size // 20:,} of somebody else's that are shared; ms p50 / p95",
        ["", "alone", "with shares"],
        [[name, alone[name], shared[name]] for name in alone],
        notes=f"Other programs used {others:.2f} cores meanwhile, this one's asking included.",
    )


@dataclass(frozen=True)
class _Bench:
    """One library as one person asks about it."""

    up: Up
    key: Mapping[str, str]
    db: Database
    person: UUID

    async def rows(self) -> dict[str, str]:
        """The figures by their names."""
        await analyse(self.db)
        async with httpx.AsyncClient(
            base_url=self.up.url, headers=dict(self.key), trust_env=False, timeout=60
        ) as client:
            layout = await self._twice(client, LAYOUT)
            months = [f"{BUCKETS}/{2007 + n // 12}-{1 + n % 12:02}" for n in range(12 * 19)]
            undated = await self._twice(client, f"{BUCKETS}/undated")
            chosen = [months[(7 * number) % len(months)] for number in range(MONTHS)]
            return {
                "layout, cold": layout[0],
                "layout, warm": layout[1],
                "layout, kB as sent": await self._size(client, LAYOUT),
                "a month, cold": await self._times(client, lambda number: chosen[number], MONTHS),
                "a month, warm": await self._times(client, lambda number: chosen[number], MONTHS),
                "a month, kB as sent": await self._size(client, months[100]),
                "all undated, cold": undated[0],
                "all undated, warm": undated[1],
                **dict(zip(("counts, cold", "counts, warm"), await self._twice(client, FACETS), strict=True)),
                "layout unchanged (304), answers/s": await self._unchanged(client),
            }

    async def _twice(self, client: httpx.AsyncClient, path: str) -> tuple[str, str]:
        cold = [await self._cold(client, path) for _ in range(COLD)]
        return _spread(cold), await self._times(client, lambda _: path, WARM)

    async def _cold(self, client: httpx.AsyncClient, path: str) -> float:
        await self.db.fetch(
            "UPDATE asset SET favourite = NOT favourite WHERE id = (SELECT id FROM asset WHERE owner = {} LIMIT 1)",
            self.person,
        )
        return await _time(client, path)

    async def _times(self, client: httpx.AsyncClient, path: Callable[[int], str], times: int) -> str:
        return _spread([await _time(client, path(number)) for number in range(times)])

    async def _size(self, client: httpx.AsyncClient, path: str) -> str:
        async with client.stream("GET", path) as answer:
            return texts(sum([len(part) async for part in answer.aiter_raw()]) / 1000)[0]

    async def _unchanged(self, client: httpx.AsyncClient) -> str:
        etag = (await client.get(LAYOUT)).headers["etag"]
        rate, statuses = await ask_often(
            self.up.url, LAYOUT, {**self.key, "If-None-Match": etag}, connections=CONNECTIONS, seconds=SECONDS
        )
        if set(statuses) != {304}:
            raise SystemExit(f"not all answers were 304: {dict(statuses)}")
        return f"{rate:,.0f}"


async def _time(client: httpx.AsyncClient, path: str) -> float:
    """Milliseconds until the last byte came."""
    started = time.perf_counter()
    async with client.stream("GET", path) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_raw():
            pass
    return 1000 * (time.perf_counter() - started)


def _spread(values: list[float]) -> str:
    return " / ".join(texts(percentile(values, 0.5), percentile(values, 0.95)))
