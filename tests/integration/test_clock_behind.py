"""A clock that is behind gives nothing a time to go: when it is put right, that time would be long past."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from appliance import clock
from appliance.db import sightings
from appliance.db.sightings import Sighting
from appliance.errors import ClockDoubtful
from appliance.library.appliance import Appliance
from appliance.library.failures import discard
from appliance.library.organise import edit_asset, trash
from appliance.library.sweep import sweep
from appliance.records.accounts import Viewer
from appliance.records.organise import Changes
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, picture
from tests.support.rows import add_person, everything

DAY = timedelta(days=1)


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Appliance]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture
async def viewer(home: Appliance) -> Viewer:
    return await add_person(home.db)


async def test_nothing_gets_a_time_to_go_from_a_clock_that_is_behind(home: Appliance, viewer: Viewer) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset.id
    # The last run was in what this clock takes for the future.
    await sightings.record(home.db, Sighting.CLOCK, clock.now() + 40 * DAY)
    before = await everything(home.db, "asset")

    with pytest.raises(ClockDoubtful, match="Nothing was changed"):
        await trash(home.db, viewer, asset, trash_days=30)
    await home.db.fetch(
        "UPDATE job SET state = 'failed', error_code = 'file_damaged' WHERE asset = {}", asset
    )
    with pytest.raises(ClockDoubtful):
        await discard(home.db, viewer, code=None, asset_ids=[asset], upload_ids=None, trash_days=30)
    with pytest.raises(ClockDoubtful):
        await edit_asset(home.db, viewer, asset, Changes(expires_at=clock.now() + DAY))
    for number in (1, 2):
        with pytest.raises(ClockDoubtful):
            await add_picture(home, viewer, picture(number), expires_at=clock.now() + DAY)

    assert await everything(home.db, "asset") == before
    assert home.store.list_ids() == [asset]
    assert list((home.settings.storage_path / ".incoming").iterdir()) == []


async def test_what_stays_for_ever_is_taken_whatever_the_clock_says(home: Appliance, viewer: Viewer) -> None:
    await sightings.record(home.db, Sighting.CLOCK, clock.now() + 40 * DAY)
    asset = (await add_picture(home, viewer, picture(1))).asset.id
    changed = await edit_asset(home.db, viewer, asset, Changes(expires_at=None, favourite=True))
    assert changed.favourite


async def test_a_clock_that_was_accepted_is_believed_again(home: Appliance, viewer: Viewer) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset.id
    await sightings.record(home.db, Sighting.CLOCK, clock.now() + 40 * DAY)
    await sweep(home, accept_clock=True)
    assert (await trash(home.db, viewer, asset, trash_days=30)).trashed_at is not None
