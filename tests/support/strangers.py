"""Somebody on another network than the home's, who can reach the machine all the same."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.support.household import Household
from tests.support.waiting import eventually

_OURS, _THEIRS = "100.64.9.1/30", "100.64.9.2/30"

#: Where, on the machine, a program listens that turns nobody away.
_OPEN_PORT = 9000


@contextmanager
def stranger(home: Household) -> Iterator[str]:
    """The machine's address on that network, which reaches everything that is not closed."""
    link = home.box.network.link
    subprocess.run(["ip", "address", "add", _OURS, "dev", link], check=True)  # noqa: S607
    home.box.run(["ip", "address", "add", _THEIRS, "dev", "eth0"])
    home.box.run(["systemd-run", "--unit=anybody", "python3", "-m", "http.server", str(_OPEN_PORT)])
    address = _THEIRS.partition("/")[0]
    try:
        eventually(lambda: answers(f"http://{address}:{_OPEN_PORT}/"), deadline_seconds=30)
        yield address
    finally:
        home.box.run(["systemctl", "stop", "anybody"], check=False)
        home.box.run(["ip", "address", "del", _THEIRS, "dev", "eth0"])
        subprocess.run(["ip", "address", "del", _OURS, "dev", link], check=True)  # noqa: S607


def answers(url: str) -> bool:
    """Whether anybody answers there within three seconds."""
    try:
        return httpx.get(url, timeout=3, trust_env=False).is_success
    except httpx.HTTPError:
        return False
