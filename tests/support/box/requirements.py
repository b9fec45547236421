"""What a machine has to have for a box to boot on it."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.box.commands import PATH, program
from tests.support.box.control_groups import hierarchy

#: Who signed the base system's packages; every Debian has it.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

#: Each with the Debian package that it is in.
_PROGRAMS = {
    "apt-get": "apt",
    "ip": "iproute2",
    "losetup": "mount",
    "mkfs.ext4": "e2fsprogs",
    "mkfs.vfat": "dosfstools",
    "mmdebstrap": "mmdebstrap",
    "nsenter": "util-linux",
    "slirp4netns": "slirp4netns",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
}
_DEVICES = (Path("/dev/loop-control"), Path("/dev/net/tun"))


def missing() -> str | None:
    """Why no box can boot here, in one line; None when one can."""
    if os.geteuid() != 0:
        lack = "root"
    elif packages := _missing_packages():
        lack = f"apt-get install {' '.join(packages)}"
    elif absent := [str(device) for device in _DEVICES if not device.exists()]:
        lack = " and ".join(absent)
    elif hierarchy() is None:
        lack = "a cgroup2 file system that is mounted"
    elif not _has_overlay():
        lack = "overlayfs in the kernel"
    elif not _may_mount():
        lack = "a root that may mount (CAP_SYS_ADMIN)"
    else:
        return None
    return f"booting a machine in a namespace needs {lack}"


def _missing_packages() -> list[str]:
    packages = {package for name, package in _PROGRAMS.items() if not shutil.which(name, path=PATH)}
    if not KEYRING.exists():
        packages.add("debian-archive-keyring")
    return sorted(packages)


def _has_overlay() -> bool:
    def known() -> bool:
        return "overlay" in Path("/proc/filesystems").read_text().split()

    if not known() and shutil.which("modprobe", path=PATH):
        subprocess.run([program("modprobe"), "overlay"], check=False, capture_output=True, timeout=10)
    return known()


def _may_mount() -> bool:
    trial = [program("unshare"), "--mount", "--propagation", "private", program("true")]
    return subprocess.run(trial, check=False, capture_output=True, timeout=10).returncode == 0
