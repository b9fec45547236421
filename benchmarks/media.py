"""Thumbnails per second with the check who may see them, next to the same files from a server without it.

Both run on the same Hypercorn, and the same client asks each for the same thumbnails in turn. ``seen before``: a page
that scrolls back and forth, whose checks are remembered. After somebody's rights have changed, each thumbnail is
asked for once: ``just listed`` when the month that it is in was read before, which is not timed, and ``never seen``
without that.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx

from benchmarks.support.apart import quartiles
from benchmarks.support.asker import CONNECTIONS, rate
from benchmarks.support.figures import texts
from benchmarks.support.instance import photos, running
from benchmarks.support.load import Watch
from benchmarks.support.tables import print_table
from tests.support.remote import PASSWORD, Script
from tests.support.up import Up, free_port
from tests.support.waiting import eventually

PHOTOS = 240
ROUNDS = 9
#: How often a round asks for each thumbnail.
TIMES = 8


def main(arguments: list[str]) -> None:
    """Measure and print; takes no arguments."""
    del arguments
    with running() as (up, script):
        paths = _fill(up, script)
        cookie = f"Cookie: {_cookie(up)}"
        cache = up.data / "cache"
        kilobytes = sum(_size(cache, path) for path in paths) / len(paths) / 1000
        with _bare(cache) as (port, pid):
            rows = _measure(up, paths, cookie, bare=(port, pid))
    print_table(
        f"{PHOTOS} thumbnails of {kilobytes:.1f} kB, {CONNECTIONS} connections, median of {ROUNDS} rounds",
        ["", "thumbnails/s", "quartiles", "share of bare, %", "server CPU-ms each", "others, cores"],
        rows,
    )


def _measure(up: Up, paths: Sequence[str], cookie: str, *, bare: tuple[int, int]) -> list[list[str]]:
    many = [path for number in range(TIMES) for path in random.Random(number).sample(paths, len(paths))]  # noqa: S311
    web = up.child("web.serve")
    ways: dict[str, tuple[Callable[[], float], Sequence[int], int]] = {
        "bare server, no check": (lambda: rate(bare[0], many, [cookie]), [bare[1]], len(many)),
        "with the check, seen before": (lambda: rate(up.port, many, [cookie]), [web], len(many)),
        "with the check, just listed": (
            lambda: _forgotten(up, paths, cookie, lists=True),
            [web],
            len(paths),
        ),
        "with the check, never seen": (
            lambda: _forgotten(up, paths, cookie),
            [web, up.postgres.pid],
            len(paths),
        ),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    costs: dict[str, list[float]] = {name: [] for name in ways}
    others: dict[str, list[float]] = {name: [] for name in ways}
    own = [up.process.pid, bare[1]]
    for number in range(-1, ROUNDS):
        for name, (way, roots, count) in ways.items():
            watch, everybody = Watch(roots), Watch([*own, _self()])
            watch.start()
            everybody.start()
            found = way()
            spent, around = watch.stop(), everybody.stop()
            if number >= 0:
                rates[name].append(found)
                costs[name].append(1000 * spent.cpu_seconds / count)
                others[name].append(around.others + around.stolen)
    rows = []
    for name in ways:
        low, middle, high = quartiles(rates[name])
        pairs = zip(rates[name], rates["bare server, no check"], strict=True)
        share = quartiles([100 * one / other for one, other in pairs])[1]
        rows.append(
            texts(
                name, middle, "-".join(texts(low, high)), share, quartiles(costs[name])[1], max(others[name])
            )
        )
    return rows


def _self() -> int:
    return int(Path("/proc/self").resolve().name)


def _fill(up: Up, script: Script) -> list[str]:
    """The addresses of thumbnails, all of which are made."""
    ids = [script.upload(data, f"{number}.jpg") for number, data in enumerate(photos(PHOTOS, megapixels=0.3))]
    eventually(lambda: script.get_json("/api/status")["jobs"]["pending"] == 0, 600)
    paths = [f"/media/{each}/1/240" for each in ids]
    for path in paths:
        if not script.get(path).is_success:
            raise SystemExit(f"{path} can't be had")
    del up
    return paths


def _cookie(up: Up) -> str:
    with httpx.Client(base_url=up.url, headers={"Origin": up.url}, trust_env=False) as browser:
        answer = browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        answer.raise_for_status()
        return f"sid={browser.cookies['sid']}"


def _size(cache: Path, path: str) -> int:
    asset = path.split("/")[2]
    return next(cache.rglob(f"{asset}/1-240.*")).stat().st_size


def _forgotten(up: Up, paths: Sequence[str], cookie: str, *, lists: bool = False) -> float:
    async def notify() -> None:
        connection = await asyncpg.connect(up.postgres.url)
        await connection.execute("NOTIFY scene_sense_access")
        await connection.close()

    asyncio.run(notify())
    time.sleep(0.05)
    if lists:
        _list(up, cookie, len(paths))
    return rate(up.port, paths, [cookie])


def _list(up: Up, cookie: str, count: int) -> None:
    name, _, value = cookie.partition(": ")
    answer = httpx.get(f"{up.url}/api/timeline/buckets/undated", headers={name: value}, trust_env=False)
    if len(answer.json()["id"]) != count:
        raise SystemExit("the month does not list what is asked for")


@contextmanager
def _bare(cache: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.support.bare_media", str(cache), str(port)]
    process = subprocess.Popen(command)

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 404
        except httpx.ConnectError:
            return False

    try:
        eventually(answers, 30)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)
