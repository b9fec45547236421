"""What the doctor says of disks and folders that are there and are not as they should be."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.db.engine import Database
from appliance.db.volumes import record_volume
from appliance.library.checks import volume
from appliance.library.checks.folders import nearest
from appliance.media.volume import IDENTITY_FILE, Volume
from appliance.records.doctor import Finding
from tests.conftest import MakeSettings
from tests.support.examined import examined, new_installation, tree
from tests.support.mounts import mounted_tmpfs, remount


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return new_installation(tmp_path, database_url, redis_url)


@pytest.fixture
def disk(environment: dict[str, str]) -> Path:
    return Path(environment["STORAGE_PATH"])


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    point = tmp_path / "stick"
    point.mkdir()
    with mounted_tmpfs(point, megabytes=8):
        yield point


async def test_a_disk_that_became_read_only(
    environment: dict[str, str], stick: Path, database: Database
) -> None:
    await record_volume(database, Volume.initialise(stick))
    remount(stick, "ro")
    found = await examined(environment | {"STORAGE_PATH": str(stick)}, "--before-start")
    assert (found.code, found.level("volume"), found.level("volume.writable")) == (1, "ok", "failure")
    assert "Read-only file system" in found.text("volume.writable")
    assert "dmesg | tail" in found.text("volume.writable")


async def test_a_folder_on_a_read_only_file_system(environment: dict[str, str], stick: Path) -> None:
    (stick / "cache").mkdir()
    remount(stick, "ro")
    found = await examined(environment | {"CACHE_PATH": str(stick / "cache")}, "--before-start")
    assert (found.code, found.level("cache")) == (1, "failure")
    assert "fsck" in found.text("cache")


async def test_a_file_system_without_room_for_more_files(
    environment: dict[str, str], stick: Path, database: Database
) -> None:
    await record_volume(database, Volume.initialise(stick))
    remount(stick, "nr_inodes=4")
    (stick / "one").touch()
    (stick / "two").touch()
    found = await examined(environment | {"STORAGE_PATH": str(stick)}, "--before-start")
    assert (found.code, found.level("volume.space")) == (1, "failure")
    assert "room for 0 more files (inodes)" in found.text("volume.space")


def look(make_settings: MakeSettings, root: Path) -> dict[str, Finding]:
    """The findings on a volume that is new to the database, as they are on a machine of one's own."""
    settings = make_settings(storage_path=str(root), free_space_floor_bytes="1")
    return {finding.name: finding for finding in volume.examine(settings, None, is_known=True)}


def test_an_identity_that_this_user_may_not_read(tmp_path: Path, make_settings: MakeSettings) -> None:
    Volume.initialise(tmp_path / "disk")
    (tmp_path / "disk" / IDENTITY_FILE).write_text("not an identity")
    found = look(make_settings, tmp_path / "disk")["volume"]
    assert "can't be read by this user, or holds no identity" in found.text
    assert "chown -R" in found.remedy


def test_a_folder_for_uploads_that_belongs_to_somebody_else(
    tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Volume.initialise(tmp_path / "disk")
    incoming = tmp_path / "disk" / ".incoming"
    incoming.mkdir()
    assert look(make_settings, tmp_path / "disk")["volume.writable"].level == "ok"
    # Root may write everywhere, and is who runs this test in many places.
    monkeypatch.setattr(volume, "write_problem", lambda folder: "no" if folder == incoming else None)
    found = look(make_settings, tmp_path / "disk")["volume.writable"]
    assert (found.level, str(incoming) in found.remedy) == ("failure", True)


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.EIO, "can't be read: Input/output error"), (errno.EACCES, "can't be read by this user")],
)
def test_a_disk_that_was_pulled_or_is_closed_to_this_user(
    tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    def fail(path: Path) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(os, "scandir", fail)
    found = look(make_settings, tmp_path / "disk")
    assert list(found) == ["volume"]
    assert says in found["volume"].text


async def test_what_is_not_the_librarys_is_told_once(
    environment: dict[str, str], disk: Path, database: Database
) -> None:
    known = Volume.find_identity(disk)
    assert known is not None
    await record_volume(database, known)
    (disk / IDENTITY_FILE).unlink()
    before = tree(disk)
    found = await examined(environment | {"FREE_SPACE_FLOOR_BYTES": str(10**18)}, "--before-start")
    failed = {name for name in found.findings if found.level(name) == "failure"}
    assert failed == {"volume"}
    assert tree(disk) == before


def test_the_nearest_folder_is_one_that_can_be_seen(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert nearest(tmp_path / "a/b/c") == tmp_path
    assert nearest(tmp_path / "file/b") == tmp_path / "file"
