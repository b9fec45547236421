"""Loop devices and what the kernel does to a disk that is pulled."""

import contextlib
import fcntl
import os
import struct
import time
from pathlib import Path

from tests.support.box.commands import run

_SECONDS = 15.0
_POLL_SECONDS = 0.05

#: From <linux/loop.h>: look again how large the file is.
_LOOP_SET_CAPACITY = 0x4C07
#: From <linux/fs.h>: FS_IOC_SHUTDOWN, and "without writing the journal first".
_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = struct.pack("I", 2)


def attach(image: Path) -> Path:
    """A loop device of this file."""
    return Path(run(["losetup", "--find", "--show", image]).stdout.strip())


def detach(device: Path, image: Path) -> None:
    """Free it, if it still is one of this file; when a file system on it is mounted, after that."""
    if backing(device).startswith(str(image)):
        run(["losetup", "--detach", device], check=False)


def backing(device: Path) -> str:
    """The path of its file, with a remark when that is removed; empty for a free one."""
    with contextlib.suppress(OSError):
        return (Path("/sys/block") / device.name / "loop/backing_file").read_text().strip()
    return ""


def detach_below(folder: Path) -> None:
    """Free all devices of files in this folder."""
    for block in Path("/sys/block").glob("loop*"):
        detach(Path("/dev") / block.name, folder)


def number_of(device: Path) -> tuple[int, int]:
    """Major and minor."""
    number = device.stat().st_rdev
    return os.major(number), os.minor(number)


def is_free(device: Path) -> bool:
    """Whether no file system on it is mounted, by anybody."""
    try:
        os.close(os.open(device, os.O_RDONLY | os.O_EXCL))
    except OSError:
        return False
    return True


def await_free(device: Path) -> None:
    """The mounts of a machine that was killed go a moment after it."""
    deadline = time.monotonic() + _SECONDS
    while not is_free(device):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{device} is still mounted")
        time.sleep(_POLL_SECONDS)


def take_away_medium(device: Path, image: Path) -> None:
    """Every access is an error from now on, and ``image`` is as it was before: a copy takes its place.

    The kernel makes the capacity of a disk 0 when it is pulled, which fails all that goes to it; so does this, by
    making the file empty that is below the loop device.
    """
    copy = image.with_suffix(".copy")
    run(["cp", "--sparse=always", image, copy], timeout=300)
    with image.open("r+b") as medium:
        copy.replace(image)
        medium.truncate(0)
        descriptor = os.open(device, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _LOOP_SET_CAPACITY, 0)
        finally:
            os.close(descriptor)


def shut_down(mount_point: Path) -> None:
    """Let the file system refuse everything and write nothing more, as the kernel does when its disk is gone.

    Not every one can do that (vfat does not, here and on a real machine): the errors of the disk reach it anyway.
    """
    descriptor = os.open(mount_point, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, _SHUTDOWN, _NO_LOG_FLUSH)
    finally:
        os.close(descriptor)
