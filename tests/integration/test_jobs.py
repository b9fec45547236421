import asyncio
from uuid import UUID

import numpy as np
import pytest

from appliance.db import jobs
from appliance.db.embeddings import write_batch
from appliance.db.engine import Database
from appliance.records.accounts import Viewer
from appliance.records.jobs import Claim
from tests.support.rows import add_asset, add_model, add_person, count


@pytest.fixture
async def viewer(database: Database) -> Viewer:
    return await add_person(database)


@pytest.fixture
async def model_id(database: Database) -> int:
    return await add_model(database)


async def add_pending(db: Database, viewer: Viewer, model_id: int, number: int) -> list[UUID]:
    assets = [await add_asset(db, viewer.user_id, filename=f"{i}.jpg") for i in range(number)]
    for asset in assets:
        await jobs.add_jobs(db, asset, model_id=model_id)
    return assets


async def claim(
    db: Database, model_id: int, limit: int = 100, lease_seconds: float = 60
) -> tuple[Claim, ...]:
    return await jobs.claim(db, kind=jobs.EMBED, model_id=model_id, limit=limit, lease_seconds=lease_seconds)


def unit_vectors(number: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.tile(np.array([1, 0, 0, 0], np.float32), (number, 1))


async def test_an_asset_gets_one_job_of_a_kind_however_often_it_is_asked_for(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    (asset,) = await add_pending(database, viewer, model_id, 1)
    await jobs.add_jobs(database, asset, model_id=model_id)
    assert await count(database, "job") == 1


async def test_claims_of_several_workers_never_overlap_and_leave_nothing_out(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    assets = await add_pending(database, viewer, model_id, 60)

    async def work() -> list[UUID]:
        mine: list[UUID] = []
        while claims := await claim(database, model_id, limit=7):
            mine += [claimed.asset_id for claimed in claims]
        return mine

    claimed = await asyncio.gather(*(work() for _ in range(4)))
    assert sorted(asset for mine in claimed for asset in mine) == sorted(assets)


async def test_the_oldest_of_the_most_urgent_jobs_come_first(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    first, second, third = await add_pending(database, viewer, model_id, 3)
    await database.fetch("UPDATE job SET priority = 5 WHERE asset = {}", third)
    order = [(await claim(database, model_id, limit=1))[0].asset_id for _ in range(3)]
    assert order == [third, first, second]


async def test_vectors_are_written_with_the_end_of_their_jobs_and_only_once(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    await add_pending(database, viewer, model_id, 3)
    claims = await claim(database, model_id)
    assert await write_batch(database, claims, unit_vectors(3), model_id=model_id) == 3
    assert await write_batch(database, claims, unit_vectors(3), model_id=model_id) == 0
    assert await count(database, "embedding") == 3
    assert (await jobs.count_jobs(database)).done == 3


async def test_a_worker_that_was_given_up_for_dead_writes_nothing(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    await add_pending(database, viewer, model_id, 2)
    late = await claim(database, model_id, lease_seconds=0)
    assert (await jobs.release_expired(database, max_attempts=4)).released == 2
    current = await claim(database, model_id)

    assert await write_batch(database, late, unit_vectors(2), model_id=model_id) == 0
    assert await jobs.fail(database, late[0], code="x", text="x", permanent=True, max_attempts=4) is None
    assert await jobs.release(database, late) == 0
    assert (await jobs.count_jobs(database)).running == 2
    assert await write_batch(database, current, unit_vectors(2), model_id=model_id) == 2


async def test_an_asset_purged_meanwhile_does_not_disturb_its_batch(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    gone, stays = await add_pending(database, viewer, model_id, 2)
    claims = await claim(database, model_id)
    await database.fetch("DELETE FROM asset WHERE id = {}", gone)
    assert await write_batch(database, claims, unit_vectors(2), model_id=model_id) == 1
    assert [row["asset"] for row in await database.fetch("SELECT asset FROM embedding")] == [stays]


async def test_a_lease_that_is_extended_does_not_run_out(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    await add_pending(database, viewer, model_id, 2)
    claims = await claim(database, model_id, lease_seconds=0)
    assert await jobs.extend(database, claims[0].lease, lease_seconds=60) == 2
    assert await jobs.count_expired(database) == 0


async def test_a_failing_job_waits_longer_each_time_and_then_counts_as_failed(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    await add_pending(database, viewer, model_id, 1)
    delays = []
    for _ in range(3):
        (claimed,) = await claim(database, model_id)
        delays.append(
            await jobs.fail(database, claimed, code="read_failed", text="no", permanent=False, max_attempts=3)
        )
        assert await claim(database, model_id) == ()
        await database.fetch("UPDATE job SET run_after = now()")
    assert delays == [5.0, 20.0, None]
    assert (await jobs.count_jobs(database)).failed == 1
    assert await claim(database, model_id) == ()


async def test_a_job_that_kills_its_worker_each_time_is_given_up(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    await add_pending(database, viewer, model_id, 1)
    for _ in range(2):
        await claim(database, model_id, lease_seconds=0)
        await jobs.release_expired(database, max_attempts=2)
    (failed,) = await jobs.list_jobs(database, viewer, state="failed")
    assert (failed.error_code, failed.attempts) == (jobs.WORKER_LOST, 2)


async def test_giving_back_does_not_count_as_a_try(database: Database, viewer: Viewer, model_id: int) -> None:
    await add_pending(database, viewer, model_id, 1)
    for _ in range(5):
        claims = await claim(database, model_id)
        assert claims[0].attempts == 1
        await jobs.release(database, claims)
    await jobs.release(database, await claim(database, model_id), delay_seconds=60)
    assert await claim(database, model_id) == ()
    assert not await jobs.has_due(database, kind=jobs.EMBED)


async def test_failed_jobs_are_listed_for_their_owner_with_the_reason_and_can_be_retried(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    other = await add_person(database, "bob")
    first, second = await add_pending(database, viewer, model_id, 2)
    for claimed in await claim(database, model_id):
        await jobs.fail(
            database, claimed, code="file_damaged", text="It is damaged.", permanent=True, max_attempts=4
        )

    listed = await jobs.list_jobs(database, viewer, state="failed")
    assert {item.asset_id for item in listed} == {first, second}
    assert {(item.error_code, item.error_text, item.model) for item in listed} == {
        ("file_damaged", "It is damaged.", "tiny")
    }
    assert await jobs.list_jobs(database, other, state="failed") == ()
    assert await jobs.retry(database, other) == 0
    assert await jobs.retry(database, viewer, asset_ids=[second]) == 1
    assert [claimed.asset_id for claimed in await claim(database, model_id)] == [second]
    assert await jobs.retry(database, viewer) == 1


async def test_assets_without_a_job_get_one_unless_they_are_leaving(
    database: Database, viewer: Viewer, model_id: int
) -> None:
    await add_pending(database, viewer, model_id, 1)
    await add_asset(database, viewer.user_id)
    leaving = await add_asset(database, viewer.user_id)
    await database.fetch("UPDATE asset SET state = 'purging', trashed_at = now() WHERE id = {}", leaving)
    assert await jobs.add_missing(database, kind=jobs.EMBED, model_id=model_id) == 1
    assert await jobs.add_missing(database, kind=jobs.EMBED, model_id=model_id) == 0
    assert (await jobs.count_jobs(database, viewer)).pending == 2
