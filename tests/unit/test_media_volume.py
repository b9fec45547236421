"""The volume refuses everything that is not the library's own root."""

import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from appliance.errors import Conflict, VolumeUnavailable
from appliance.media.volume import IDENTITY_FILE, Volume
from tests.support.mounts import mounted_tmpfs, unmount


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    root = tmp_path / "storage"
    return Volume(root, Volume.initialise(root))


def refusal(volume: Volume) -> str:
    with pytest.raises(VolumeUnavailable) as caught:
        volume.check()
    return caught.value.message


def test_a_new_root_is_private_and_online(volume: Volume) -> None:
    assert volume.root.stat().st_mode & 0o777 == 0o700
    assert (volume.root / IDENTITY_FILE).stat().st_mode & 0o777 == 0o600
    status = volume.status()
    assert status.state == "online"
    assert 0 < status.free_bytes <= status.total_bytes
    assert Volume.find_identity(volume.root) == volume.expected


def test_a_folder_that_is_taken_or_in_use_is_not_initialised(volume: Volume, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="already belongs"):
        Volume.initialise(volume.root)
    busy = tmp_path / "busy"
    busy.mkdir()
    (busy / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(Conflict, match="not empty"):
        Volume.initialise(busy)
    assert [path.name for path in busy.iterdir()] == ["holiday.jpg"]


def test_a_fresh_file_system_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / "disk" / "lost+found").mkdir(parents=True)
    assert isinstance(Volume.initialise(tmp_path / "disk"), UUID)


def test_a_root_that_goes_away_is_missing_and_recovers_by_itself(volume: Volume) -> None:
    away = volume.root.rename(volume.root.with_name("away"))
    assert "is not there" in refusal(volume)
    assert volume.status().state == "missing"
    assert not volume.root.exists()
    away.rename(volume.root)
    volume.check()


def test_a_disk_that_was_pulled_out_is_not_taken_from_memory(
    volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the kernel remembers of the identity is dropped first; only then the disk itself has to give it.
    forget = os.posix_fadvise

    def pulled_out(fd: int, offset: int, count: int, advice: int) -> None:
        forget(fd, offset, count, advice)
        (volume.root / IDENTITY_FILE).unlink()

    volume.check_disk()
    monkeypatch.setattr(os, "posix_fadvise", pulled_out)
    with pytest.raises(VolumeUnavailable, match="does not answer"):
        volume.check_disk()


def test_an_empty_folder_in_its_place_is_refused(volume: Volume) -> None:
    volume.root.rename(volume.root.with_name("away"))
    volume.root.mkdir()
    assert "is the disk mounted?" in refusal(volume)
    assert list(volume.root.iterdir()) == []


def test_another_library_in_its_place_is_foreign(volume: Volume) -> None:
    volume.root.rename(volume.root.with_name("away"))
    Volume.initialise(volume.root)
    assert "another library" in refusal(volume)
    assert volume.status().state == "foreign"


@pytest.mark.parametrize("content", [b"", b"no uuid", b"\xff\xfe\0", b"x" * 100_000])
def test_a_damaged_identity_is_refused(volume: Volume, content: bytes) -> None:
    (volume.root / IDENTITY_FILE).write_bytes(content)
    refusal(volume)


def test_an_identity_that_is_a_link_or_a_pipe_is_not_followed(volume: Volume) -> None:
    identity = volume.root / IDENTITY_FILE
    elsewhere = identity.rename(volume.root.with_name("copy"))
    identity.symlink_to(elsewhere)
    refusal(volume)
    identity.unlink()
    os.mkfifo(identity)
    refusal(volume)


def test_a_volume_may_be_missing_at_start(tmp_path: Path) -> None:
    root = tmp_path / "later"
    volume = Volume(root, uuid4())
    assert volume.status().state == "missing"
    identity = Volume.initialise(root)
    assert Volume(root, identity).status().state == "online"


def test_a_copy_of_the_identity_under_a_lost_mount_is_refused(tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path, megabytes=4):
        volume = Volume(tmp_path, Volume.initialise(tmp_path))
        text = (tmp_path / IDENTITY_FILE).read_text()
        unmount(tmp_path)
        assert volume.status().state == "missing"
        (tmp_path / IDENTITY_FILE).write_text(text)
        assert "another device" in refusal(volume)
        assert volume.status().state == "foreign"


def test_a_disk_that_comes_back_under_another_device_number_is_taken_again(tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path, megabytes=4):
        volume = Volume(tmp_path, Volume.initialise(tmp_path))
        text = (tmp_path / IDENTITY_FILE).read_text()
        before = tmp_path.stat().st_dev
        # Over the first, so that the kernel can't give the same number again.
        with mounted_tmpfs(tmp_path, megabytes=4):
            assert tmp_path.stat().st_dev != before
            refusal(volume)
            (tmp_path / IDENTITY_FILE).write_text(text)
            volume.check()
