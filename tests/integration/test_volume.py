"""Which volume the library takes at its first start, and later."""

from pathlib import Path
from uuid import uuid4

import pytest

from appliance.db.engine import Database
from appliance.db.volumes import find_volume, record_volume
from appliance.errors import SettingsError, VolumeUnavailable
from appliance.library.volume import open_volume
from appliance.media.volume import IDENTITY_FILE, Volume
from tests.conftest import MakeSettings


async def test_the_first_start_makes_the_programs_own_folder(
    database: Database, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    volume = await open_volume(database, settings)
    assert volume.status().state == "online"
    assert settings.storage_path.stat().st_mode & 0o777 == 0o700
    assert await find_volume(database) == volume.expected
    again = await open_volume(database, settings)
    assert again.expected == volume.expected


async def test_a_first_start_that_was_interrupted_goes_on(
    database: Database, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    identity = Volume.initialise(settings.storage_path)
    assert (await open_volume(database, settings)).expected == identity


async def test_a_chosen_folder_is_never_made_or_taken_unprepared(
    database: Database, make_settings: MakeSettings, tmp_path: Path
) -> None:
    chosen = tmp_path / "disk"
    with pytest.raises(SettingsError, match="scene-sense storage init"):
        await open_volume(database, make_settings(storage_path=str(chosen)))
    assert not chosen.exists()
    chosen.mkdir()
    with pytest.raises(SettingsError, match="scene-sense storage init"):
        await open_volume(database, make_settings(storage_path=str(chosen)))
    assert list(chosen.iterdir()) == []
    assert await find_volume(database) is None


async def test_a_prepared_folder_is_taken(
    database: Database, make_settings: MakeSettings, tmp_path: Path
) -> None:
    identity = Volume.initialise(tmp_path / "disk")
    volume = await open_volume(database, make_settings(storage_path=f"{tmp_path}/disk/"))
    assert volume.expected == identity


async def test_a_known_volume_may_be_missing_and_comes_back_by_itself(
    database: Database, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    await open_volume(database, settings)
    away = settings.storage_path.rename(settings.storage_path.with_name("away"))
    volume = await open_volume(database, settings)
    assert volume.status().state == "missing"
    assert not settings.storage_path.exists()
    away.rename(settings.storage_path)
    volume.check()


async def test_a_default_folder_that_lost_its_identity_is_not_made_anew(
    database: Database, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    await open_volume(database, settings)
    (settings.storage_path / IDENTITY_FILE).unlink()
    volume = await open_volume(database, settings)
    with pytest.raises(VolumeUnavailable):
        volume.check()
    assert list(settings.storage_path.iterdir()) == []


async def test_the_first_recorded_volume_stays(database: Database, tmp_path: Path) -> None:
    first, second = Volume.initialise(tmp_path / "a"), Volume.initialise(tmp_path / "b")
    assert await record_volume(database, first) == first
    assert await record_volume(database, second) == first
    assert await find_volume(database) == first


async def test_a_disk_with_the_pictures_of_another_installation_is_refused(
    database: Database, make_settings: MakeSettings, tmp_path: Path
) -> None:
    identity = Volume.initialise(tmp_path / "disk")
    pictures = tmp_path / "disk" / str(uuid4())
    pictures.mkdir()
    settings = make_settings(storage_path=str(tmp_path / "disk"))
    with pytest.raises(SettingsError, match=r"another installation.*restore that library's database"):
        await open_volume(database, settings)
    assert await find_volume(database) is None
    # With its own database it is as good as ever.
    await record_volume(database, identity)
    assert (await open_volume(database, settings)).status().state == "online"


async def test_a_default_folder_with_pictures_and_without_its_database_is_refused(
    database: Database, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    Volume.initialise(settings.storage_path)
    (settings.storage_path / str(uuid4())).mkdir()
    with pytest.raises(SettingsError, match="use an empty disk or folder"):
        await open_volume(database, settings)
