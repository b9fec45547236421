"""A Debian machine in a namespace. ``with Box() as box``: booted, with SSH, and nothing is left of it after."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.box.base import base_root, lock_of
from tests.support.box.blocks import await_free, shut_down
from tests.support.box.commands import CommandHung, program, run
from tests.support.box.control_groups import ControlGroup, hierarchy
from tests.support.box.home import Device, Home, names
from tests.support.box.network import Network, addresses
from tests.support.box.places import CHECKOUT, Lock
from tests.support.box.processes import leader_below, mount_points

#: A boot takes two seconds here; with the services and on a busy machine it takes longer.
BOOT_SECONDS = 120.0
_OFF_SECONDS = 60.0
_POLL_SECONDS = 0.1

_NAME = re.compile(r"[a-z][a-z0-9]{0,7}")
#: All of its namespaces but users, which it shares with this machine; its root and its working folder.
_NAMESPACES = ("-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w")
_ENVIRONMENT = (
    "container=systemd-nspawn",
    "HOME=/root",
    "LANG=C.UTF-8",
    "TERM=dumb",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
)


class BoxFailed(RuntimeError):
    """The machine did not do what it was asked to; what it said last is in the message."""


class Box:
    """One machine. Two with different names run side by side."""

    def __init__(self, name: str = "box", *, host_address: str = "", address: str = "") -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"a box is named by up to 8 small letters and digits, not {name!r}")
        here, there = addresses(name)
        self.name = name
        self.network = Network(name, host_address or here, address or there)
        self.home = Home(name)
        self._lock = Lock(self.home.folder.with_suffix(".lock"))
        self._group = ControlGroup(name, hierarchy() or Path("/sys/fs/cgroup"))
        self._devices: dict[str, Device] = {}
        self._base: Path | None = None
        self._base_lock: Lock | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._leader: int | None = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    @property
    def address(self) -> str:
        """Where the box is, seen from this machine."""
        return self.network.address

    # From nothing to a machine, and back.

    def up(self, *, deadline_seconds: float = BOOT_SECONDS) -> str:
        """Boot a new machine. The answer is systemd's own: running, or degraded when a unit failed."""
        if not self._lock.take():
            raise BoxFailed(f"another run has the box {self.name!r}")
        self._clear_killed()
        try:
            self._prepare()
            self.network.up()
            return self.power_on(deadline_seconds=deadline_seconds)
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """Pull the plug and remove the machine."""
        if not self._lock.held:
            return
        self._end()
        self.home.keep_packages()
        self._clear()
        if self._base_lock is not None:
            self._base_lock.drop()
        self._lock.drop()

    def power_on(self, *, deadline_seconds: float = BOOT_SECONDS) -> str:
        """Boot the disk that is there."""
        if self.running:
            raise BoxFailed(f"the box {self.name!r} is on already")
        self._end()
        self._publish()
        with self.home.console.open("ab") as console:
            self._supervisor = subprocess.Popen(
                [
                    *(program("unshare"), "--mount", "--propagation", "private"),
                    *(sys.executable, "-m", "tests.support.box.supervisor", str(self.home.folder)),
                ],
                cwd=CHECKOUT,
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        return self._wait_up(None, deadline_seconds)

    def power_off(self) -> None:
        """Shut it down in good order; the disk stays for :meth:`power_on`."""
        # What systemd takes for "power off".
        os.kill(self.leader, signal.SIGRTMIN + 4)
        try:
            self._process().wait(timeout=_OFF_SECONDS)
        except subprocess.TimeoutExpired:
            raise BoxFailed(f"not off after {_OFF_SECONDS:g} s\n{self.console()}") from None
        finally:
            self._end()

    def reboot(self, *, deadline_seconds: float = BOOT_SECONDS) -> str:
        """As a person does it; the answer is as of :meth:`up`."""
        before = self.leader
        self.run(["systemctl", "reboot"], check=False)
        return self._wait_up(before, deadline_seconds)

    def crash(self, *, deadline_seconds: float = BOOT_SECONDS) -> str:
        """Cut the power, and boot the same disk again.

        What was not synced to a plugged disk is lost.
        """
        devices = list(self._devices.values())
        with self.frozen():
            for device in devices:
                self.shut_file_systems(device)
            os.kill(self.leader, signal.SIGKILL)
        self._end()
        for device in devices:
            await_free(Path("/dev") / device.node)
        return self.power_on(deadline_seconds=deadline_seconds)

    # What it does.

    @property
    def leader(self) -> int:
        """The id, out here, of its process 1."""
        if self._leader is not None and not Path(f"/proc/{self._leader}").exists():
            # It was rebooted, or is off, by something in it.
            self._leader = leader_below(self._process().pid)
        if self._leader is None:
            raise BoxFailed(f"the box {self.name!r} is not running\n{self.console()}")
        return self._leader

    @property
    def running(self) -> bool:
        """Whether it was booted and is not off."""
        return self._supervisor is not None and self._supervisor.poll() is None

    def run(
        self,
        command: Sequence[str],
        *,
        check: bool = True,
        timeout: float = 60,
        input: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the box as root. A bad end is an error unless ``check`` is false."""
        return run(self._inside(command), check=check, timeout=timeout, input=input, shown=command)

    def read(self, path: str) -> str:
        """A file of the box."""
        return self.run(["cat", "--", path]).stdout

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """A file of the box, with its folders."""
        script = 'mkdir -p -- "$(dirname -- "$0")" && cat >"$0" && chmod -- "$1" "$0"'
        self.run(["sh", "-c", script, path, f"{mode:o}"], input=text)

    def put(self, source: Path, path: str, *, timeout: float = 300) -> None:
        """Copy a file of this machine into the box."""
        script = 'mkdir -p -- "$(dirname -- "$0")" && cat >"$0"'
        with source.open("rb") as stream:
            run(self._inside(["sh", "-c", script, path]), stdin=stream, timeout=timeout, shown=["put", path])

    def state(self) -> str:
        """How systemd finds itself: starting, running, degraded…; empty when it can't be asked."""
        try:
            return self.run(["systemctl", "is-system-running"], check=False, timeout=10).stdout.strip()
        except (CommandHung, BoxFailed):
            return ""

    def online(self) -> None:
        """Give it its way out."""
        self.network.online()

    def offline(self) -> None:
        """Take its way out away; this machine still reaches it."""
        self.network.offline()

    def inventory(self, group: str = "appliance") -> Path:
        """For Ansible: this box alone, over SSH."""
        return self.home.inventory(self.address, group)

    def console(self, lines: int = 40) -> str:
        """The end of what the machine and its supervisor said."""
        with contextlib.suppress(OSError):
            said = self.home.console.read_text(errors="replace")
            return "\n".join(said.splitlines()[-lines:])
        return ""

    def journal(self, *options: str, lines: int = 100) -> str:
        """The end of this boot's journal, or of what ``options`` ask for."""
        command = ["journalctl", "--boot", "--no-pager", "--quiet", f"--lines={lines}", *options]
        return self.run(command, check=False).stdout

    def diagnosis(self) -> str:
        """What helps to understand a failed test; never an error."""
        parts = {"console": self.console()}
        with contextlib.suppress(Exception):
            parts["state"] = self.state()
            parts["failed units"] = self.run(["systemctl", "--failed", "--no-pager"], check=False).stdout
            parts["journal"] = self.journal()
        return "\n".join(f"--- {name} of {self.name}\n{text}" for name, text in parts.items())

    # For its disks.

    def show(self, device: Device) -> None:
        """The device is there from now on, and at the next boot."""
        self._devices[device.node] = device
        if not self.running:
            return
        major, minor = map(str, device.number)
        self.run(["mknod", "-m", "660", f"/dev/{device.node}", "b", major, minor])
        self._publish()

    def hide(self, device: Device) -> None:
        """The device is not there any more."""
        self._devices.pop(device.node, None)
        if not self.running:
            return
        self._publish()
        # Since a boot it is bound from outside. Where it is not, umount would take it for the file system on it.
        script = 'if findmnt --mountpoint "$0" >/dev/null; then umount "$0"; fi; rm -f "$0"'
        self.run(["sh", "-c", script, f"/dev/{device.node}"])

    def mounts_of(self, device: Device) -> list[str]:
        """Where the box has it mounted."""
        return mount_points(self.leader, device.number) if self.running else []

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing in the box runs in this time."""
        with self._group.frozen():
            yield

    def shut_file_systems(self, device: Device) -> None:
        """Make the file system on it refuse everything from now on, and write nothing more."""
        for point in self.mounts_of(device):
            shut_down(Path(f"/proc/{self.leader}/root{point}"))

    # Its parts.

    def _prepare(self) -> None:
        self._base = base_root()
        self._base_lock = lock_of(self._base, shared=True)
        self._base_lock.take(wait_seconds=_OFF_SECONDS)
        self.home.make()

    def _publish(self) -> None:
        if self._base is not None:
            self.home.publish(self._base, self.network.namespace, self._devices.values())

    def _inside(self, command: Sequence[str]) -> list[str]:
        """The command line for out here: into its namespaces, and into its control group, to go with it."""
        script = 'echo $$ >"$0/cgroup.procs" && exec "$@"'
        guests = self._group.path / "guests"
        guests.mkdir(exist_ok=True)
        enter = [program("nsenter"), "-t", str(self.leader), *_NAMESPACES]
        return ["sh", "-c", script, str(guests), *enter, "env", "-i", *_ENVIRONMENT, *command]

    def _process(self) -> subprocess.Popen[bytes]:
        if self._supervisor is None:
            raise BoxFailed(f"the box {self.name!r} is not running")
        return self._supervisor

    def _wait_up(self, before: int | None, deadline_seconds: float) -> str:
        """Until systemd, another one than ``before``, has nothing to start any more."""
        supervisor = self._process()
        deadline = time.monotonic() + deadline_seconds
        said = ""
        while time.monotonic() < deadline:
            if supervisor.poll() is not None:
                self._leader = None
                raise BoxFailed(f"the box has ended\n{self.console()}")
            leader = leader_below(supervisor.pid)
            if leader is not None and leader != before:
                self._leader = leader
                said = self.state()
                if said in {"running", "degraded"}:
                    return said
            time.sleep(_POLL_SECONDS)
        raise BoxFailed(f"not up after {deadline_seconds:g} s but {said or 'silent'}\n{self.diagnosis()}")

    def _end(self) -> None:
        """Nothing of it runs after this."""
        self._leader = None
        self._group.kill()
        if self._supervisor is not None:
            if self._supervisor.stdin is not None:
                self._supervisor.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._supervisor.wait(timeout=_OFF_SECONDS)
            self._supervisor = None
        self._group.remove()

    def _clear_killed(self) -> None:
        """Remove this box, and others, as runs that were killed have left them."""
        self._clear()
        for name in names():
            other = Box(name)
            if other._lock.take():
                other._clear()
                other._lock.drop()

    def _clear(self) -> None:
        """Remove all of it, also what a killed run has left."""
        self._end()
        self.network.down()
        self.home.remove()
