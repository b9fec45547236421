"""Originals copied into a folder: under their names, never over others, and never by halves."""

import errno
import fcntl
import os
from collections.abc import AsyncGenerator
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from appliance.cli import copying
from appliance.cli.copying import Copy, copy_originals, open_folder
from appliance.cli.views import AssetView
from appliance.errors import DiskFull, NotFound, SceneSenseError, UsageError
from tests.unit.test_cli_lines import ASSET


class Shelf:
    """Originals in memory; one that is None can't be read."""

    def __init__(self) -> None:
        self.files: dict[UUID, bytes | None] = {}
        self.read: list[UUID] = []

    def put(self, name: str, data: bytes | None, *, sha: str | None = None) -> AssetView:
        asset_id = uuid4()
        self.files[asset_id] = data
        held = data or b""
        known = {"id": str(asset_id), "filename": name, "bytes": len(held)}
        return AssetView.model_validate({**ASSET, **known, "sha256": sha or sha256(held).hexdigest()})

    async def original(self, asset_id: UUID) -> AsyncGenerator[bytes, None]:
        self.read.append(asset_id)
        data = self.files[asset_id]
        if data is None:
            raise NotFound
        for start in range(0, len(data), 3):
            yield data[start : start + 3]


async def copies(shelf: Shelf, assets: list[AssetView], folder: Path) -> list[Copy]:
    open_folder(folder)
    told: list[Copy] = []
    done = await copy_originals(shelf, assets, folder, tell=told.append)
    assert told == done
    return done


def listed(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_originals_are_copied_under_their_names_and_a_second_time_nothing_is_read(
    tmp_path: Path,
) -> None:
    shelf = Shelf()
    assets = [shelf.put("a.jpg", b"first"), shelf.put("b.jpg", b"second"), shelf.put("a.jpg", b"third")]
    folder = tmp_path / "new" / "folder"
    assert [copy.status for copy in await copies(shelf, assets, folder)] == ["copied"] * 3
    assert listed(folder) == {"a.jpg": b"first", "b.jpg": b"second", "a (2).jpg": b"third"}
    shelf.read.clear()
    again = await copies(shelf, assets, folder)
    assert [(copy.status, copy.path) for copy in again] == [
        ("there", folder / "a.jpg"),
        ("there", folder / "b.jpg"),
        ("there", folder / "a (2).jpg"),
    ]
    assert shelf.read == []


async def test_what_is_there_is_never_overwritten_be_it_a_file_a_folder_or_a_link(tmp_path: Path) -> None:
    shelf = Shelf()
    (tmp_path / "a.jpg").write_bytes(b"mine!")
    (tmp_path / "b.jpg").mkdir()
    (tmp_path / "c.jpg").symlink_to("nowhere")
    assets = [shelf.put(name, b"yours") for name in ("a.jpg", "b.jpg", "c.jpg")]
    done = await copies(shelf, assets, tmp_path)
    assert [copy.path and copy.path.name for copy in done] == ["a (2).jpg", "b (2).jpg", "c (2).jpg"]
    assert (tmp_path / "a.jpg").read_bytes() == b"mine!"
    assert not (tmp_path / "nowhere").exists()


async def test_a_name_that_is_taken_while_the_file_is_written_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf()
    write = copying._write

    def slow(fd: int, piece: bytes) -> None:
        (tmp_path / "a.jpg").write_bytes(b"quicker")
        write(fd, piece)

    monkeypatch.setattr(copying, "_write", slow)
    await copies(shelf, [shelf.put("a.jpg", b"slower")], tmp_path)
    assert listed(tmp_path) == {"a.jpg": b"quicker", "a (2).jpg": b"slower"}


async def test_names_from_elsewhere_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    shelf = Shelf()
    folder = tmp_path / "in"
    names = ["../out.jpg", "/etc/x.jpg", "..", "", "a\nb\x1b.jpg", "ä" * 300 + ".jpg", ".hidden"]
    done = await copies(shelf, [shelf.put(name, name.encode() + b"!") for name in names], folder)
    assert [copy.status for copy in done] == ["copied"] * len(names)
    assert {path.parent for copy in done if (path := copy.path)} == {folder}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]
    assert {"_", "\n", "\x1b"} & set("".join(path.name for path in folder.iterdir())) == {"_"}


async def test_one_that_cannot_be_read_or_is_not_what_it_was_is_told_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    shelf = Shelf()
    assets = [
        shelf.put("gone.jpg", None),
        shelf.put("changed.jpg", b"x", sha="0" * 64),
        shelf.put("good.jpg", b"y"),
    ]
    done = await copies(shelf, assets, tmp_path)
    assert [copy.status for copy in done] == ["failed", "failed", "copied"]
    assert all(copy.reason for copy in done[:2])
    assert listed(tmp_path) == {"good.jpg": b"y"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
async def test_a_full_or_broken_disk_ends_it_in_one_line_and_leaves_whole_files_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    shelf = Shelf()
    assets = [shelf.put("a.jpg", b"abc"), shelf.put("b.jpg", b"defghi")]
    write = copying._write

    def full(fd: int, piece: bytes) -> None:
        if piece == b"ghi":
            raise OSError(code, os.strerror(code))
        write(fd, piece)

    monkeypatch.setattr(copying, "_write", full)
    with pytest.raises(SceneSenseError) as raised:
        await copies(shelf, assets, tmp_path)
    assert isinstance(raised.value, DiskFull) == (code != errno.EIO)
    assert str(tmp_path) in raised.value.message
    assert "\n" not in raised.value.message
    assert listed(tmp_path) == {"a.jpg": b"abc"}
    monkeypatch.setattr(copying, "_write", write)
    assert [copy.status for copy in await copies(shelf, assets, tmp_path)] == ["there", "copied"]


async def test_a_file_system_without_links_does_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(os, "link", no_links)
    shelf = Shelf()
    assets = [shelf.put("a.jpg", b"one"), shelf.put("a.jpg", b"two")]
    await copies(shelf, assets, tmp_path)
    assert listed(tmp_path) == {"a.jpg": b"one", "a (2).jpg": b"two"}


def test_what_a_killed_run_left_is_removed_and_what_another_run_writes_is_not(tmp_path: Path) -> None:
    dead, alive = tmp_path / ".scene-sense-1.part", tmp_path / ".scene-sense-2.part"
    dead.write_bytes(b"half")
    with alive.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        open_folder(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [alive.name]


def test_a_folder_that_cannot_be_used_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for wrong in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/new")):
        with pytest.raises(UsageError, match=str(wrong)):
            open_folder(wrong)
