"""Copies originals into a folder under their names; what is there stays, and what was copied is not copied again.

Each file, in this order:

1. look for its bytes under its name, then under the same name with a number; where they are, nothing is done;
2. write them into a hidden part in the folder, which is locked while it is written, and check their sum;
3. give the part the first name that is free, which fails where somebody took that name meanwhile.

Parts that a killed run left behind are not locked, and are removed by the next one.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from appliance.cli.files import sha256_of
from appliance.cli.views import AssetView
from appliance.errors import DiskFull, NotFound, OriginalUnreadable, SceneSenseError, UsageError

_PART = ".scene-sense-{}.part"

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
#: File systems that know no second name for a file: FAT, and some over a network.
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

_LONGEST_NAME_BYTES = 255


class Originals(Protocol):
    """Where originals are read from."""

    def original(self, asset_id: UUID) -> AsyncGenerator[bytes, None]:
        """The bytes of an original in order."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of one original: ``copied``, ``there`` already, or ``failed`` and why."""

    id: UUID
    status: str
    path: Path | None = None
    reason: str | None = None


def open_folder(folder: Path) -> None:
    """Make the folder if it is not there, and see that files can be written there.

    Raises:
        UsageError: it is no folder, or can't be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UsageError(f"{folder} is not a folder.") from error
    except OSError as error:
        raise UsageError(f"{folder} can't be made: {_said(error)}.") from error
    try:
        _sweep(folder)
        with _part(folder):
            pass
    except OSError as error:
        if error.errno not in _FULL:
            raise UsageError(f"{folder} can't be written to: {_said(error)}.") from error
        raise _full(folder) from error


async def copy_originals(
    originals: Originals, assets: Sequence[AssetView], folder: Path, *, tell: Callable[[Copy], None]
) -> list[Copy]:
    """Copy each into the folder, which :func:`open_folder` has seen; ``tell`` hears of each as it is done.

    An original that can't be read is told and passed over.

    Raises:
        DiskFull: there is no room for the next one. What was copied until then stays, nothing else.
        SceneSenseError: the folder can't be written to any more, or the library is away.
    """
    copies: list[Copy] = []
    for asset in assets:
        try:
            copy = await _copy(originals, asset, folder)
        except (NotFound, OriginalUnreadable) as error:
            copy = Copy(asset.id, "failed", reason=error.message)
        copies.append(copy)
        tell(copy)
    return copies


async def _copy(originals: Originals, asset: AssetView, folder: Path) -> Copy:
    free = await _find(folder, asset)
    if isinstance(free, Path):
        return Copy(asset.id, "there", free)
    with _written_to(folder), _part(folder) as (part, fd):
        digest = hashlib.sha256()
        async with aclosing(originals.original(asset.id)) as pieces:
            async for piece in pieces:
                digest.update(piece)
                await asyncio.to_thread(_write, fd, piece)
        if digest.hexdigest() != asset.sha256:
            return Copy(asset.id, "failed", reason="The original is not what it was when it was stored.")
        await asyncio.to_thread(os.fsync, fd)
        for name in free:
            if _place(part, folder / name):
                return Copy(asset.id, "copied", folder / name)
    raise AssertionError("there is always another name")


async def _find(folder: Path, asset: AssetView) -> Path | Iterator[str]:
    """Where the bytes are already; else the names to try, the first one free a moment ago."""
    names = _names(asset)
    for name in names:
        path = folder / name
        try:
            status = path.lstat()
        except FileNotFoundError:
            return _with(name, names)
        except OSError as error:
            raise UsageError(f"{folder} can't be read: {_said(error)}.") from error
        if status.st_size == asset.bytes and path.is_file() and not path.is_symlink():
            with suppress(OSError):
                if (await sha256_of(path))[0].hex() == asset.sha256:
                    return path
    raise AssertionError("there is always another name")


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _names(asset: AssetView) -> Iterator[str]:
    """The asset's name, then with 2, 3 and so on before its ending; never one that leads out of the folder."""
    plain = "".join("_" if sign == "/" or not sign.isprintable() else sign for sign in asset.filename)
    if plain.strip(". ") == "":
        plain = str(asset.id)
    ending = Path(plain).suffix
    stem = plain.removesuffix(ending)
    number = 1
    while True:
        tail = ending if number == 1 else f" ({number}){ending}"
        room = max(1, _LONGEST_NAME_BYTES - len(tail.encode()))
        yield stem.encode()[:room].decode(errors="ignore") + tail
        number += 1


@contextmanager
def _part(folder: Path) -> Iterator[tuple[Path, int]]:
    """A new file that nobody else writes to, and that is gone at the end."""
    path = folder / _PART.format(uuid4().hex)
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)
    try:
        with suppress(OSError):
            # Where files can't be locked, parts that were left behind stay.
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path, fd
    finally:
        os.close(fd)
        path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for path in folder.glob(_PART.format("*")):
        with suppress(OSError):
            fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(fd)


def _write(fd: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _place(part: Path, target: Path) -> bool:
    """Whether the part now has this name as well; False: the name is taken."""
    try:
        os.link(part, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            return False
        part.rename(target)
    return True


@contextmanager
def _written_to(folder: Path) -> Iterator[None]:
    """What goes wrong with writing, in a line for people; reading the library raises errors of its own."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _full(folder) from error
        raise SceneSenseError(f"{folder} can't be written to: {_said(error)}.") from error


def _full(folder: Path) -> DiskFull:
    return DiskFull(
        f"There is no room left in {folder}. Make some and type it again: what is there is not copied again."
    )


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
