"""Reads an original again and compares it with what was taken in.

The file is read from the disk and not from memory, where a good copy may hide a bad sector, and what was read is
dropped from memory again, so that the files people look at stay there.
"""

import hashlib
import os
from contextlib import suppress
from threading import Event

from appliance.errors import NotFound, OriginalUnreadable
from appliance.media.store import Store
from appliance.records.scrub import Expected, Found, Outcome

#: Read at a time, bytes. Whoever asks to stop waits for one such read.
CHUNK_BYTES = 4 * 1024 * 1024


def rehash(store: Store, expected: Expected, *, stop: Event) -> Found | None:
    """What is on the volume in this original's place; None when ``stop`` was set before all was read. Blocking.

    A file of another length is damaged whatever is in it, and is not read.

    Raises:
        VolumeUnavailable: the volume is not there or not ours.
    """
    try:
        fd = store.open_fd(expected.id, expected.filename)
    except NotFound:
        return Found(Outcome.MISSING)
    except OriginalUnreadable:
        return Found(Outcome.UNREADABLE)
    try:
        size = os.fstat(fd).st_size
        if size != expected.bytes:
            return Found(Outcome.DAMAGED, bytes=size)
        return _compare(fd, expected, stop)
    except OSError:
        return Found(Outcome.UNREADABLE)
    finally:
        os.close(fd)


def _compare(fd: int, expected: Expected, stop: Event) -> Found | None:
    _forget(fd, 0, 0)
    sha256 = hashlib.sha256()
    buffer = memoryview(bytearray(CHUNK_BYTES))
    done = 0
    while not stop.is_set():
        count = os.readv(fd, [buffer])
        if count == 0:
            outcome = Outcome.OK if sha256.digest() == expected.sha256 else Outcome.DAMAGED
            _forget(fd, 0, 0)
            return Found(outcome, sha256=sha256.digest(), bytes=done)
        sha256.update(buffer[:count])
        _forget(fd, done, count)
        done += count
    return None


def _forget(fd: int, offset: int, count: int) -> None:
    """Let go of what memory holds of this part of the file; a ``count`` of 0 means up to its end."""
    with suppress(OSError):  # it is advice; a file system that takes none is read all the same
        os.posix_fadvise(fd, offset, count, os.POSIX_FADV_DONTNEED)
