"""A box's control group, by which all of it can be stopped in one moment."""

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SECONDS = 10.0
_POLL_SECONDS = 0.02


def hierarchy() -> Path | None:
    """Where this machine shows its cgroup v2 tree: the whole of /sys/fs/cgroup, or beside the v1 trees."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.split()[0] == "cgroup2":
            return Path(before.split()[4])
    return None


class ControlGroup:
    """The group of one box; ``tree`` is where the hierarchy is mounted."""

    def __init__(self, name: str, tree: Path) -> None:
        self.path = tree / f"scene-sense-box-{name}"

    def make(self) -> None:
        """With the controllers that there are, handed on to the groups below."""
        self.path.mkdir(exist_ok=True)
        for controller in (self.path / "cgroup.controllers").read_text().split():
            with contextlib.suppress(OSError):
                (self.path / "cgroup.subtree_control").write_text(f"+{controller}")

    def enter(self, part: str) -> None:
        """Put this process into a group of it."""
        (self.path / part).mkdir(exist_ok=True)
        (self.path / part / "cgroup.procs").write_text(str(os.getpid()))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing of the box runs in this time."""
        switch = self.path / "cgroup.freeze"
        switch.write_text("1")
        try:
            self._await("frozen 1")
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                switch.write_text("0")

    def kill(self) -> None:
        """Every process of the box, at once."""
        with contextlib.suppress(FileNotFoundError):
            (self.path / "cgroup.kill").write_text("1")
            self._await("populated 0")

    def remove(self) -> None:
        """The group and the ones below, deepest first."""
        if self.path.exists():
            folders = [Path(folder) for folder, _, _ in os.walk(self.path, topdown=False)]
            for folder in folders:
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def _await(self, event: str) -> bool:
        deadline = time.monotonic() + _SECONDS
        while event not in (self.path / "cgroup.events").read_text():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True
