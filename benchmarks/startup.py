"""How long it takes until the page can be opened, and until everything is stopped again."""

import shutil
import time

from benchmarks.support.figures import percentile, texts
from benchmarks.support.tables import print_table
from tests.support.services import new_folder
from tests.support.up import Up

ROUNDS = 3


def main(arguments: list[str]) -> None:
    """Measure and print; takes no arguments."""
    del arguments
    first: list[float] = []
    again: list[float] = []
    stop: list[float] = []
    crash: list[float] = []
    for number in range(ROUNDS):
        folder = new_folder()
        try:
            up = Up(folder / f"data{number}")
            first.append(_start(up))
            stop.append(_stop(up))
            again.append(_start(up))
            up.kill_everything()
            crash.append(_start(up))
            stop.append(_stop(up))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print_table(
        "scene-sense up, seconds",
        ["", "median", "worst"],
        [
            texts(name, percentile(times, 0.5), max(times))
            for name, times in (
                ("first start, with initdb and migrations", first),
                ("later start", again),
                ("start after a power cut", crash),
                ("stop", stop),
            )
        ],
    )


def _start(up: Up) -> float:
    started = time.perf_counter()
    up.start()
    up.wait_ready()
    return time.perf_counter() - started


def _stop(up: Up) -> float:
    started = time.perf_counter()
    up.stop()
    return time.perf_counter() - started
