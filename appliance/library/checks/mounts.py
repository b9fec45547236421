"""On which file system a path is, by the kernel's own list."""

import re
from dataclasses import dataclass
from pathlib import Path

#: What proc(5) calls mountinfo.
MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system."""

    point: Path
    #: ``ext4``, ``vfat``, and so on.
    kind: str
    #: What is mounted, for example ``/dev/sda1``.
    source: str


def find_mount(path: Path) -> Mount | None:
    """The file system that ``path`` is on, which need not exist; None where the kernel's list can't be read."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    mounts = [mount for mount in map(_read, lines) if mount and path.is_relative_to(mount.point)]
    # Of several at one point the last one is on top.
    return max(reversed(mounts), key=lambda mount: len(mount.point.parts), default=None)


def _read(line: str) -> Mount | None:
    before, _, after = line.partition(" - ")
    fields, rest = before.split(" "), after.split(" ")
    if len(fields) < 5 or len(rest) < 2:
        return None
    return Mount(Path(_plain(fields[4])), rest[0], _plain(rest[1]))


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
