"""The folder of one box: the layer that its disk is, its key, and what its supervisor reads."""

import contextlib
import os
import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tests.support.box.commands import run
from tests.support.box.network import RESOLVER
from tests.support.box.places import cache_folder
from tests.support.box.spec import Spec

_KEPT_SECONDS = 30 * 24 * 3600.0
_ARCHIVES = Path("var/cache/apt/archives")


@dataclass(frozen=True, slots=True)
class Device:
    """A block device as a box has it: a node below /dev, and its names below /dev/disk."""

    node: str
    number: tuple[int, int]
    links: tuple[str, ...]


class Home:
    """Everything of one box that is a file out here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = cache_folder() / "boxes" / name
        self.key = self.folder / "id"
        self.console = self.folder / "console.log"
        #: For the sockets of SSH connections, whose paths have to be short.
        self.sockets = Path(f"/run/ssbox-{name}")

    def make(self) -> None:
        """A machine that was never on."""
        for name in ("upper", "work", "root", "links"):
            (self.folder / name).mkdir(parents=True)
        self.sockets.mkdir(mode=0o700)
        etc = self.folder / "upper/etc"
        etc.mkdir()
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n::1 localhost\n")
        (etc / "resolv.conf").write_text(f"nameserver {RESOLVER}\n")
        keys = self.folder / "upper/root/.ssh"
        keys.mkdir(mode=0o700, parents=True)
        keys.parent.chmod(0o700)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", self.key])
        shutil.copy(self.key.with_suffix(".pub"), keys / "authorized_keys")
        archives = self.folder / "upper" / _ARCHIVES
        archives.mkdir(parents=True)
        for package in _packages().glob("*.deb"):
            os.link(package, archives / package.name)

    def keep_packages(self) -> None:
        """What the box has downloaded is there for the next one; what none has wanted for a month is not."""
        for package in _packages().glob("*.deb"):
            # A link was the last that changed it.
            if package.stat().st_ctime < time.time() - _KEPT_SECONDS:
                package.unlink(missing_ok=True)
        for package in (self.folder / "upper" / _ARCHIVES).glob("*.deb"):
            if package.is_file() and not package.is_symlink():
                with contextlib.suppress(FileExistsError):
                    os.link(package, _packages() / package.name)

    def remove(self) -> None:
        """All of it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def publish(self, base: Path, namespace: str, devices: Collection[Device]) -> None:
        """Tell the next boot, and the running box by the folder that it sees as /dev/disk."""
        nodes = sorted(device.node for device in devices)
        Spec(self.name, str(base), namespace, nodes).write(self.folder)
        links = self.folder / "links"
        wanted = {links / link: f"../../{device.node}" for device in devices for link in device.links}
        for link in links.glob("*/*"):
            if wanted.get(link) != str(link.readlink()):
                link.unlink()
        for link, target in wanted.items():
            link.parent.mkdir(exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(target)
        for folder in links.iterdir():
            # Like udev, which leaves no empty ones.
            with contextlib.suppress(OSError):
                folder.rmdir()

    def inventory(self, address: str, group: str) -> Path:
        """For Ansible: this box alone, over SSH."""
        options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        path = self.folder / "inventory.ini"
        path.write_text(
            f"[{group}]\n"
            f"{self.name} ansible_host={address} ansible_user=root ansible_ssh_private_key_file={self.key} "
            f"ansible_python_interpreter=/usr/bin/python3 ansible_ssh_common_args='{options}'\n"
        )
        return path


def names() -> list[str]:
    """Of the boxes that have a folder, whether they run or not."""
    return [folder.name for folder in (cache_folder() / "boxes").iterdir() if folder.is_dir()]


def _packages() -> Path:
    folder = cache_folder() / "packages"
    folder.mkdir(exist_ok=True)
    return folder
