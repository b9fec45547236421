"""The folders on the system's disk: whether they can be written, and whether there is room."""

import errno
import os
from pathlib import Path

from appliance.library.checks.common import SERVICE_USER, Subject, aside, failure, ok, warning
from appliance.library.quantities import bytes_text
from appliance.records.doctor import Finding

#: Below this much, databases and logs are about to fail; bytes.
LEAST_FREE_BYTES = 100_000_000
#: Below this much it is time to look; bytes.
LOW_FREE_BYTES = 1_000_000_000
#: The same of file entries, as a part of all.
_LOW_ENTRIES = 0.02


async def look(subject: Subject) -> tuple[Finding, ...]:
    """Whether data and renditions can be kept."""
    settings = subject.settings
    return (
        *await aside(lambda: examine("data", "DATA_PATH", settings.data_path)),
        *await aside(lambda: examine("cache", "CACHE_PATH", settings.cache_path)),
    )


def examine(name: str, setting: str, path: Path) -> list[Finding]:
    """Whether this user can write to the folder, or make it where it is not there yet. Blocking."""
    there = nearest(path)
    problem = write_problem(there)
    made = "" if there == path else ", which is not there yet,"
    if problem is not None:
        return [failure(name, f"{setting} {path}{made}: {problem}.", _remedy(problem, path))]
    return [ok(name, f"{setting} {path}{made} can be written."), *room(f"{name}.space", there)]


def _remedy(problem: str, path: Path) -> str:
    if "read-only" in problem.lower():
        return (
            "Linux makes a file system read-only when its disk fails: dmesg | tail; then check it with fsck."
        )
    return f"As root: install -d -m 0750 -o {SERVICE_USER} -g {SERVICE_USER} {path} — or set another folder."


def nearest(path: Path) -> Path:
    """The folder itself, or the nearest one above it that this user can see."""
    while not _is_seen(path) and path != path.parent:
        path = path.parent
    return path


def _is_seen(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def write_problem(folder: Path) -> str | None:
    """Why this user can't make files in the folder; None when they can. Leaves nothing behind. Blocking."""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    try:
        # A file without a name, gone when it is closed.
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL}:
            return f"{folder} can't be written: {os.strerror(error.errno or 0)}"
        # This file system has no such files.
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"{folder} can't be written by this user"
    return None


def room(name: str, folder: Path) -> list[Finding]:
    """Whether there is room for bytes and for file entries. Blocking."""
    space = os.statvfs(folder)
    free = space.f_bavail * space.f_frsize
    text = f"{bytes_text(free)} free."
    remedy = f"Make room: du -xh --max-depth=2 {folder} | sort -h | tail"
    found = [ok(name, text)]
    if free < LEAST_FREE_BYTES:
        found = [failure(name, f"Only {text}", remedy)]
    elif free < LOW_FREE_BYTES:
        found = [warning(name, f"Only {text}", remedy)]
    return found + entries(name, folder)


def entries(name: str, folder: Path) -> list[Finding]:
    """A finding when the file system is running out of file entries (inodes); btrfs and the like have no limit."""
    space = os.statvfs(folder)
    if not space.f_files or space.f_favail > _LOW_ENTRIES * space.f_files:
        return []
    text = f"The file system of {folder} has room for {space.f_favail} more files (inodes) only."
    remedy = "Remove what has many small files, or make the file system anew with more inodes."
    return [warning(name, text, remedy) if space.f_favail else failure(name, text, remedy)]
