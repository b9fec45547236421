"""What ``scene-sense up`` does by itself, without anybody's timers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from appliance.cli import schedule
from appliance.clock import now
from appliance.db import sightings
from appliance.db.sightings import Sighting
from appliance.library.appliance import Appliance, open_appliance
from appliance.library.expiry import purge
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, picture
from tests.support.rows import add_person, count
from tests.support.waiting import eventually_async


@pytest.fixture
def settings(make_settings: MakeSettings, database_url: str, redis_url: str) -> Settings:
    return make_settings(
        database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0, trash_days=0
    )


@pytest.fixture
async def home(settings: Settings) -> AsyncIterator[Appliance]:
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SWEEP_SECONDS", "PURGE_SECONDS", "SCRUB_SECONDS", "_AGAIN_SECONDS"):
        monkeypatch.setattr(schedule, name, 0.05)


@asynccontextmanager
async def keeping(settings: Settings) -> AsyncIterator[None]:
    """The schedule, while ``up`` runs."""
    running = asyncio.create_task(schedule.keep_schedule(settings))
    try:
        yield
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def see_one_expire(home: Appliance, settings: Settings) -> None:
    """An expired picture and one that stays; returns when the schedule has taken the first away."""
    person = await add_person(home.db)
    gone = (await add_picture(home, person, picture(1))).asset
    kept = (await add_picture(home, person, picture(2))).asset
    await home.db.fetch("UPDATE asset SET expires_at = now() - interval '1 hour' WHERE id = {}", gone.id)

    async def is_gone() -> bool:
        return await count(home.db, "asset") == 1 and not (settings.storage_path / str(gone.id)).exists()

    async with keeping(settings):
        await eventually_async(is_gone)
    assert (settings.storage_path / str(kept.id) / "a.jpg").exists()


async def test_what_has_expired_goes_by_itself(home: Appliance, settings: Settings) -> None:
    await see_one_expire(home, settings)


async def test_a_run_that_fails_is_followed_by_the_next(
    home: Appliance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A purge that has an error of ours, once
    runs: list[int] = []

    async def stumbling(*arguments: Any, **options: Any) -> Any:
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("once")
        return await purge(*arguments, **options)

    monkeypatch.setattr(schedule, "purge", stumbling)
    await see_one_expire(home, settings)
    assert len(runs) > 1


async def test_a_schedule_that_can_not_begin_tries_again(
    home: Appliance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def stumbling(*arguments: Any, **options: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(28, "No space left on device")
        return open_appliance(*arguments, **options)

    monkeypatch.setattr(schedule, "open_appliance", stumbling)
    await see_one_expire(home, settings)
    assert len(tries) == 2


async def test_originals_are_read_again_once_a_day_whatever_is_restarted(
    home: Appliance,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asset = (await add_picture(home, await add_person(home.db), picture(1))).asset
    (settings.storage_path / str(asset.id) / asset.filename).unlink()

    async def is_checked() -> bool:
        return await count(home.db, "scrub") == 1

    async def is_told() -> bool:
        return "1 originals are not as they should be" in caplog.text

    async with keeping(settings):
        await eventually_async(is_told)
    assert await is_checked()

    # A day is not over: the next start reads nothing
    await home.db.fetch("DELETE FROM scrub")
    looked: list[object] = []
    look = schedule._scrub

    async def told(appliance: Appliance) -> object:
        looked.append(await look(appliance))
        return looked[-1]

    async def has_looked_twice() -> bool:
        return len(looked) > 1

    monkeypatch.setattr(schedule, "_scrub", told)
    async with keeping(settings):
        await eventually_async(has_looked_twice)
    assert set(looked) == {"not due"}

    # A day later
    yesterday = now() - timedelta(hours=25)
    await sightings.record(home.db, Sighting.SCRUB, yesterday)
    async with keeping(settings):
        await eventually_async(is_checked)
    last = await sightings.last(home.db, Sighting.SCRUB)
    assert last is not None
    assert last > yesterday
