"""How many cores this process may really use, which in a container is less than the machine has."""

import os
from math import ceil
from pathlib import Path

#: Where the kernel shows the process's groups and their limits.
_GROUPS = Path("/proc/self/cgroup")
_TREE = Path("/sys/fs/cgroup")


def cores(groups: Path = _GROUPS, tree: Path = _TREE) -> int:
    """At least 1: the cores that the process may run on, or fewer where a quota gives it less time than they have.

    A quota of one and a half cores counts as two: the odd half is used, at the price of waiting now and then.
    """
    allowed = len(os.sched_getaffinity(0))
    quota = _quota(groups, tree)
    return allowed if quota is None else max(1, min(allowed, ceil(quota)))


def _quota(groups: Path, tree: Path) -> float | None:
    """The least quota among the process's group and those around it, in cores; None: there is none."""
    try:
        lines = groups.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    found: list[float] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            found += _along(tree, path, "cpu.max")
        elif "cpu" in controllers.split(","):
            found += _along(tree / controllers, path, "cpu.cfs_quota_us")
            found += _along(tree / "cpu", path, "cpu.cfs_quota_us")
    return min(found, default=None)


def _along(root: Path, path: str, name: str) -> list[float]:
    """The quotas from the group at ``path`` up to ``root``.

    A container may see itself at the root of the tree, or by a path that is not in its view of it.
    """
    group = root / path.strip("/")
    places = [group, *(parent for parent in group.parents if parent.is_relative_to(root))]
    return [quota for place in places if (quota := _read(place / name)) is not None]


def _read(file: Path) -> float | None:
    try:
        quota, *rest = file.read_text(encoding="utf-8").split()
        period = rest[0] if rest else (file.parent / "cpu.cfs_period_us").read_text(encoding="utf-8")
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None  # no limit ("max", -1), or no such group
