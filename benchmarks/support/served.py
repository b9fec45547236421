"""A worker of a running instance next to the same work without queue, claims and database."""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg

from appliance.jobs import Actor, Queue
from benchmarks.support.apart import Apart, Rounds, quartiles, ratios
from benchmarks.support.figures import texts
from benchmarks.support.instance import running
from benchmarks.support.load import Spent, Watch
from benchmarks.support.ours import Ours
from tests.support.remote import Script
from tests.support.up import Up
from tests.support.waiting import eventually

#: A look at how far it is costs the database half a millisecond.
_LOOK_SECONDS = 0.02
_DEADLINE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Compared:
    """The same files by the bare loop and by the worker, in turn."""

    bare: Rounds
    worker: Rounds

    def row(self, name: str) -> list[str]:
        """As a row: name, both rates, their ratio with quartiles, CPU-ms of both and their ratio, load."""
        shares = ratios(self.bare.wall_ms, self.worker.wall_ms)
        low, middle, high = quartiles(shares)
        quiet = sum(
            one.quiet and two.quiet for one, two in zip(self.bare.spent, self.worker.spent, strict=True)
        )
        return texts(
            name,
            1000 / quartiles(self.bare.wall_ms)[1],
            1000 / quartiles(self.worker.wall_ms)[1],
            middle,
            "-".join(texts(low, high)),
            quartiles(self.bare.cpu_ms)[1],
            quartiles(self.worker.cpu_ms)[1],
            quartiles(ratios(self.bare.cpu_ms, self.worker.cpu_ms))[1],
            max(self.bare.most_others, self.worker.most_others),
            f"{quiet}/{len(shares)}",
        )


def measure_worker(model: Path, files: Sequence[str], *, rounds: int) -> Compared:
    """Both ways in turn over the same originals, renditions included; nothing is uploaded meanwhile."""
    bare: list[Spent] = []
    worker: list[Spent] = []
    settings = {"CLIP_MODEL": model.name, "MODELS_PATH": str(model.parent)}
    with running(**settings) as (up, script), Apart(partial(Ours, model, renditions=True)) as ours:
        _upload(script, files)
        ours.run(files[:4])
        for _ in range(rounds):
            bare.append(ours.measure(files)[0])
            worker.append(asyncio.run(_again(up)))
    return Compared(Rounds(len(files), bare), Rounds(len(files), worker))


def _upload(script: Script, files: Sequence[str]) -> None:
    for number, file in enumerate(files):
        script.upload(Path(file).read_bytes(), f"{number}.jpg")
    eventually(lambda: script.get_json("/api/status")["jobs"]["pending"] == 0, _DEADLINE_SECONDS)
    eventually(lambda: script.get_json("/api/status")["jobs"]["running"] == 0, _DEADLINE_SECONDS)


def _warm(storage: Path) -> None:
    for path in storage.rglob("*"):
        if path.is_file():
            path.read_bytes()


async def _again(up: Up) -> Spent:
    """From the message that wakes the worker to the last vector written, everything of before taken away."""
    connection = await asyncpg.connect(up.postgres.url)
    queue = Queue(up.valkey.url)
    try:
        await connection.execute("DELETE FROM embedding")
        await asyncio.to_thread(shutil.rmtree, up.data / "cache", ignore_errors=True)
        # A worker lets go of what it has read; the bare loop's files are in memory too.
        await asyncio.to_thread(_warm, up.data / "storage")
        # Only now, so that a sweep of the instance's own finds nothing to begin with.
        await connection.execute("UPDATE job SET state = 'pending', attempts = 0, run_after = now()")
        watch = Watch([up.process.pid, up.postgres.pid, up.valkey.pid])
        watch.start()
        await queue.wake(Actor.EMBED)
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while await connection.fetchval("SELECT EXISTS (SELECT FROM job WHERE state <> 'done')"):
            if time.monotonic() > deadline:
                raise RuntimeError("the worker did not finish")
            await asyncio.sleep(_LOOK_SECONDS)
        return watch.stop()
    finally:
        queue.close()
        await connection.close()
