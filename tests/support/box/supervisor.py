"""Runs one box from power-on to power-off: ``python -m tests.support.box.supervisor FOLDER``.

It is started in a mount namespace of its own, so its mounts go with it. Its standard input is held by whoever started
it: when that ends, the box ends.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.support.box.commands import program, run
from tests.support.box.control_groups import ControlGroup
from tests.support.box.spec import Spec

_GROUPS = Path("/sys/fs/cgroup")

#: How systemd-nspawn ends when the box wants to be started again.
_REBOOT = 133


def main() -> None:
    """One life of the box, with all its reboots."""
    folder = Path(sys.argv[1])
    spec = Spec.read(folder)
    # The box sees pure version 2, whatever this machine has mounted here.
    run(["mount", "-t", "cgroup2", "cgroup2", _GROUPS])
    group = ControlGroup(spec.name, _GROUPS)
    group.make()
    group.enter("life")
    threading.Thread(target=_end_with_starter, args=(group,), daemon=True).start()
    layers = f"lowerdir={spec.base},upperdir={folder / 'upper'},workdir={folder / 'work'}"
    run(["mount", "-t", "overlay", "-o", layers, "overlay", folder / "root"])
    while _boot(folder) == _REBOOT:
        pass


def _end_with_starter(group: ControlGroup) -> None:
    while os.read(0, 1):
        pass
    group.kill()


def _boot(folder: Path) -> int:
    """One boot, with the disks that are plugged in now."""
    spec = Spec.read(folder)
    command = [
        program("systemd-nspawn"),
        # Nobody here has to know of it; without the two it would restart itself and keep its old disks.
        *("--quiet", "--register=no", "--keep-unit", "--boot"),
        *(f"--directory={folder / 'root'}", f"--machine=box-{spec.name}", f"--hostname={spec.name}"),
        f"--network-namespace-path=/run/netns/{spec.namespace}",
        *("--resolv-conf=off", "--timezone=off", "--link-journal=no"),
        *("--console=pipe", "--kill-signal=SIGRTMIN+3"),
        # Without these, PrivateNetwork= and IPAddressDeny= of the box's units are ignored silently.
        *("--capability=CAP_NET_ADMIN,CAP_BPF", "--system-call-filter=bpf"),
        f"--bind={folder / 'links'}:/dev/disk",
        *(f"--bind=/dev/{node}" for node in spec.nodes),
    ]
    with (folder / "console.log").open("ab") as console:
        return subprocess.call(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)


if __name__ == "__main__":
    main()
