"""What the store promises about bytes on the volume, under every interruption."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from appliance.clock import now
from appliance.errors import (
    DiskFull,
    EmptyFile,
    FileTooLarge,
    NotFound,
    OriginalUnreadable,
    VolumeUnavailable,
)
from appliance.media.part import INCOMING
from appliance.media.store import Store
from appliance.media.volume import IDENTITY_FILE, Volume
from tests.support.mounts import mounted_tmpfs

MIB = 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Store:
    root = tmp_path / "storage"
    return new_store(Volume(root, Volume.initialise(root)))


def new_store(volume: Volume, *, floor: int = 0) -> Store:
    return Store(volume, max_upload_bytes=8 * MIB, free_space_floor_bytes=floor)


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def files_below(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_dir() and path.name != IDENTITY_FILE
    )


def read_and_close(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as file:
        return file.read()


async def test_bytes_come_back_as_they_were(store: Store) -> None:
    data = os.urandom(3 * MIB + 17)
    staged = await store.stage(chunks(data[:5], b"", data[5:MIB], data[MIB:]))
    assert staged.bytes == len(data)
    assert staged.sha256 == hashlib.sha256(data).digest()
    assert read_and_close(store.open_part(staged)) == data
    await store.commit(staged, "a b.jpg")
    assert read_and_close(store.open_fd(staged.id, "a b.jpg")) == data
    assert files_below(store.volume.root) == [f"{staged.id}/a b.jpg"]
    assert store.list_ids() == [staged.id]


async def test_only_their_owner_can_read_originals(store: Store) -> None:
    staged = await store.stage(chunks(b"x"))
    await store.commit(staged, "a.jpg")
    folder = store.volume.root / str(staged.id)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "a.jpg").stat().st_mode & 0o777 == 0o600
    assert (store.volume.root / INCOMING).stat().st_mode & 0o777 == 0o700


async def test_committing_twice_is_fine_and_committing_nothing_is_told(store: Store) -> None:
    staged = await store.stage(chunks(b"x"))
    await store.commit(staged, "a.jpg")
    await store.commit(staged, "a.jpg")
    await store.commit(store.staged(staged.id, sha256=staged.sha256, size=1), "a.jpg")
    with pytest.raises(NotFound):
        await store.commit(store.staged(uuid4(), sha256=b"", size=1), "a.jpg")
    assert files_below(store.volume.root) == [f"{staged.id}/a.jpg"]


async def test_nothing_is_left_of_an_empty_or_too_large_file(store: Store) -> None:
    with pytest.raises(EmptyFile):
        await store.stage(chunks(b"", b""))
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += MIB
            yield bytes(MIB)

    with pytest.raises(FileTooLarge):
        await store.stage(endless())
    assert taken <= store.max_upload_bytes + 2 * MIB
    assert files_below(store.volume.root) == []


async def test_nothing_is_left_when_the_sender_fails(store: Store) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.stage(breaks())
    assert files_below(store.volume.root) == []


@pytest.mark.parametrize("pieces_before", [0, 1, 3, 6])
async def test_nothing_is_left_when_staging_is_cancelled(store: Store, pieces_before: int) -> None:
    reached = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        for _ in range(pieces_before):
            yield bytes(MIB)
        reached.set()
        await asyncio.Event().wait()
        yield b""

    task = asyncio.create_task(store.stage(stalls()))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files_below(store.volume.root) == []


async def test_nothing_is_left_wherever_a_cancellation_hits(store: Store) -> None:
    for turns in range(0, 60, 3):
        task = asyncio.create_task(store.stage(chunks(*[bytes(MIB // 2)] * 6)))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done = (await asyncio.gather(task, return_exceptions=True))[0]
        if not isinstance(done, BaseException):
            await store.discard(done)
        assert files_below(store.volume.root) == []
    assert not [fd for fd in Path("/proc/self/fd").iterdir() if _points_into(fd, store.volume.root)]


def _points_into(fd: Path, root: Path) -> bool:
    try:
        return fd.readlink().is_relative_to(root)
    except OSError:
        return False


async def test_a_full_disk_keeps_nothing_and_is_told(tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path, megabytes=4):
        store = new_store(Volume(tmp_path, Volume.initialise(tmp_path)))
        with pytest.raises(DiskFull):
            await store.stage(chunks(*[os.urandom(MIB)] * 6))
        assert files_below(tmp_path) == []
        kept = await store.stage(chunks(os.urandom(MIB)))
        await store.commit(kept, "a.jpg")


async def test_the_disk_itself_running_full_is_told_as_well(tmp_path: Path) -> None:
    with mounted_tmpfs(tmp_path, megabytes=4):
        # A floor below zero takes our own check away, so that the write itself meets the end.
        store = new_store(Volume(tmp_path, Volume.initialise(tmp_path)), floor=-100 * MIB)
        with pytest.raises(DiskFull):
            await store.stage(chunks(*[os.urandom(MIB)] * 6))
        assert files_below(tmp_path) == []


async def test_staging_stops_at_the_floor_of_free_space(store: Store) -> None:
    reserved = new_store(store.volume, floor=store.volume.status().free_bytes + 1024 * MIB)
    with pytest.raises(DiskFull):
        await reserved.stage(chunks(b"x"))
    assert files_below(store.volume.root) == []


async def test_nothing_is_written_when_the_root_is_gone(store: Store) -> None:
    root = store.volume.root
    root.rename(root.with_name("away"))
    with pytest.raises(VolumeUnavailable):
        await store.stage(chunks(b"x"))
    assert not root.exists()
    root.mkdir()
    with pytest.raises(VolumeUnavailable):
        await store.stage(chunks(b"x"))
    assert list(root.iterdir()) == []


async def test_a_root_that_is_replaced_between_staging_and_commit_gets_nothing(store: Store) -> None:
    root = store.volume.root
    staged = await store.stage(chunks(b"precious"))
    away = root.rename(root.with_name("away"))
    Volume.initialise(root)
    before = files_below(root)
    for attempt in (store.commit(staged, "a.jpg"), store.delete(staged.id), store.discard(staged)):
        with pytest.raises(VolumeUnavailable):
            await attempt
    assert files_below(root) == before == []
    assert files_below(away) == [f"{INCOMING}/{staged.id}.part"]
    # The right volume comes back, and the same commit works.
    (root / IDENTITY_FILE).unlink()
    root.rmdir()
    away.rename(root)
    await store.commit(staged, "a.jpg")
    assert read_and_close(store.open_fd(staged.id, "a.jpg")) == b"precious"


async def test_a_root_that_is_renamed_during_staging_gets_the_bytes_nowhere_else(store: Store) -> None:
    root = store.volume.root
    moved = asyncio.Event()

    async def moving() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        root.rename(root.with_name("away"))
        root.mkdir()
        moved.set()
        yield bytes(2 * MIB)

    staged = await store.stage(moving())
    assert list(root.iterdir()) == []
    assert files_below(root.with_name("away")) == [f"{INCOMING}/{staged.id}.part"]
    with pytest.raises(VolumeUnavailable):
        await store.commit(staged, "a.jpg")
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("name", ["../a.jpg", "a/b.jpg", "..", "", "a\0.jpg", ".hidden"])
async def test_a_name_that_was_not_made_safe_is_a_mistake_of_the_caller(store: Store, name: str) -> None:
    staged = await store.stage(chunks(b"x"))
    with pytest.raises(ValueError, match="not made safe"):
        await store.commit(staged, name)
    with pytest.raises(ValueError, match="not made safe"):
        store.open_fd(staged.id, name)


async def test_links_planted_in_the_volume_are_not_followed(store: Store, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.jpg").write_bytes(b"secret")
    staged = await store.stage(chunks(b"x"))
    link = store.volume.root / str(staged.id)
    link.symlink_to(outside)
    with pytest.raises(VolumeUnavailable):
        await store.commit(staged, "b.jpg")
    with pytest.raises(NotFound):
        store.open_fd(staged.id, "a.jpg")
    await store.delete(staged.id)
    assert not link.is_symlink()
    assert [path.name for path in outside.iterdir()] == ["a.jpg"]

    link.mkdir()
    (link / "a.jpg").symlink_to(outside / "a.jpg")
    (link / "more").symlink_to(outside)
    with pytest.raises(NotFound):
        store.open_fd(staged.id, "a.jpg")
    await store.delete(staged.id)
    assert not link.exists()
    assert (outside / "a.jpg").read_bytes() == b"secret"


async def test_a_planted_incoming_folder_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (store.volume.root / INCOMING).symlink_to(tmp_path / "outside")
    with pytest.raises(VolumeUnavailable):
        await store.stage(chunks(b"x"))
    assert list((tmp_path / "outside").iterdir()) == []


async def test_a_pipe_in_place_of_a_file_hangs_nobody(store: Store) -> None:
    asset_id = uuid4()
    folder = store.volume.root / str(asset_id)
    folder.mkdir()
    os.mkfifo(folder / "a.jpg")
    with pytest.raises(NotFound):
        store.open_fd(asset_id, "a.jpg")


async def test_deleting_takes_one_asset_and_may_be_repeated(store: Store) -> None:
    first, second = await store.stage(chunks(b"1")), await store.stage(chunks(b"2"))
    await store.commit(first, "a.jpg")
    await store.commit(second, "a.jpg")
    await store.delete(first.id)
    await store.delete(first.id)
    assert files_below(store.volume.root) == [f"{second.id}/a.jpg"]
    (store.volume.root / str(first.id)).mkdir()  # what a crash half-way leaves
    await store.delete(first.id)
    assert store.list_ids() == [second.id]


async def test_stale_parts_are_found_by_age_and_removed(store: Store) -> None:
    assert store.stale_parts(now()) == []
    staged = await store.stage(chunks(b"x"))
    assert store.stale_parts(now() - timedelta(hours=1)) == []
    assert store.stale_parts(now() + timedelta(hours=1)) == [staged.part]
    store.remove_part(staged.part)
    store.remove_part(staged.part)
    assert files_below(store.volume.root) == []


async def test_a_disk_that_fails_is_not_a_file_that_is_missing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = await store.stage(chunks(b"bytes"))
    await store.commit(staged, "a.jpg")
    real = os.open

    def failing(path: str, flags: int, *, dir_fd: int | None = None) -> int:
        if path == "a.jpg":
            raise OSError(errno.EIO, "Input/output error")
        return real(path, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", failing)
    with pytest.raises(OriginalUnreadable, match="Input/output error"):
        store.open_fd(staged.id, "a.jpg")
