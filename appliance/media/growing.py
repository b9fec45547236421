"""The part file of an upload that comes in pieces: how long it is, is how much has come.

It is made when the upload begins, and only appended to: nobody makes it anew, as it may have gone to its place by
then. Whoever works with it holds a lock on it, which ends with the process at the latest. All methods block and
belong in a thread, one at a time.
"""

import contextlib
import fcntl
import hashlib
import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from appliance.errors import DiskFull, NotFound, UploadLocked
from appliance.media.part import INCOMING, disk_error, open_folder, part_name
from appliance.media.volume import Volume

_APPEND = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: Read at a time for a sum, bytes.
_READ_BYTES = 1024 * 1024

#: How often the file may be replaced between being opened and being locked.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Sum:
    """A SHA-256 sum under way: of this many bytes from the beginning on."""

    bytes: int
    sha256: Any
    #: Of the file when it was let go of: its inode, size and time of writing. Of another file the sum says nothing.
    stamp: tuple[int, int, int] = (0, 0, 0)


def no_sum() -> Sum:
    """The sum of nothing yet."""
    return Sum(0, hashlib.sha256())


class Growing:
    """One part file, held. ``known`` spares reading again what was summed up before."""

    def __init__(
        self, volume: Volume, upload_id: UUID, *, free_space_floor_bytes: int, known: Sum | None = None
    ) -> None:
        self.id = upload_id
        self.size = 0
        self.sum = no_sum()
        self._known = known
        self._volume = volume
        self._floor_bytes = free_space_floor_bytes
        self._folder: int | None = None
        self._file: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is held."""
        return self._file is not None

    def open(self, *, make: bool = False) -> None:
        """Take the file; with ``make`` a new one.

        Raises:
            UploadLocked: somebody else has it.
            NotFound: it is not there.
            VolumeUnavailable: the volume is not there or not ours.
        """
        try:
            with self._volume.opened() as root:
                self._folder = open_folder(root, INCOMING, make=make)
            for _ in range(_TRIES):
                if self._take(make):
                    break
            else:
                raise UploadLocked
        except FileNotFoundError:
            self.close()
            raise NotFound(f"the part file {self.id} is not there") from None
        except OSError as error:
            self.close()
            raise disk_error(error) from error
        except BaseException:
            self.close()
            raise
        if self._known is not None and self._known.stamp == self._stamp():
            self.sum = self._known

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            DiskFull: with these bytes less than the floor would be left free.
            VolumeUnavailable: the disk failed.
        """
        file = self._open_file()
        try:
            space = os.fstatvfs(file)
            if space.f_bavail * space.f_frsize - len(data) < self._floor_bytes:
                raise DiskFull
            rest = memoryview(data)
            while rest:
                written = os.pwrite(file, rest, self.size)
                if self.sum.bytes == self.size:
                    self.sum.sha256.update(rest[:written])
                    self.sum = Sum(self.size + written, self.sum.sha256)
                self.size += written
                rest = rest[written:]
        except OSError as error:
            raise disk_error(error) from error

    def sync(self) -> None:
        """Return when all bytes, and the file's name, are on the disk."""
        try:
            os.fsync(self._open_file())
            if self._folder is not None:
                os.fsync(self._folder)
        except OSError as error:
            raise disk_error(error) from error

    def cut(self, size: int, known: Sum | None = None) -> None:
        """Take back what came after the first ``size`` bytes, durably; ``known`` is a sum of at most these."""
        try:
            os.ftruncate(self._open_file(), size)
            os.fsync(self._open_file())
        except OSError as error:
            raise disk_error(error) from error
        self.size = size
        self.sum = known if known and known.bytes <= size else no_sum()

    def marked(self) -> Sum:
        """The sum as it is now; what is written later does not change it."""
        return Sum(self.sum.bytes, self.sum.sha256.copy())

    def remembered(self) -> Sum:
        """The sum, for who opens the file next."""
        return Sum(self.sum.bytes, self.sum.sha256, self._stamp())

    def digest(self) -> bytes:
        """The SHA-256 sum of all bytes."""
        file, at, sha256 = self._open_file(), self.sum.bytes, self.sum.sha256
        try:
            while piece := os.pread(file, _READ_BYTES, at):
                sha256.update(piece)
                at += len(piece)
        except OSError as error:
            self.sum = no_sum()
            raise disk_error(error) from error
        self.sum = Sum(at, sha256)
        return bytes(sha256.digest())

    def remove(self) -> None:
        """Remove the file while it is held; one that has gone to its place already stays."""
        with contextlib.suppress(OSError):
            if self._folder is not None and self._is_there():
                os.unlink(part_name(self.id), dir_fd=self._folder)

    def close(self) -> None:
        """Let go of the file and leave it as it is."""
        for fd in (self._file, self._folder):
            if fd is not None:
                os.close(fd)
        self._file = self._folder = None

    def _take(self, make: bool) -> bool:
        """Whether the file that has the name now is open and locked."""
        flags = _APPEND | (os.O_CREAT | os.O_EXCL if make else 0)
        self._file = os.open(part_name(self.id), flags, 0o600, dir_fd=self._folder)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadLocked from None
        if self._is_there():
            self.size = os.fstat(self._file).st_size
            return True
        os.close(self._file)
        self._file = None
        return False

    def _is_there(self) -> bool:
        try:
            named = os.stat(part_name(self.id), dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self._open_file()))

    def _stamp(self) -> tuple[int, int, int]:
        found = os.fstat(self._open_file())
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _open_file(self) -> int:
        if self._file is None:
            raise ValueError("the part is not open")
        return self._file
