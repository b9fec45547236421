"""Large edits in a worker of its own, killed in the middle of them and of their undo: everything is done once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from appliance.library.appliance import Appliance
from appliance.library.edit_changes import read_edit
from appliance.library.edits import begin_edit, get_edit, undo_edit
from appliance.library.sweep import sweep
from appliance.records.accounts import Viewer
from appliance.records.edits import Edit, EditState
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.home import open_home
from tests.support.rows import add_many, add_person, count
from tests.support.waiting import eventually_async
from tests.support.worker import worker


@pytest.fixture
def settings(make_settings: MakeSettings, database_url: str, redis_url: str) -> Settings:
    return make_settings(
        database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0, decode_processes=1
    )


@pytest.fixture
async def home(settings: Settings) -> AsyncIterator[Appliance]:
    async with open_home(settings) as appliance:
        yield appliance


@asynccontextmanager
async def held(settings: Settings, asset: UUID) -> AsyncIterator[None]:
    """An asset that nobody else can change."""
    assert settings.database_url is not None
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM asset WHERE id = $1 FOR NO KEY UPDATE", asset)
            yield
    finally:
        await connection.close()


async def steps_that_wait(home: Appliance) -> int:
    rows = await home.db.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query LIKE '%FOR NO KEY UPDATE%'"
    )
    return len(rows)


async def until_over(home: Appliance, viewer: Viewer, edit: Edit) -> Edit:
    assert (await sweep(home)).woken

    async def over() -> Edit | None:
        found = await get_edit(home.db, viewer, edit.id)
        return None if found.is_open else found

    found = await eventually_async(over, 30)
    assert found is not None
    return found


async def test_after_kill_9_in_the_middle_of_an_edit_and_of_its_undo_each_asset_is_changed_once(
    home: Appliance, settings: Settings
) -> None:
    viewer = await add_person(home.db)
    assets = sorted(await add_many(home.db, viewer.user_id, 1700))
    changes = read_edit({"add_tags": ["sea"], "rating": 5})
    async with held(settings, assets[1200]):
        with worker(settings) as doomed:
            edit = await begin_edit(home.db, home.queue, viewer, changes, tuple(assets), trash_days=30)
            assert edit.state is EditState.RUNNING
            await eventually_async(partial(steps_that_wait, home), 30)
            doomed.process.kill()
            doomed.process.wait()
    assert (await get_edit(home.db, viewer, edit.id)).done == 1000
    with worker(settings) as survivor:
        done = await until_over(home, viewer, edit)
        assert (done.state, done.done, done.skipped) == (EditState.DONE, 1700, 0)
        rows = await home.db.fetch(
            "SELECT count(*) AS n FROM asset_tag JOIN asset ON asset.id = asset_tag.asset"
            " WHERE rating = 5 AND revision = 2"
        )
        assert rows[0]["n"] == 1700
        async with held(settings, assets[700]):
            await undo_edit(home.db, home.queue, viewer, edit.id, trash_days=30)
            await eventually_async(partial(steps_that_wait, home), 30)
            survivor.process.kill()
            survivor.process.wait()
    assert (await get_edit(home.db, viewer, edit.id)).undone == 500
    with worker(settings):
        back = await until_over(home, viewer, edit)
    assert (back.state, back.undone, back.kept) == (EditState.UNDONE, 1700, 0)
    rows = await home.db.fetch("SELECT count(*) AS n FROM asset WHERE rating IS NULL AND revision = 3")
    assert rows[0]["n"] == 1700
    assert await count(home.db, "asset_tag") == await count(home.db, "tag") == 0
