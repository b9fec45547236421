"""The two branches of a search on 20,000 and more rows, next to brute force."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from appliance.db.engine import Database, open_database
from appliance.db.folders import ensure_folder
from appliance.db.models import active_model, ensure_index
from appliance.db.search import Nearest, exact_statement, find_nearest, index_statement
from appliance.records.accounts import Sight, Viewer
from appliance.records.search import And, Filter, Not, Or, PageKey, TakenBetween
from tests.support.rows import add_model, add_person
from tests.support.services import Cluster
from tests.support.vectors import Crowd, add_crowd, clustered

DIMENSION = 64
MINE, THEIRS = 16_000, 6_000
EVERYTHING = And(())


@dataclass(frozen=True)
class Town:
    """Two owners in one database, the first with many assets, and an index over all of their vectors."""

    db: Database
    model_id: int
    mine: Viewer
    theirs: Viewer
    my_crowd: Crowd
    their_crowd: Crowd

    def wanted(self, query: NDArray[np.float32], **changes: Any) -> Nearest:
        start = Nearest(
            viewer=self.mine,
            vector=query,
            model_id=self.model_id,
            where=EVERYTHING,
            besides=(),
            limit=50,
            after=None,
        )
        return replace(start, **changes)


@pytest.fixture(scope="module")
def town_url(cluster: Cluster) -> Any:
    url = cluster.clone()
    yield url
    cluster.drop(url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(town_url: str) -> AsyncIterator[Town]:
    async with open_database(town_url, pool_size=3) as db:
        model_id = await add_model(db, dimension=DIMENSION)
        mine, theirs = await add_person(db, "ada"), await add_person(db, "bob")
        my_crowd = await add_crowd(
            db, mine.user_id, clustered(MINE, dimension=DIMENSION, seed=1), model_id=model_id
        )
        their_crowd = await add_crowd(
            db, theirs.user_id, clustered(THEIRS, dimension=DIMENSION, seed=1), model_id=model_id
        )
        model = await active_model(db)
        assert model is not None
        assert await ensure_index(db, model)
        yield Town(db, model_id, mine, theirs, my_crowd, their_crowd)


pytestmark = pytest.mark.asyncio(loop_scope="module")


def queries(count: int) -> NDArray[np.float32]:
    return clustered(count, dimension=DIMENSION, seed=7)


def recall(found: list[UUID], truth: list[UUID]) -> float:
    return len(set(found) & set(truth)) / len(truth)


async def ids(town: Town, wanted: Nearest) -> tuple[list[UUID], bool]:
    found = await find_nearest(town.db, wanted)
    return [hit.asset.id for hit in found.hits], found.exact


async def explain(town: Town, statement: Any) -> str:
    async with town.db.transaction():
        rows = await town.db.fetch("EXPLAIN {}", statement)
    return "\n".join(row["QUERY PLAN"] for row in rows)


@pytest.mark.parametrize("sight", [Sight.OWN, Sight.SHARED])
async def test_a_big_library_without_a_filter_is_asked_through_the_index(town: Town, sight: Sight) -> None:
    found = []
    for query in queries(30):
        rows, exact = await ids(town, town.wanted(query, viewer=replace(town.mine, sight=sight)))
        assert not exact
        assert len(rows) == 50
        found.append(recall(rows, town.my_crowd.nearest(query, 50)))
    assert np.mean(found) >= 0.98


async def test_the_index_serves_the_model_by_its_literal(town: Town) -> None:
    wanted = town.wanted(queries(1)[0])
    assert f"embedding_vector_{town.model_id}" in await explain(town, index_statement(wanted, 51))


async def test_the_exact_statement_never_uses_the_approximate_index(town: Town) -> None:
    for where in (EVERYTHING, TakenBetween(date(2020, 1, 1), date(2020, 1, 3))):
        for sight in Sight:
            wanted = town.wanted(queries(1)[0], where=where, viewer=replace(town.mine, sight=sight))
            assert "embedding_vector_" not in await explain(town, exact_statement(wanted, 51))


@pytest.mark.parametrize("sight", [Sight.OWN, Sight.SHARED])
async def test_a_library_below_the_limit_is_compared_exactly(town: Town, sight: Sight) -> None:
    for query in queries(10):
        rows, exact = await ids(town, town.wanted(query, viewer=replace(town.theirs, sight=sight)))
        assert exact
        assert rows == town.their_crowd.nearest(query, 50)


FILTERS: dict[str, Filter] = {
    "one day in a hundred": TakenBetween(date(2020, 1, 5), date(2020, 1, 5)),
    "half": TakenBetween(date(2020, 1, 1), date(2020, 2, 19)),
    "two days": Or(
        (
            TakenBetween(date(2020, 1, 5), date(2020, 1, 5)),
            And((TakenBetween(date(2020, 3, 1), None), TakenBetween(None, date(2020, 3, 1)))),
        )
    ),
}
KEEPS = {"one day in a hundred": [4], "half": range(50), "two days": [4, 60]}


@pytest.mark.parametrize("name", FILTERS)
async def test_a_filter_that_leaves_few_rows_is_compared_exactly(town: Town, name: str) -> None:
    among = np.isin(np.arange(MINE) % 100, list(KEEPS[name]))
    for query in queries(10):
        rows, exact = await ids(town, town.wanted(query, where=FILTERS[name]))
        assert exact
        assert rows == town.my_crowd.nearest(query, 50, among=among)


async def test_a_filter_that_leaves_many_rows_keeps_the_recall_of_the_index(town: Town) -> None:
    where = Not(TakenBetween(date(2020, 1, 1), date(2020, 1, 20)))
    among = np.arange(MINE) % 100 >= 20
    found = []
    for query in queries(20):
        rows, exact = await ids(town, town.wanted(query, where=where))
        assert not exact
        assert len(rows) == 50
        found.append(recall(rows, town.my_crowd.nearest(query, 50, among=among)))
    assert np.mean(found) >= 0.97


async def test_a_thousand_rows_come_when_a_thousand_are_asked_for(town: Town) -> None:
    query = queries(1)[0]
    rows, _ = await ids(town, town.wanted(query, limit=1000))
    assert len(rows) == len(set(rows)) == 1000
    assert recall(rows, town.my_crowd.nearest(query, 1000)) >= 0.97


async def test_pages_neither_skip_nor_repeat(town: Town) -> None:
    query = queries(3)[2]
    where = TakenBetween(date(2020, 1, 5), date(2020, 1, 7))
    among = np.isin(np.arange(MINE) % 100, [4, 5, 6])
    pages: list[UUID] = []
    after = None
    for _ in range(20):
        found = await find_nearest(town.db, town.wanted(query, where=where, limit=37, after=after))
        pages += [hit.asset.id for hit in found.hits]
        if not found.more:
            break
        after = PageKey(found.hits[-1].distance, found.hits[-1].asset.id, town.model_id)
    assert pages == town.my_crowd.nearest(query, MINE, among=among)
    assert len(pages) == 480


async def test_pages_of_pictures_that_are_equally_near_neither_skip_nor_repeat(town: Town) -> None:
    # Given one picture kept 60 times, re-encoded so that the bytes differ and the vectors don't
    copies = await add_person(town.db, "cid")
    await add_crowd(town.db, copies.user_id, np.repeat(queries(1), 60, axis=0), model_id=town.model_id)
    pages: list[UUID] = []
    after = None
    while True:
        found = await find_nearest(town.db, town.wanted(queries(2)[1], viewer=copies, limit=7, after=after))
        pages += [hit.asset.id for hit in found.hits]
        if not found.more:
            break
        after = PageKey(found.hits[-1].distance, found.hits[-1].asset.id, town.model_id)
    assert len(pages) == len(set(pages)) == 60


async def test_later_pages_of_the_whole_library_go_on_where_the_first_ended(town: Town) -> None:
    query = queries(4)[3]
    first = await find_nearest(town.db, town.wanted(query, limit=100))
    last = first.hits[-1]
    second = await find_nearest(
        town.db, town.wanted(query, limit=100, after=PageKey(last.distance, last.asset.id, town.model_id))
    )
    assert second.exact
    both = [hit.asset.id for hit in (*first.hits, *second.hits)]
    assert len(set(both)) == 200
    assert recall(both, town.my_crowd.nearest(query, 200)) >= 0.98
    distances = [hit.distance for hit in (*first.hits, *second.hits)]
    assert distances == sorted(distances)


async def test_nobody_finds_what_is_somebody_elses(town: Town) -> None:
    # Given a query that is exactly one of the other owner's vectors
    query = town.their_crowd.vectors[17]
    for where in (EVERYTHING, *FILTERS.values()):
        rows, _ = await ids(town, town.wanted(query, where=where, limit=1000))
        assert not set(rows) & set(town.their_crowd.ids)
    theirs, _ = await ids(town, town.wanted(query, viewer=town.theirs, limit=1))
    assert theirs == [town.their_crowd.ids[17]]


async def share_every_third(town: Town) -> Crowd:
    """Their every third asset, which lies below a folder that is shared with me."""
    owner, guest = town.theirs.user_id, town.mine.user_id
    shared = await ensure_folder(town.db, owner, "shared")
    below = await ensure_folder(town.db, owner, "shared/below")
    await ensure_folder(town.db, owner, "shared beside")
    third = np.arange(0, THEIRS, 3)
    ids = tuple(town.their_crowd.ids[number] for number in third)
    await town.db.fetch("UPDATE asset SET folder = {} WHERE id = ANY({}::uuid[])", below, list(ids))
    await town.db.fetch(
        "INSERT INTO share (id, owner, subject, folder) VALUES (gen_random_uuid(), {}, {}, {})",
        owner, guest, shared,
    )  # fmt: skip
    return Crowd(ids, town.their_crowd.vectors[third])


async def test_what_is_shared_is_found_through_the_index_and_by_comparing_all(town: Town) -> None:
    shared = await share_every_third(town)
    try:
        seen = Crowd(town.my_crowd.ids + shared.ids, np.concatenate([town.my_crowd.vectors, shared.vectors]))
        found = []
        for query in queries(20):
            rows, exact = await ids(town, town.wanted(query))
            assert not exact
            found.append(recall(rows, seen.nearest(query, 50)))
            every = await town.db.fetch(exact_statement(town.wanted(query), 50))
            assert [row["id"] for row in every] == seen.nearest(query, 50)
            all_of_them = replace(town.mine, sight=Sight.ALL)
            rows, _ = await ids(town, town.wanted(query, viewer=all_of_them, limit=10))
            everybody = Crowd(
                town.my_crowd.ids + town.their_crowd.ids,
                np.concatenate([town.my_crowd.vectors, town.their_crowd.vectors]),
            )
            assert recall(rows, everybody.nearest(query, 10)) >= 0.9
        assert np.mean(found) >= 0.98
    finally:
        await town.db.ddl("DELETE FROM share")


async def test_trashed_and_expired_assets_leave_at_once_and_the_page_stays_full(town: Town) -> None:
    # Given the forty nearest of a query, some trashed, some expired and not yet swept
    query = town.my_crowd.vectors[99]
    gone = town.my_crowd.nearest(query, 40)
    try:
        await town.db.fetch(
            "UPDATE asset SET state = 'trashed', trashed_at = now() WHERE id = ANY({}::uuid[])", gone[:20]
        )
        await town.db.fetch("UPDATE asset SET expires_at = now() WHERE id = ANY({}::uuid[])", gone[20:])
        among = ~np.isin(np.asarray([str(each) for each in town.my_crowd.ids]), [str(each) for each in gone])
        # Then neither branch shows them, and each gives as many rows as were asked for
        approximate, exact = await ids(town, town.wanted(query))
        assert not exact
        assert not set(approximate) & set(gone)
        assert len(approximate) == 50
        truth = town.my_crowd.nearest(query, 50, among=among)
        statement = exact_statement(town.wanted(query), 50)
        assert [row["id"] for row in await town.db.fetch(statement)] == truth
        narrowed = TakenBetween(date(2020, 1, 1), date(2020, 2, 10))
        few, exact = await ids(town, town.wanted(query, where=narrowed))
        assert exact
        assert few == town.my_crowd.nearest(query, 50, among=among & (np.arange(MINE) % 100 <= 40))
    finally:
        await town.db.fetch(
            "UPDATE asset SET state = 'active', trashed_at = NULL, expires_at = NULL WHERE id = ANY({}::uuid[])",
            gone,
        )


async def test_an_index_that_runs_out_of_rows_is_made_good_by_comparing_all(town: Town) -> None:
    # Given a filter that the count lets pass, and nearly nothing left that is not to be shown
    query = town.my_crowd.vectors[5]
    besides = tuple(town.my_crowd.ids[: MINE - 30])
    rows, exact = await ids(town, town.wanted(query, besides=besides))
    assert exact
    among = np.arange(MINE) >= MINE - 30
    assert rows == town.my_crowd.nearest(query, 50, among=among)
    assert len(rows) == 30
