import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from appliance import clock
from appliance.db import jobs
from appliance.db.uploads import insert_upload
from appliance.library.appliance import Appliance
from appliance.library.sweep import sweep
from appliance.records.accounts import Viewer
from appliance.records.assets import Staged
from appliance.records.uploads import IngestRequest, Upload
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, picture
from tests.support.rows import add_asset, add_person, count, everything


@pytest.fixture
def settings(make_settings: MakeSettings, database_url: str, redis_url: str) -> Settings:
    return make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)


@pytest.fixture
async def home(settings: Settings) -> AsyncIterator[Appliance]:
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture
async def viewer(home: Appliance) -> Viewer:
    return await add_person(home.db)


async def stage(home: Appliance, data: bytes) -> Staged:
    async def chunks() -> AsyncIterator[bytes]:
        yield data

    return await home.store.stage(chunks())


async def cut_off(home: Appliance, viewer: Viewer, number: int, *, age: timedelta, placed: bool) -> Upload:
    """What a crash leaves: bytes on the volume, staged or in their place, and the row that says what they are."""
    staged = await stage(home, picture(number))
    fd = home.store.open_part(staged)
    try:
        facts = await home.decoder.probe(fd)
    finally:
        os.close(fd)
    upload = Upload(
        id=staged.id,
        request=IngestRequest(owner=viewer.user_id, filename="a.jpg", folder="2026/trip", tags=("red",)),
        sha256=staged.sha256,
        bytes=staged.bytes,
        facts=facts,
        created_at=clock.now() - age,
    )
    await insert_upload(home.db, upload)
    if placed:
        await home.store.commit(staged, "a.jpg")
    return upload


async def test_nothing_to_mend_is_nothing_done(home: Appliance, viewer: Viewer) -> None:
    await sweep(home)
    report = await sweep(home)
    assert (report.leases_released, report.expired, report.uploads_finished, report.jobs_added) == (
        0,
        0,
        0,
        0,
    )
    assert not report.woken
    assert report.warnings == ()


@pytest.mark.parametrize("placed", [False, True])
async def test_an_upload_that_a_crash_cut_off_becomes_an_asset_with_all_that_was_asked(
    home: Appliance, viewer: Viewer, placed: bool
) -> None:
    old = await cut_off(home, viewer, 1, age=timedelta(minutes=11), placed=placed)
    young = await cut_off(home, viewer, 2, age=timedelta(minutes=9), placed=placed)
    report = await sweep(home)
    assert (report.uploads_finished, report.uploads_dropped, report.woken) == (1, 0, True)
    rows = await home.db.fetch(
        "SELECT a.id, f.path, j.state FROM asset a JOIN folder f ON f.id = a.folder JOIN job j ON j.asset = a.id"
    )
    assert rows == [{"id": old.id, "path": "2026/trip", "state": "pending"}]
    assert (home.settings.storage_path / str(old.id) / "a.jpg").read_bytes() == picture(1)
    assert [row["id"] for row in await home.db.fetch("SELECT id FROM upload")] == [young.id]


async def test_an_upload_whose_bytes_are_gone_is_dropped(home: Appliance, viewer: Viewer) -> None:
    upload = await cut_off(home, viewer, 1, age=timedelta(minutes=11), placed=True)
    await home.store.delete(upload.id)
    report = await sweep(home)
    assert (report.uploads_finished, report.uploads_dropped) == (0, 1)
    assert await count(home.db, "upload") == await count(home.db, "asset") == 0


async def test_part_files_of_yesterday_are_removed_and_later_ones_stay(
    home: Appliance, viewer: Viewer
) -> None:
    old, young = await stage(home, b"old"), await stage(home, b"young")
    yesterday = (clock.now() - timedelta(hours=25)).timestamp()
    os.utime(old.part, (yesterday, yesterday))
    assert (await sweep(home)).parts_removed == 1
    assert (old.part.exists(), young.part.exists()) == (False, True)


async def test_expired_assets_go_to_the_trash_from_the_moment_they_expired(
    home: Appliance, viewer: Viewer
) -> None:
    expiry = clock.now() - timedelta(days=2)
    expired = await add_asset(home.db, viewer.user_id, expires_at=expiry)
    await add_asset(home.db, viewer.user_id, expires_at=clock.now() + timedelta(minutes=1))
    assert (await sweep(home)).expired == 1
    rows = await home.db.fetch("SELECT id, trashed_at, purge_after FROM asset WHERE state = 'trashed'")
    assert rows == [{"id": expired, "trashed_at": expiry, "purge_after": expiry + timedelta(days=30)}]


async def test_a_doubtful_clock_expires_nothing_and_is_said_while_the_rest_goes_on(
    home: Appliance, viewer: Viewer
) -> None:
    await add_asset(home.db, viewer.user_id, expires_at=clock.now() + timedelta(days=20))
    report = await sweep(home, now=clock.now() + timedelta(days=40))
    assert report.expired == 0
    assert "the database server's says" in report.warnings[0]
    assert report.jobs_added == 1


async def test_strange_folders_and_missing_files_are_reported_once_a_day_and_never_touched(
    home: Appliance, viewer: Viewer
) -> None:
    there = (await add_picture(home, viewer, picture(1))).asset.id
    missing = await add_asset(home.db, viewer.user_id)
    stranger = home.settings.storage_path / str(uuid4())
    stranger.mkdir()
    (stranger / "precious.jpg").write_bytes(b"mine")
    report = await sweep(home)
    assert report.files_checked
    assert [str(found) for found in report.orphans] == [stranger.name]
    assert report.missing == (missing,)
    assert there not in report.missing
    assert not (await sweep(home)).files_checked
    assert (await sweep(home, check_files=True)).files_checked
    assert (stranger / "precious.jpg").read_bytes() == b"mine"


async def test_a_missing_volume_is_a_warning_and_the_rest_goes_on(home: Appliance, viewer: Viewer) -> None:
    await add_picture(home, viewer, picture(1))
    home.settings.storage_path.rename(home.settings.storage_path.with_name("unplugged"))
    report = await sweep(home)
    assert not report.files_checked
    assert report.missing == ()
    assert any("nothing was written" in warning for warning in report.warnings)
    assert report.woken


async def test_a_dry_run_counts_and_changes_nothing(home: Appliance, viewer: Viewer) -> None:
    await add_asset(home.db, viewer.user_id, expires_at=clock.now() - timedelta(days=2))
    await cut_off(home, viewer, 1, age=timedelta(hours=1), placed=False)
    await add_picture(home, viewer, picture(2))
    assert home.model is not None
    await jobs.claim(home.db, kind=jobs.EMBED, model_id=home.model.id, limit=9, lease_seconds=0)
    tables = ("asset", "job", "upload", "setting")
    before = [await everything(home.db, table) for table in tables]
    report = await sweep(home, dry_run=True)
    assert (report.leases_released, report.expired, report.uploads_finished) == (1, 1, 1)
    after = [await everything(home.db, table) for table in tables]
    assert before == after


async def test_the_command_line_sweeps_and_purges_and_reports_as_json(
    home: Appliance, viewer: Viewer, settings: Settings
) -> None:
    asset = (await add_picture(home, viewer, picture(1), name="old.jpg")).asset.id
    await home.db.fetch("UPDATE asset SET expires_at = now() - interval '31 days' WHERE id = {}", asset)
    assert json.loads(verb(settings, "sweep", "--json"))["expired"] == 1
    assert f"expired  {asset} old.jpg" in verb(settings, "purge", "--dry-run")
    assert json.loads(verb(settings, "purge", "--json"))["purged"] == 1
    assert verb(settings, "purge") == "0 assets deleted, 0 bytes\n"
    assert verb(settings, "sweep") == "Nothing to do.\n"
    assert await count(home.db, "asset") == 0


def verb(settings: Settings, *arguments: str) -> str:
    assert settings.database_url is not None
    assert settings.redis_url is not None
    done = subprocess.run(
        [str(Path(sys.executable).parent / "scene-sense"), "--data", str(settings.data_path), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ
        | {
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "REDIS_URL": settings.redis_url.get_secret_value(),
        },
    )
    assert done.returncode == 0, done
    return done.stdout
