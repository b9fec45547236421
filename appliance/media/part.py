"""One file on its way into the volume: written, counted, hashed, synced, and gone again if anything fails.

All methods block and belong in a thread, one at a time.
"""

import contextlib
import errno
import hashlib
import os
from uuid import UUID

from appliance.errors import DiskFull, FileTooLarge, VolumeUnavailable
from appliance.media.volume import Volume

INCOMING = ".incoming"

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def part_name(asset_id: UUID) -> str:
    """The file's name in the incoming folder."""
    return f"{asset_id}.part"


def open_folder(root: int, name: str, *, make: bool = False) -> int:
    """A descriptor of the folder ``name`` in ``root``, never through a link; made for its owner alone if asked.

    Raises:
        FileNotFoundError: it is not there.
        OSError: something else is there.
    """
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, mode=0o700, dir_fd=root)
    return os.open(name, FOLDER, dir_fd=root)


def disk_error(error: OSError) -> DiskFull | VolumeUnavailable:
    """What people are told about an error of the file system under the volume."""
    if error.errno in _FULL:
        return DiskFull()
    return VolumeUnavailable(f"the storage volume failed: {error.strerror or error}")


class Part:
    """A new file in the incoming folder. Nothing is touched before ``open``."""

    def __init__(
        self, volume: Volume, asset_id: UUID, *, max_bytes: int, free_space_floor_bytes: int
    ) -> None:
        self.id = asset_id
        self.bytes = 0
        self._volume = volume
        self._max_bytes = max_bytes
        self._floor_bytes = free_space_floor_bytes
        self._sha256 = hashlib.sha256()
        self._folder: int | None = None
        self._file: int | None = None

    def open(self) -> None:
        """Make the file.

        Raises:
            VolumeUnavailable: the volume is not there or not ours.
            DiskFull: less than the floor is free already.
        """
        try:
            with self._volume.opened() as root:
                self._folder = open_folder(root, INCOMING, make=True)
            self._file = os.open(part_name(self.id), _NEW_FILE, 0o600, dir_fd=self._folder)
            self._check_space(0)
        except OSError as error:
            raise disk_error(error) from error

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            FileTooLarge: with these bytes the file is over its limit.
            DiskFull: with these bytes less than the floor would be left free.
            VolumeUnavailable: the disk failed.
        """
        self.bytes += len(data)
        if self.bytes > self._max_bytes:
            raise FileTooLarge(
                f"the file is larger than {self._max_bytes:,} bytes, the most this server takes"
            )
        file = _require(self._file)
        try:
            self._check_space(len(data))
            self._sha256.update(data)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError as error:
            raise disk_error(error) from error

    def seal(self) -> bytes:
        """Sync the file and its folder; gives the SHA-256 of all bytes."""
        try:
            os.fsync(_require(self._file))
            os.fsync(_require(self._folder))
        except OSError as error:
            raise disk_error(error) from error
        return self._sha256.digest()

    def abandon(self) -> None:
        """Remove whatever there is of the file."""
        with contextlib.suppress(OSError):
            if self._file is not None and self._folder is not None:
                os.unlink(part_name(self.id), dir_fd=self._folder)
        self.close()

    def close(self) -> None:
        """Let go of the file and its folder, and leave them as they are; doesn't block once sealed."""
        for fd in (self._file, self._folder):
            if fd is not None:
                os.close(fd)
        self._file = self._folder = None

    def _check_space(self, more: int) -> None:
        space = os.fstatvfs(_require(self._file))
        if space.f_bavail * space.f_frsize - more < self._floor_bytes:
            raise DiskFull


def _require(fd: int | None) -> int:
    if fd is None:
        raise ValueError("the part is not open")
    return fd
