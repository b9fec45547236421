"""An external disk: ``with Disk("PHOTOS") as disk``, to plug into a box and to pull out of it, also while it runs.

It is an image file on a loop device. The box has it as it would have it from udev: a node below /dev, and names for
it below /dev/disk. It is a new device each time that it is plugged in.
"""

import secrets
import shutil
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tests.support.box.blocks import attach, detach, detach_below, number_of, take_away_medium
from tests.support.box.commands import run
from tests.support.box.home import Device
from tests.support.box.machine import Box
from tests.support.box.places import Lock, cache_folder, locked

FileSystem = Literal["ext4", "vfat"]


class Disk:
    """One disk. Without a file system it has no label for the box to see, and :attr:`path` is another name."""

    def __init__(self, label: str, *, megabytes: int = 64, file_system: FileSystem | None = "ext4") -> None:
        self.label = label
        self.file_system = file_system
        self._folder = _folder() / f"{label}-{secrets.token_hex(4)}"
        self._lock = Lock(self._folder / "lock")
        with locked(_folder().with_suffix(".lock"), wait_seconds=60):
            _clear_left_behind()
            self._lock.take()
        self.image = self._folder / "image"
        self._device: Path | None = None
        self._last: Path | None = None
        self._dead: list[Path] = []
        with self.image.open("wb") as image:
            image.truncate(megabytes * 2**20)
        if file_system == "ext4":
            run(["mkfs.ext4", "-q", "-L", label, "-E", "root_owner=0:0", self.image])
        elif file_system == "vfat":
            run(["mkfs.vfat", "-n", label, self.image])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    @property
    def path(self) -> str:
        """The name of it in the box that stays the same from plug to plug."""
        return f"/dev/disk/{self._links()[0]}"

    @property
    def device(self) -> Device:
        """What it is in the box now."""
        if self._device is None:
            raise RuntimeError(f"the disk {self.label} is not plugged in")
        return Device(self._device.name, number_of(self._device), self._links())

    def plug(self, box: Box) -> None:
        """Into a box that runs, or before it does."""
        if self._device is not None:
            raise RuntimeError(f"the disk {self.label} is plugged in already")
        device = attach(self.image)
        if device == self._last:
            # Another number than last time, as with a real one.
            device = attach(self.image)
            detach(self._last, self.image)
        self._device = self._last = device
        box.show(self.device)

    def pull(self, box: Box) -> None:
        """Out of a box that has not mounted it."""
        points = box.mounts_of(self.device)
        if points:
            raise RuntimeError(
                f"the disk {self.label} is mounted at {', '.join(points)}: unmount it, or yank it"
            )
        box.hide(self.device)
        detach(Path("/dev") / self.device.node, self.image)
        self._device = None

    def yank(self, box: Box) -> None:
        """Out of a box that runs and uses it, without a warning.

        What was not synced is lost. The file system is still mounted and gives I/O errors, until :meth:`let_go`.
        """
        gone = self.device
        device = Path("/dev") / gone.node
        with box.frozen():
            box.shut_file_systems(gone)
            take_away_medium(device, self.image)
        self._dead.append(device)
        self._device = None
        box.hide(gone)

    def let_go(self, box: Box, unit: str) -> None:
        """Stop the mount unit of a yanked disk: systemd does, on a machine with udev, when the device is gone."""
        box.run(["systemctl", "stop", unit], timeout=120)
        self._free_dead()

    def remove(self) -> None:
        """The disk and all that was on it."""
        self._free_dead()
        if self._device is not None:
            detach(self._device, self.image)
            self._device = None
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.drop()

    def _links(self) -> tuple[str, ...]:
        own = f"by-id/usb-{self.label}"
        if self.file_system is None:
            return (own,)
        uuid = run(
            ["blkid", "--probe", "--output", "value", "--match-tag", "UUID", self.image]
        ).stdout.strip()
        return f"by-label/{self.label}", f"by-uuid/{uuid}", own

    def _free_dead(self) -> None:
        for device in self._dead:
            detach(device, self.image)
        self._dead.clear()


def _clear_left_behind() -> None:
    """Remove the disks of runs that were killed."""
    for folder in _folder().iterdir():
        lock = Lock(folder / "lock")
        if lock.take():
            detach_below(folder)
            shutil.rmtree(folder, ignore_errors=True)
            lock.drop()


def _folder() -> Path:
    folder = cache_folder() / "disks"
    folder.mkdir(exist_ok=True)
    return folder
