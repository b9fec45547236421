"""A Debian machine for the tests: real systemd in a namespace, with a network of its own and disks to pull.

    with Disk("PHOTOS") as disk, Box() as box:
        disk.plug(box)
        played = play(box, Path("ansible/site.yml"), {"storage_device": disk.path})
        box.reboot()

Its root is a throw-away layer over a base that is built once a week. What it can't show: limits of memory, tasks and
CPU are not enforced where the machine's controllers are bound to cgroup v1; there is no udev, so no device units; and
after a power cut the system's own disk still has what was written but not synced (a :class:`Disk` has not).
"""

from tests.support.box.disk import Disk
from tests.support.box.machine import Box
from tests.support.box.play import Played, play
from tests.support.box.requirements import missing

__all__ = ["Box", "Disk", "Played", "missing", "play"]
