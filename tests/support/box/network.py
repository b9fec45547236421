"""A box's network: a link to this machine, and a way out that can be cut."""

import contextlib
import os
import select
import subprocess
import time
import zlib
from ipaddress import IPv4Address

from tests.support.box.commands import program, run

#: What answers inside the box, as long as there is a way out.
RESOLVER = "10.0.2.3"

_SECONDS = 15.0
_POLL_SECONDS = 0.05

#: A range for tests between networks, RFC 2544; it never leaves this machine.
_RANGE = IPv4Address("198.19.0.0")


def addresses(name: str) -> tuple[str, str]:
    """This machine's and the box's, of a small network for this name."""
    network = _RANGE + zlib.crc32(name.encode()) % 2**14 * 4
    return str(network + 1), str(network + 2)


class Network:
    """The namespace of one box. Nothing of this machine's own network is changed but for one link more."""

    def __init__(self, name: str, host_address: str, address: str) -> None:
        self.namespace = f"scene-sense-box-{name}"
        self.host_address = host_address
        self.address = address
        #: The end of the link on this machine.
        self.link = f"ssbox-{name}"
        self._way_out: subprocess.Popen[bytes] | None = None
        self._hold: int | None = None

    def up(self) -> None:
        """Namespace, link and way out."""
        run(["ip", "netns", "add", self.namespace])
        inside = ["ip", "-n", self.namespace]
        peer = ["peer", "name", "eth0", "netns", self.namespace]
        run(["ip", "link", "add", self.link, "type", "veth", *peer])
        run(["ip", "address", "add", f"{self.host_address}/30", "dev", self.link])
        run(["ip", "link", "set", self.link, "up"])
        run([*inside, "link", "set", "lo", "up"])
        run([*inside, "address", "add", f"{self.address}/30", "dev", "eth0"])
        run([*inside, "link", "set", "eth0", "up"])
        self.online()

    def online(self) -> None:
        """Give it a way out: addresses are translated by a process, so nothing has to be forwarded here."""
        if self._way_out is not None and self._way_out.poll() is None:
            return
        self.offline()
        # It ends when the other end of this pipe is closed, which the kernel does when we are killed.
        end_read, self._hold = os.pipe()
        ready_read, ready_write = os.pipe()
        try:
            self._way_out = subprocess.Popen(
                [
                    program("slirp4netns"),
                    *("--configure", "--mtu=65520", "--disable-host-loopback", "--netns-type=path"),
                    *(f"--exit-fd={end_read}", f"--ready-fd={ready_write}"),
                    *(f"/run/netns/{self.namespace}", "tap0"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(end_read, ready_write),
                start_new_session=True,
            )
            os.close(ready_write)
            ready_write = -1
            readable, _, _ = select.select([ready_read], [], [], _SECONDS)
            if not readable or not os.read(ready_read, 1):
                self.offline()
                raise RuntimeError("slirp4netns did not come up")
        finally:
            for descriptor in (end_read, ready_read, ready_write):
                if descriptor >= 0:
                    os.close(descriptor)

    def offline(self) -> None:
        """Take the way out away; the link to this machine stays."""
        if self._way_out is None:
            return
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None
        self._way_out.terminate()
        try:
            self._way_out.wait(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            self._way_out.kill()
            self._way_out.wait(timeout=_SECONDS)
        self._way_out = None
        deadline = time.monotonic() + _SECONDS
        while run(["ip", "-n", self.namespace, "link", "show", "tap0"], check=False).returncode == 0:
            if time.monotonic() > deadline:
                raise RuntimeError("the way out is still there")
            time.sleep(_POLL_SECONDS)

    def down(self) -> None:
        """Remove all of it, also what an earlier run left."""
        with contextlib.suppress(RuntimeError):
            self.offline()
        run(["ip", "link", "del", self.link], check=False)
        run(["ip", "netns", "del", self.namespace], check=False)
