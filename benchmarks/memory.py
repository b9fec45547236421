"""What each process of a running instance holds, idle after some work.

RSS counts shared pages in full for each process; PSS divides them among those that share, so that sums are true.
"""

from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.support.figures import texts
from benchmarks.support.instance import photos, running
from benchmarks.support.tables import print_table
from tests.support.up import Up
from tests.support.waiting import eventually

MIB = 1024 * 1024

PICTURES = 48


def main(arguments: list[str]) -> None:
    """Measure and print; takes no arguments."""
    del arguments
    with running() as (up, script):
        before = _table(up)
        for number, picture in enumerate(photos(PICTURES, megapixels=12)):
            script.upload(picture, f"{number}.jpg")
        eventually(lambda: script.get_json("/api/status")["jobs"]["pending"] == 0, 300)
        script.get_json("/api/search", q="a photo of the sea")
        after = _table(up)
    figures = {name: (*before[name][1:], *after[name][1:]) for name in after}
    sums = [sum(column) for column in zip(*figures.values(), strict=True)]
    print_table(
        f"Memory, MiB: just started, and idle after {PICTURES} photos of 12 MP and a search",
        ["process", "number", "RSS start", "PSS start", "RSS after", "PSS after"],
        [
            *(
                texts(name, after[name][0], *(value / MIB for value in values))
                for name, values in figures.items()
            ),
            texts("all", sum(number for number, _, _ in after.values()), *(value / MIB for value in sums)),
        ],
    )


def _table(up: Up) -> dict[str, tuple[int, int, int]]:
    """Number, RSS and PSS in bytes of each kind of process."""
    web, worker = up.child("web.serve"), up.child("workers.main")
    kinds = {
        "supervisor (up)": [up.process.pid],
        "web": [web],
        "web's decoders": _below(web),
        "worker": [worker],
        "worker's decoders": _below(worker),
        "PostgreSQL": [up.postgres.pid, *_below(up.postgres.pid)],
        "Valkey": [up.valkey.pid],
    }
    return {name: (len(pids), *_memory(pids)) for name, pids in kinds.items()}


def _below(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _memory(pids: Sequence[int]) -> tuple[int, int]:
    rss = pss = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Rss":
                rss += int(value.split()[0]) * 1024
            elif name == "Pss":
                pss += int(value.split()[0]) * 1024
    return rss, pss
