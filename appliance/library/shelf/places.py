"""Folders below MODELS_PATH, and how a model appears there: whole, synced and by one rename, or not at all.

Names that begin with a dot are no models: what is being put together or taken away, what an interrupted download
has left for the next call, and the lock that keeps two callers apart. The kernel frees the lock when its holder
dies, so whoever has it may clear away what the dead left behind.
"""

import contextlib
import errno
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from appliance.clip.card import STARTER
from appliance.errors import Busy, DiskFull, SettingsError, Unavailable, UsageError
from appliance.library.quantities import bytes_text

_LOCK = ".lock"
_ADDING = ".adding-"
_REMOVING = ".removing-"
_PART = ".part-"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

#: Free space is looked at again after this many bytes.
_LOOK_BYTES = 16 * 1024 * 1024


def check_name(name: str) -> str:
    """The name, when a model can be called so.

    Raises:
        UsageError: it can't.
    """
    if name == STARTER or not _NAME.fullmatch(name):
        raise UsageError(
            f"A model can't be called {name!r}: letters, digits, dots, dashes and underscores, and not `{STARTER}`."
            " Give another with --name."
        )
    return name


@contextlib.contextmanager
def locked(models_path: Path) -> Iterator[None]:
    """The shelf for oneself; what earlier callers left half done is gone. Made if it isn't there.

    Raises:
        Busy: somebody else is at it.
        SettingsError: it can't be written.
    """
    try:
        models_path.mkdir(parents=True, exist_ok=True)
        lock = os.open(models_path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise SettingsError(
            f"Models can't be put into {models_path}: {error.strerror}. Run this as the user that owns it, or name"
            " another folder with MODELS_PATH."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Busy(f"Another call is changing the models in {models_path}; wait until it is done.") from None
    try:
        _clear(models_path)
        yield
    finally:
        os.close(lock)


def _clear(models_path: Path) -> None:
    for path in models_path.iterdir():
        if path.name.startswith((_ADDING, _REMOVING)):
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def staging(models_path: Path, name: str) -> Iterator[Path]:
    """An empty folder to put the model together in; whatever is still there at the end is removed.

    Raises:
        DiskFull: the disk is full.
    """
    with disk_errors(models_path):
        folder = Path(tempfile.mkdtemp(prefix=f"{_ADDING}{name}-", dir=models_path))
        folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def part_folder(models_path: Path, name: str) -> Path:
    """Where the bytes of a download are kept until it is complete."""
    return models_path / f"{_PART}{name}"


def publish(folder: Path, target: Path) -> None:
    """Make ``folder`` the model ``target``: every file synced, then one rename.

    Raises:
        DiskFull: the disk is full.
    """
    with disk_errors(target.parent):
        for place, _, names in os.walk(folder, topdown=False):
            for name in names:
                path = Path(place, name)
                if path.stat().st_mode & 0o777 != 0o644:  # one that a second name leads to may be another's
                    path.chmod(0o644)
                _sync(path)
            Path(place).chmod(0o755)
            _sync(Path(place))
        folder.rename(target)
        _sync(target.parent)


def take_away(path: Path) -> None:
    """Remove a model, or what a download left: gone at once under its name, then for good."""
    hidden = Path(tempfile.mkdtemp(prefix=_REMOVING, dir=path.parent))
    path.rename(hidden / path.name)
    _sync(path.parent)
    shutil.rmtree(hidden, ignore_errors=True)


def list_names(models_path: Path) -> tuple[str, ...]:
    """The folders that may be models, by name."""
    try:
        entries = [path.name for path in models_path.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SettingsError(f"MODELS_PATH {models_path} can't be read: {error.strerror}.") from error
    return tuple(sorted(name for name in entries if not name.startswith(".")))


def folder_bytes(root: Path) -> int:
    """How much the files below ``root`` take, bytes."""
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


class Room:
    """The free space of a disk, of which ``floor_bytes`` are not ours to take."""

    def __init__(self, path: Path, floor_bytes: int) -> None:
        self._path = path
        self._floor_bytes = floor_bytes
        self._since_look = 0

    def check(self, needed_bytes: int) -> None:
        """Nothing, when so much may be written.

        Raises:
            DiskFull: it may not, with how much there is.
        """
        free = shutil.disk_usage(self._path).free - self._floor_bytes
        if needed_bytes > free:
            raise DiskFull(
                f"The model needs {bytes_text(needed_bytes)} in {self._path}, and {bytes_text(max(0, free))} may be"
                f" taken there ({bytes_text(self._floor_bytes)} are to stay free, FREE_SPACE_FLOOR_BYTES)."
            )

    def take(self, count: int) -> None:
        """So much is being written now; looks at the disk every now and then.

        Raises:
            DiskFull: less than the floor is free.
        """
        self._since_look += count
        if self._since_look >= _LOOK_BYTES:
            self._since_look = 0
            self.check(count)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Errors of the file system become ones that people are told about.

    Raises:
        DiskFull: the disk is full.
        Unavailable: it failed otherwise.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(f"The disk of {path} is full. Make room and call again.") from error
        raise Unavailable(f"{error.filename or path}: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
