"""Knows whether the storage root is the one this library belongs to, and lends it only then.

A lost mount leaves an empty folder, or an older copy, where the library was. So every use goes through
``opened``:

1. open the root folder; all later steps look through that descriptor and never at the path again;
2. read the identity file inside it; it must hold the identity that the database knows;
3. compare the device number with the one seen first. A disk that was unplugged may come back under another
   number, so a root that was a mount point and is one again is taken back; a plain folder is not.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

from appliance.errors import Conflict, SettingsError, VolumeUnavailable
from appliance.records.media import VolumeStatus

IDENTITY_FILE = ".scene-sense-volume"

_IDENTITY_TEXT = (
    "{}\nThis folder holds a Scene-Sense library. Without this file the library refuses to use it.\n"
)

#: What a fresh file system may hold before it is ours.
_IGNORED = frozenset({"lost+found"})

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_IDENTITY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class _Device(NamedTuple):
    number: int
    is_mount: bool


class _WrongVolumeError(Exception):
    """Why the folder at the root's path is not to be used."""

    def __init__(self, state: Literal["missing", "foreign"], reason: str) -> None:
        self.state = state
        self.reason = reason


class Volume:
    """The storage root at ``root``, which must carry the identity ``expected``.

    May be made while the root is missing: each use looks again, so it recovers by itself.
    """

    def __init__(self, root: Path, expected: UUID) -> None:
        self.root = root
        self.expected = expected
        self._seen: _Device | None = None
        with suppress(VolumeUnavailable):
            self.check()

    @contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor of the verified root, for ``dir_fd=``; closed at the end. Blocking.

        Raises:
            VolumeUnavailable: the root is missing or is not this library's.
        """
        try:
            root = self._open()
        except _WrongVolumeError as error:
            raise VolumeUnavailable(error.reason) from error
        try:
            yield root
        finally:
            os.close(root)

    def check(self) -> None:
        """Return if the volume can be used now.

        Raises:
            VolumeUnavailable: the root is missing or is not this library's.
        """
        with self.opened():
            pass

    def check_disk(self) -> None:
        """Return if the disk itself still gives the identity; a memory of it outlives a disk that was pulled out.

        Raises:
            VolumeUnavailable: the root is missing, is not this library's, or its disk does not answer.
        """
        with self.opened() as root:
            _forget_identity(root)
            if _read_identity(root) != self.expected:
                raise VolumeUnavailable(f"the disk of {self.root} does not answer; nothing was written")

    def status(self) -> VolumeStatus:
        """How the volume is now; never raises. Blocking."""
        try:
            root = self._open()
        except _WrongVolumeError as error:
            return VolumeStatus(error.state, self.root, 0, 0)
        try:
            space = os.fstatvfs(root)
        except OSError:
            return VolumeStatus("missing", self.root, 0, 0)
        finally:
            os.close(root)
        block = space.f_frsize
        return VolumeStatus("online", self.root, space.f_blocks * block, space.f_bavail * block)

    @staticmethod
    def initialise(root: Path) -> UUID:
        """Make ``root`` the root of a new, empty library and give its identity. Blocking.

        The folder is made, for its owner alone, when it is missing.

        Raises:
            Conflict: the folder already belongs to a library, or is not empty.
            SettingsError: the folder can't be made or written.
        """
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(root, _FOLDER)
        except OSError as error:
            raise SettingsError(f"the storage folder {root} can't be made: {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # let go when the descriptor is closed
            with os.scandir(fd) as entries:
                names = {entry.name for entry in entries} - _IGNORED
            if IDENTITY_FILE in names:
                raise Conflict(f"{root} already belongs to a library")
            if names:
                raise Conflict(f"{root} is not empty; a library starts in an empty folder")
            identity = uuid4()
            _write_identity(fd, identity)
        except OSError as error:
            raise SettingsError(f"the storage folder {root} can't be written: {error.strerror}") from error
        finally:
            os.close(fd)
        return identity

    @staticmethod
    def find_identity(root: Path) -> UUID | None:
        """The identity that the folder at ``root`` carries; None if there is no folder or it carries none."""
        try:
            fd = os.open(root, _FOLDER)
        except OSError:
            return None
        try:
            return _read_identity(fd)
        finally:
            os.close(fd)

    def _open(self) -> int:
        try:
            root = os.open(self.root, _FOLDER)
        except OSError as error:
            raise _WrongVolumeError(
                "missing",
                f"the storage folder {self.root} is not there ({error.strerror}); nothing was written",
            ) from error
        try:
            self._verify(root)
        except BaseException:
            os.close(root)
            raise
        return root

    def _verify(self, root: int) -> None:
        found = _read_identity(root)
        if found is None:
            raise _WrongVolumeError(
                "missing",
                f"{self.root} carries no {IDENTITY_FILE}: is the disk mounted? Nothing was written",
            )
        if found != self.expected:
            raise _WrongVolumeError(
                "foreign", f"{self.root} belongs to another library ({found}); nothing was written"
            )
        device = _device(root)
        if self._seen is None or (self._seen.is_mount and device.is_mount):
            self._seen = device
        elif device.number != self._seen.number:
            raise _WrongVolumeError(
                "foreign",
                f"{self.root} is on another device than it was at start; nothing was written. "
                "If that is meant, restart Scene-Sense",
            )


def _device(root: int) -> _Device:
    here = os.fstat(root)
    above = os.stat("..", dir_fd=root)
    is_mount = here.st_dev != above.st_dev or here.st_ino == above.st_ino
    return _Device(here.st_dev, is_mount)


def _read_identity(root: int) -> UUID | None:
    try:
        fd = os.open(IDENTITY_FILE, _IDENTITY, dir_fd=root)
    except OSError:
        return None
    try:
        return UUID(os.read(fd, 512).decode("ascii", "replace").partition("\n")[0].strip())
    except (OSError, ValueError):
        return None
    finally:
        os.close(fd)


def _forget_identity(root: int) -> None:
    with suppress(OSError):
        fd = os.open(IDENTITY_FILE, _IDENTITY, dir_fd=root)
        try:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)


def _write_identity(root: int, identity: UUID) -> None:
    # Written aside and renamed, so that no half an identity is ever seen.
    part = f"{IDENTITY_FILE}.{secrets.token_hex(4)}"
    fd = os.open(
        part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=root
    )
    try:
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(_IDENTITY_TEXT.format(identity))
            file.flush()
            os.fsync(fd)
        os.rename(part, IDENTITY_FILE, src_dir_fd=root, dst_dir_fd=root)
        os.fsync(root)
    except BaseException:
        with suppress(OSError):
            os.unlink(part, dir_fd=root)
        raise
