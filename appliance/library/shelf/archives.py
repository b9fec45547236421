"""Unpacks an archive that may be anybody's: regular files below one folder, and nothing else.

Every member is looked at before anything is written. Refused: a path that is absolute, leads upwards or is there
twice; a link, a device, a pipe; a member that is encrypted; more members or more bytes than a model has. What an
archive says of its sizes is believed for the first look only: bytes are counted again while they are written.
"""

import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from appliance.errors import DamagedFile, UnsupportedFile
from appliance.library.quantities import bytes_text
from appliance.library.shelf.places import Room, disk_errors

_CHUNK_BYTES = 1024 * 1024

#: Large models come as a file for each of some hundred tensors.
MOST_MEMBERS = 20_000
#: Weights hardly shrink: more than this many times the archive, beyond the first bytes, is a bomb.
MOST_TIMES = 20
FREE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    bytes: int
    #: What it is if it is no regular file and no folder; empty otherwise.
    odd: str
    folder: bool
    handle: zipfile.ZipInfo | tarfile.TarInfo


class _Archive(Protocol):
    def members(self) -> Iterator[_Member]: ...
    def open(self, member: _Member) -> IO[bytes]: ...


def is_archive(path: Path) -> bool:
    """Whether the file is an archive of a kind that can be unpacked, by its content."""
    return path.is_file() and (zipfile.is_zipfile(path) or tarfile.is_tarfile(path))


def unpack(
    path: Path,
    folder: Path,
    *,
    room: Room,
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[int], None] = lambda _: None,
    free_bytes: int = FREE_BYTES,
) -> Path:
    """Write the archive's files below ``folder``; the folder that holds the model, which may lie deeper.

    ``begin`` is told how many bytes there are, ``advance`` how many were written. ``free_bytes`` may come out of any
    archive; beyond it, only so many times its own size.

    Raises:
        UnsupportedFile: it is no archive, or has something in it that no model has. Nothing was written.
        DamagedFile: it is cut short or damaged.
        DiskFull: there is no room for what is in it.
    """
    most = free_bytes + MOST_TIMES * path.stat().st_size
    with _opened(path) as archive:
        members = list(_checked(path, archive.members(), most=most))
        total = sum(member.bytes for member in members)
        room.check(total)
        begin(total)
        for member in members:
            if not member.folder:
                with disk_errors(folder):
                    _write(archive.open(member), folder / member.name, member, room, advance)
    return _innermost(folder)


def _checked(path: Path, members: Iterator[_Member], *, most: int) -> Iterator[_Member]:
    seen: set[str] = set()
    total = 0
    for member in members:
        reason = _reason(member, seen)
        total += member.bytes
        if not reason and len(seen) >= MOST_MEMBERS:
            reason = f"is one of more than {MOST_MEMBERS} files"
        if not reason and total > most:
            reason = f"makes it unpack to more than {bytes_text(most)}"
        if reason:
            raise UnsupportedFile(f"{path.name} is not unpacked: {member.name!r} in it {reason}.")
        seen.add(member.name)
        yield member


def _reason(member: _Member, seen: set[str]) -> str:
    parts = PurePosixPath(member.name).parts
    if not parts or member.name.startswith("/") or re.match(r"[A-Za-z]:", member.name):
        return "has no path below the model's folder"
    if ".." in parts or "\\" in member.name or "\0" in member.name:
        return "leads out of the model's folder"
    if any(len(part.encode()) > 255 for part in parts) or len(member.name.encode()) > 1024:
        return "has a name that is too long"
    if not member.folder and (member.name in seen or f"{member.name}/" in seen):
        return "is there twice"
    return member.odd and f"is {member.odd}"


def _write(
    source: IO[bytes], target: Path, member: _Member, room: Room, advance: Callable[[int], None]
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with source, target.open("xb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > member.bytes:
                raise DamagedFile(f"{member.name} in the archive is longer than the archive says.")
            room.take(len(chunk))
            file.write(chunk)
            advance(len(chunk))
    if written != member.bytes:
        raise DamagedFile(f"{member.name} in the archive is cut short.")


def _innermost(folder: Path) -> Path:
    """Most archives have one folder with everything in it."""
    while True:
        entries = [path for path in folder.iterdir() if path.name[0] != "."]
        if len(entries) != 1 or not entries[0].is_dir():
            return folder
        folder = entries[0]


@contextmanager
def _opened(path: Path) -> Iterator[_Archive]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                yield _Zip(packed)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path, "r:*") as taped:
                yield _Tar(taped)
        else:
            raise UnsupportedFile(
                f"{path.name} is no archive that can be unpacked here (zip, tar, tar.gz, tar.xz)."
            )
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise DamagedFile(f"{path.name} is damaged or cut short: {error}.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise UnsupportedFile(f"{path.name} can't be unpacked: {error}.") from error


class _Zip:
    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed

    def members(self) -> Iterator[_Member]:
        for info in self._packed.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            odd = "" if kind in {0, stat.S_IFREG, stat.S_IFDIR} else "a link or a device"
            if info.flag_bits & 1:
                odd = "encrypted"
            if not info.filename.startswith("__MACOSX/"):
                yield _Member(info.filename, info.file_size, odd, info.is_dir(), info)

    def open(self, member: _Member) -> IO[bytes]:
        assert isinstance(member.handle, zipfile.ZipInfo)  # noqa: S101 - said to the type checker
        return self._packed.open(member.handle)


class _Tar:
    def __init__(self, taped: tarfile.TarFile) -> None:
        self._taped = taped

    def members(self) -> Iterator[_Member]:
        for info in self._taped:
            odd = "" if info.isreg() or info.isdir() else "a link or a device"
            name = info.name.removeprefix("./") or "."
            if name != ".":
                yield _Member(name, info.size, odd, info.isdir(), info)

    def open(self, member: _Member) -> IO[bytes]:
        assert isinstance(member.handle, tarfile.TarInfo)  # noqa: S101 - said to the type checker
        content = self._taped.extractfile(member.handle)
        if content is None:
            raise DamagedFile(f"{member.name} in the archive can't be read.")
        return content
