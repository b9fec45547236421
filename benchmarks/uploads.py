"""Uploads into a real running instance: how many per second, how fast through each door, and fifty at a time.

``rates``, over HTTP with a key:
``uploads alone``: the worker is stopped meanwhile. ``vectors alone``: nothing is uploaded meanwhile.
``both at once``: from the first byte sent to the last vector written, as an import is felt.
``doors``: large files by multipart, in pieces (tus) and by the command line, beside ``cp`` and ``sha256sum`` of them.
``memory``: the web process while fifty large files come at once.
"""

import argparse
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from benchmarks.support.figures import percentile, texts
from benchmarks.support.instance import photos, running
from benchmarks.support.tables import print_table
from benchmarks.support.upload_doors import doors, memory
from tests.support.remote import Script
from tests.support.up import Up
from tests.support.waiting import eventually

#: Megapixels, and how many photos of this size.
CLASSES = ((0.2, 160), (2.0, 80), (12.0, 32))

#: Uploads on their way at a time.
CONNECTIONS = 4


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks uploads",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = {"rates": _rates, "doors": doors, "memory": memory}
    parser.add_argument("--parts", nargs="+", choices=tuple(parts), default=tuple(parts), help="default: all")
    for part in parser.parse_args(arguments).parts:
        parts[part]()


def _rates() -> None:
    rows: list[list[str]] = []
    for megapixels, count in CLASSES:
        pictures = photos(2 * count, megapixels=megapixels)
        kilobytes = sum(map(len, pictures)) / len(pictures) / 1000
        with running() as (up, script):
            script.upload(photos(1, megapixels=0.05)[0], "warm.jpg")
            eventually(partial(_all_done, script), 60)
            alone, times = _uploads_alone(up, script, pictures[:count])
            vectors = _vectors_alone(up, script, count)
            both = _both(script, pictures[count:])
        rows.append(
            texts(
                f"{megapixels:g} MP",
                count,
                kilobytes,
                alone,
                1000 * percentile(times, 0.5),
                1000 * percentile(times, 0.95),
                vectors,
                both,
            )
        )
    print_table(
        f"Import over HTTP, {CONNECTIONS} uploads at a time, {os.cpu_count()} cores",
        [
            "photos", "number", "kB each", "uploads/s alone", "p50 ms", "p95 ms", "vectors/s alone", "both at once/s",
        ],
        rows,
    )  # fmt: skip


def _uploads_alone(up: Up, script: Script, pictures: Sequence[bytes]) -> tuple[float, list[float]]:
    os.kill(up.child("workers.main"), signal.SIGSTOP)
    started = time.perf_counter()
    times = _upload_all(script, pictures)
    return len(pictures) / (time.perf_counter() - started), times


def _vectors_alone(up: Up, script: Script, count: int) -> float:
    started = time.perf_counter()
    os.kill(up.child("workers.main"), signal.SIGCONT)
    eventually(partial(_all_done, script), 600)
    return count / (time.perf_counter() - started)


def _both(script: Script, pictures: Sequence[bytes]) -> float:
    started = time.perf_counter()
    _upload_all(script, pictures)
    eventually(partial(_all_done, script), 600)
    return len(pictures) / (time.perf_counter() - started)


def _upload_all(script: Script, pictures: Sequence[bytes]) -> list[float]:
    def upload(numbered: tuple[int, bytes]) -> float:
        started = time.perf_counter()
        script.upload(numbered[1], f"{numbered[0]}.jpg")
        return time.perf_counter() - started

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(upload, enumerate(pictures)))


def _all_done(script: Script) -> bool:
    jobs = script.get_json("/api/status")["jobs"]
    return bool(jobs["pending"] == jobs["running"] == 0)
