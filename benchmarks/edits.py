"""One edit of 100,000 assets: seconds to write it down, to tag them all and to take it back, and searches meanwhile.

The steps are those of a worker, one after the other on a connection of their own; searches of the same person go on
beside them on another one, in the same process, and are asked alone before.
"""

import asyncio
import os
import shutil
import time
from uuid import uuid4

from appliance.db.changes import revision
from appliance.db.engine import Database, open_database
from appliance.db.migrate import upgrade
from appliance.db.models import active_model, ensure_index
from appliance.db.search import Nearest, find_nearest
from appliance.db.tags import list_tags
from appliance.embedded.postgres import Postgres
from appliance.jobs import Queue
from appliance.library.edit_changes import read_edit
from appliance.library.edits import begin_edit, get_edit, step, undo_edit
from appliance.library.tags import change_tag
from appliance.records.accounts import Role, Scope, Viewer
from appliance.records.edits import Chosen
from appliance.records.models import Model
from appliance.records.organise import UNSET
from appliance.records.search import And
from benchmarks.support.bulk import add_synthetic
from benchmarks.support.figures import percentile, texts
from benchmarks.support.tables import print_table
from tests.support.rows import add_model
from tests.support.services import new_folder
from tests.support.vectors import clustered

ASSETS = 100_000
DIMENSION = 512
ALONE = 60


def main(arguments: list[str]) -> None:
    """Measure and print; takes no arguments."""
    del arguments
    folder = new_folder()
    server = Postgres(folder / "postgres")
    try:
        server.start()
        asyncio.run(_main(server.url))
    finally:
        server.stop(seconds=5)
        shutil.rmtree(folder, ignore_errors=True)


async def _main(url: str) -> None:
    async with open_database(url, pool_size=2) as db:
        await upgrade(db)
    # Anew: a connection knows vectors only once there is the extension.
    async with open_database(url, pool_size=4) as db:
        person = uuid4()
        await db.fetch("INSERT INTO account (id, name, role) VALUES ({}, 'anna', 'admin')", person)
        viewer = Viewer(user_id=person, name="anna", role=Role.ADMIN, scopes=frozenset(Scope))
        await add_model(db, dimension=DIMENSION)
        model = await active_model(db)
        if model is None:
            raise SystemExit("there is no active model")
        await add_synthetic(url, person, model, ASSETS)
        await ensure_index(db, model)
        for table in ("asset", "embedding"):
            await db.ddl(f"VACUUM ANALYZE {table}")
        await _measure(db, viewer, model)


class _Searches:
    """Searches one after the other until they are stopped, and how long each took, in milliseconds."""

    def __init__(self, db: Database, viewer: Viewer, model: Model) -> None:
        self._db, self._viewer, self._model = db, viewer, model
        self._queries = clustered(200, dimension=DIMENSION, seed=7)

    async def run(self, times: list[float], *, most: int | None = None) -> None:
        for number in range(10**9 if most is None else most):
            query = self._queries[number % len(self._queries)]
            wanted = Nearest(self._viewer, query, self._model.id, And(()), (), 50, None)
            started = time.perf_counter()
            await find_nearest(self._db, wanted)
            times.append(1000 * (time.perf_counter() - started))


async def _measure(db: Database, viewer: Viewer, model: Model) -> None:
    searches, queue = _Searches(db, viewer, model), Queue("redis://127.0.0.1:1")
    alone: list[float] = []
    await searches.run([], most=10)
    await searches.run(alone, most=ALONE)
    times = {"alone": alone}
    started = time.perf_counter()
    seen = Chosen(And(()), await revision(db, viewer))
    edit = await begin_edit(
        db, queue, viewer, read_edit({"add_tags": ["summer", "sea/shore"]}), seen, trash_days=30
    )
    seconds = {"written down": time.perf_counter() - started}
    for name, others in (("tagged", "while it is tagged"), ("taken back", "while it is taken back")):
        if name == "taken back":
            await undo_edit(db, queue, viewer, edit.id, trash_days=30)
        beside = asyncio.create_task(searches.run(times.setdefault(others, [])))
        started = time.perf_counter()
        while await step(db, trash_days=30):
            pass
        seconds[name] = time.perf_counter() - started
        beside.cancel()
        await asyncio.wait([beside])
        if name == "tagged":
            seconds |= await _rename(db, viewer)
    found = await get_edit(db, viewer, edit.id)
    queue.close()
    print_table(
        f"{ASSETS:,} assets, two tags put on each by one edit, seconds",
        ["", "seconds"],
        [texts(name, value) for name, value in seconds.items()],
        notes=f"{found.done:,} done, {found.undone:,} taken back; load {os.getloadavg()[0]:.1f}",
    )
    print_table(
        f"Searches of {ASSETS:,} vectors of {DIMENSION} dimensions, milliseconds",
        ["", "searches", "p50", "p95"],
        [
            texts(name, len(each), *(percentile(each, share) for share in (0.5, 0.95)))
            for name, each in times.items()
        ],
    )


async def _rename(db: Database, viewer: Viewer) -> dict[str, float]:
    """What is done with a word that is on all of them."""
    taken: dict[str, float] = {}
    ids = {tag.name: tag.id for tag in await list_tags(db, viewer)}
    summer = ids["summer"]
    if summer is None:
        raise SystemExit("the tag is not there")
    started = time.perf_counter()
    await list_tags(db, viewer)
    taken["both words listed with their counts"] = time.perf_counter() - started
    started = time.perf_counter()
    await change_tag(db, viewer, summer, name="season/summer", color=UNSET)
    taken["a word renamed that is on all, and counted"] = time.perf_counter() - started
    return taken
