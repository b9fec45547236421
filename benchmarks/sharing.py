"""What sharing costs: lists, the check before a thumbnail, and searches, for the same person with and without shares.

Four people have 25,000 assets each, most of them in 120 folders. One of them is asked for as who sees their own
assets only, as who has ten folders of others shared with them (and five below each of these), and as an administrator
who sees everything. All ways are asked in turn on one warm connection, so that they share what else the machine does.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from appliance.db.assets import count_assets, find_media, list_assets
from appliance.db.engine import Database, open_database
from appliance.db.folders import list_folders
from appliance.db.migrate import upgrade
from appliance.db.models import active_model, ensure_index
from appliance.db.search import Nearest, find_nearest
from appliance.db.tags import list_tags
from appliance.embedded.postgres import Postgres
from appliance.records.accounts import Role, Scope, Sight, Viewer
from appliance.records.models import Model
from appliance.records.organise import ListKey
from appliance.records.search import And, Filter, InFolderId, PageKey
from benchmarks.support.bulk import add_synthetic
from benchmarks.support.figures import percentile, texts
from benchmarks.support.tables import print_table
from tests.support.rows import add_model
from tests.support.services import new_folder
from tests.support.vectors import clustered

ASSETS = 100_000
DIMENSION = 512
ROUNDS = 40

_EVERYTHING = And(())
_TITLES = {
    Sight.OWN: "own only",
    Sight.SHARED: "10 folders shared",
    Sight.ALL: "ADMIN_SEES_ALL",
}


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
    async with open_database(url, pool_size=2) as db:
        town = await build(db, url)
        await _print(town)


@dataclass(frozen=True)
class Town:
    """Four people, and what is asked on behalf of the first."""

    db: Database
    model: Model
    anna: Viewer
    #: An asset of hers, one that is shared with her, and a folder that is.
    own: UUID
    shared: UUID
    folder: UUID
    middle: ListKey


async def build(db: Database, url: str, *, assets: int = ASSETS) -> Town:
    """The four people with their folders, assets, tags and shares."""
    people = [await _person(db, name) for name in ("anna", "bob", "cleo", "dan")]
    await add_model(db, dimension=DIMENSION)
    model = await active_model(db)
    if model is None:
        raise SystemExit("there is no active model")
    await add_synthetic(url, people[0].user_id, model, assets)
    for person in people:
        await _folders(db, person.user_id)
    await _spread(db, [person.user_id for person in people])
    for person in people[1:]:
        await _tags(db, person.user_id)
    await _tags(db, people[0].user_id)
    await _share(db, people)
    await ensure_index(db, model)
    for table in ("asset", "embedding", "folder", "share", "asset_tag", "tag", "account"):
        await db.ddl(f"VACUUM ANALYZE {table}")
    return await _town(db, model, people[0])


async def _person(db: Database, name: str) -> Viewer:
    person = uuid4()
    await db.fetch("INSERT INTO account (id, name, role) VALUES ({}, {}, 'admin')", person, name)
    return Viewer(user_id=person, name=name, role=Role.ADMIN, scopes=frozenset(Scope))


async def _folders(db: Database, owner: UUID) -> None:
    await db.fetch(
        """
        WITH top AS (
            INSERT INTO folder (id, owner, name, path)
            SELECT gen_random_uuid(), {}, 'top ' || n, 'top ' || n FROM generate_series(1, 20) n
            RETURNING id, owner, path
        )
        INSERT INTO folder (id, owner, parent, name, path)
        SELECT gen_random_uuid(), top.owner, top.id, 'part ' || n, top.path || '/part ' || n
        FROM top, generate_series(1, 5) n
        """,
        owner,
    )


async def _spread(db: Database, people: list[UUID]) -> None:
    """Give each person a part of the assets, four of five in a folder, uploaded over some years."""
    await db.fetch(
        """
        WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM asset),
        kept AS (SELECT id, n, ({}::uuid[])[1 + n % {}] AS owner FROM numbered),
        place AS (SELECT id, owner, row_number() OVER (PARTITION BY owner ORDER BY path) AS n FROM folder)
        UPDATE asset SET owner = kept.owner, folder = place.id,
            uploaded_at = now() - make_interval(secs => abs(hashtextextended(asset.id::text, 1) % 100000000))
        FROM kept LEFT JOIN place ON place.owner = kept.owner AND place.n = (kept.n / 4) % 150 + 1
        WHERE asset.id = kept.id
        """,
        people, len(people),
    )  # fmt: skip
    await db.fetch("UPDATE embedding e SET owner = a.owner FROM asset a WHERE a.id = e.asset")


async def _tags(db: Database, owner: UUID) -> None:
    await db.fetch(
        "INSERT INTO tag (id, owner, name) SELECT gen_random_uuid(), {}, 'word ' || n FROM generate_series(1, 200) n",
        owner,
    )
    await db.fetch(
        """
        INSERT INTO asset_tag (asset, tag)
        SELECT a.id, t.id FROM asset a JOIN tag t ON t.owner = a.owner
            AND t.name = 'word ' || (1 + abs(hashtextextended(a.id::text, 2)) % 400)
        WHERE a.owner = {}
        """,
        owner,
    )


async def _share(db: Database, people: list[Viewer]) -> None:
    """Ten folders of two people with the first, one of them to add; and what an ordinary household shares besides."""
    anna, bob, cleo, dan = (person.user_id for person in people)
    for owner, subject, count, may in (
        (bob, anna, 5, "view"),
        (cleo, anna, 4, "view"),
        (cleo, anna, 5, "add"),
        (dan, bob, 3, "add"),
        (anna, dan, 3, "view"),
        (anna, bob, 4, "add"),
    ):
        await db.fetch(
            """
            INSERT INTO share (id, owner, subject, folder, may)
            SELECT gen_random_uuid(), {}, {}, id, {} FROM folder WHERE owner = {} AND parent IS NULL
            ORDER BY path LIMIT {} ON CONFLICT DO NOTHING
            """,
            owner, subject, may, owner, count,
        )  # fmt: skip


async def _town(db: Database, model: Model, anna: Viewer) -> Town:
    own = await db.fetch_one("SELECT id, uploaded_at FROM asset WHERE owner = {} LIMIT 1", anna.user_id)
    shared = await db.fetch_one(
        "SELECT a.id, a.folder FROM share s JOIN asset a ON a.folder = s.folder"
        " WHERE s.subject = {} AND a.owner = s.owner ORDER BY a.id LIMIT 1",
        anna.user_id,
    )
    if own is None or shared is None:
        raise SystemExit("there are no assets")
    middle = ListKey(own["uploaded_at"], own["id"])
    return Town(db, model, anna, own["id"], shared["id"], shared["folder"], middle)


def ways(town: Town, viewer: Viewer) -> dict[str, Callable[[NDArray[np.float32]], Awaitable[Any]]]:
    """What is asked, by name; each takes a vector to look for."""

    def search(query: NDArray[np.float32], where: Filter = _EVERYTHING, after: PageKey | None = None) -> Any:
        wanted = Nearest(
            viewer=viewer,
            vector=query,
            model_id=town.model.id,
            where=where,
            besides=(),
            limit=50,
            after=after,
        )
        return find_nearest(town.db, wanted)

    db, start = town.db, PageKey(0.6, town.own, town.model.id)
    return {
        "list, the first 100": lambda _: list_assets(db, viewer, where=_EVERYTHING, limit=101),
        "list, 100 from the middle on": lambda _: list_assets(
            db, viewer, where=_EVERYTHING, limit=101, after=town.middle
        ),
        "list, 100 of a shared folder": lambda _: list_assets(
            db, viewer, where=InFolderId(town.folder), limit=101
        ),
        "check before a thumbnail, own": lambda _: find_media(db, viewer, town.own),
        "check before a thumbnail, shared": lambda _: find_media(db, viewer, town.shared),
        "search": search,
        "search, a later page (every vector compared)": lambda query: search(query, after=start),
        "search in a shared folder": lambda query: search(query, InFolderId(town.folder)),
        "count": lambda _: count_assets(db, viewer),
        "folders with their counts": lambda _: list_folders(db, viewer),
        "tags with their counts": lambda _: list_tags(db, viewer),
    }


async def _print(town: Town) -> None:
    queries = clustered(ROUNDS + 3, dimension=DIMENSION, seed=99)
    asked = {sight: ways(town, replace(town.anna, sight=sight)) for sight in _TITLES}
    times: dict[tuple[str, Sight], list[float]] = {}
    for number, query in enumerate(queries, -3):
        for sight, by_name in asked.items():
            for name, work in by_name.items():
                started = time.perf_counter()
                await work(query)
                if number >= 0:
                    times.setdefault((name, sight), []).append(1000 * (time.perf_counter() - started))
    names = list(asked[Sight.OWN])
    for title, share in (("median", 0.5), ("p95", 0.95)):
        print_table(
            f"{ASSETS:,} assets of four people, {DIMENSION}-d vectors, milliseconds, {title} of {ROUNDS}",
            ["", *_TITLES.values()],
            [texts(name, *(percentile(times[name, sight], share) for sight in _TITLES)) for name in names],
        )
