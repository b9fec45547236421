"""The box's first process, as this machine sees it."""

import contextlib
import re
from pathlib import Path

import psutil


def leader_below(supervisor: int) -> int | None:
    """The id, out here, of the systemd that is process 1 in the box; None while there is none."""
    with contextlib.suppress(psutil.NoSuchProcess, OSError):
        for starter in psutil.Process(supervisor).children():
            for child in starter.children():
                if child.name() == "systemd" and _is_first(child.pid):
                    return child.pid
    return None


def _is_first(pid: int) -> bool:
    numbers = re.search(r"^NSpid:(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return numbers is not None and numbers[1].split()[1:] == ["1"]


def mount_points(pid: int, device: tuple[int, int]) -> list[str]:
    """Where it has mounted the file system on this device."""
    wanted = f"{device[0]}:{device[1]}"
    points = []
    for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines():
        _, _, number, _, point, *_ = line.split()
        if number == wanted:
            points.append(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point))
    return points
