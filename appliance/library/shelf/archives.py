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
from typing import IO, Literal, Never, Protocol, Self

from appliance.errors import DamagedFile, Unavailable, UnsupportedFile
from appliance.library.quantities import bytes_text
from appliance.library.shelf.places import Room, disk_errors

_CHUNK_BYTES = 1024 * 1024

#: Large models come as a file for each of some hundred tensors.
MOST_MEMBERS = 20_000
#: Weights hardly shrink: more than this many times the archive, beyond the first bytes, is a bomb.
MOST_TIMES = 20
FREE_BYTES = 256 * 1024 * 1024
#: A tar keeps long names and attributes in headers of their own, which are read into memory whole.
MOST_HEADER_BYTES = 1024 * 1024
#: A tar is filled up after its last member, to a few KiB as a rule.
_MOST_FILLING_BYTES = 16 * 1024 * 1024

_Packing = Literal["r:", "r:gz", "r:bz2", "r:xz"]
_MAGIC: tuple[tuple[bytes, _Packing], ...] = (
    (b"\x1f\x8b", "r:gz"), (b"BZh", "r:bz2"), (b"\xfd7zXZ\0", "r:xz"), (b"\x5d\0\0", "r:xz"),
)  # fmt: skip


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
    return path.is_file() and (zipfile.is_zipfile(path) or _packing(path) is not None)


def _packing(path: Path) -> _Packing | None:
    """How the tar is packed, by its first block alone; None when it is no tar."""
    with path.open("rb") as file:
        start = file.read(tarfile.BLOCKSIZE)
    for magic, packing in _MAGIC:
        if start.startswith(magic):
            return packing
    try:
        tarfile.TarInfo.frombuf(start, tarfile.ENCODING, "surrogateescape")
    except tarfile.TarError:
        return None
    return "r:"


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
        elif packing := _packing(path):
            with tarfile.open(path, packing, tarinfo=_Header) as taped:
                yield _Tar(taped)
        else:
            raise UnsupportedFile(
                f"{path.name} is no archive that can be unpacked here (zip, tar, tar.gz, tar.xz)."
            )
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise DamagedFile(f"{path.name} is damaged or cut short: {error}.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise UnsupportedFile(f"{path.name} can't be unpacked: {error}.") from error
    except OSError as error:
        if error.errno is None:  # of gzip and bz2, about the content
            raise DamagedFile(f"{path.name} is damaged or cut short: {error}.") from error
        raise Unavailable(f"{error.filename or path} can't be read: {error.strerror}.") from error


class _Header(tarfile.TarInfo):
    """A header that is refused before anything of the size that it tells is read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0:
            raise DamagedFile("The archive is damaged: a file in it is shorter than nothing.")
        if header.type == tarfile.GNUTYPE_SPARSE:
            cls._proc_gnusparse_10()
        if header.type in _LONG_HEADERS and header.size > MOST_HEADER_BYTES:
            raise UnsupportedFile(
                f"The archive is not unpacked: a header in it takes {bytes_text(header.size)}."
            )
        return header

    @staticmethod
    def _proc_gnusparse_10(*_: object) -> Never:
        # The list of its holes may be as long as one likes.
        raise UnsupportedFile("The archive is not unpacked: a file in it has holes.")


_LONG_HEADERS = frozenset(
    {
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
    }
)


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
            if info.size < 0:  # an attribute can say so too
                raise DamagedFile("The archive is damaged: a file in it is shorter than nothing.")
            info.pax_headers, info.linkname = {}, ""  # would be held for each member
            name = info.name.removeprefix("./") or "."
            if name != ".":
                yield _Member(name, info.size, odd, info.isdir(), info)
        self._read_to_the_end()

    def _read_to_the_end(self) -> None:
        """The checksum of what is packed lies behind everything, where unpacking never gets to."""
        left = _MOST_FILLING_BYTES
        while chunk := self._taped.fileobj.read(_CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise UnsupportedFile("The archive is not unpacked: it goes on after its end.")

    def open(self, member: _Member) -> IO[bytes]:
        assert isinstance(member.handle, tarfile.TarInfo)  # noqa: S101 - said to the type checker
        content = self._taped.extractfile(member.handle)
        if content is None:
            raise DamagedFile(f"{member.name} in the archive can't be read.")
        return content
