"""Tells the service manager how this process is: ready, stopping, still alive. Without one, nothing is sent.

The protocol is sd_notify(3): one datagram of ``NAME=value`` lines to the Unix socket in ``NOTIFY_SOCKET``. The
manager ends and restarts a process whose watchdog message stays out for ``WATCHDOG_USEC`` microseconds.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

#: The alive message is sent this many times within the time that the manager waits for it.
_BEATS = 3


def notify(*lines: str) -> None:
    """Send ``READY=1``, ``STOPPING=1``, ``STATUS=…`` to the manager; a manager that does not listen is no error."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # Linux's abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.setblocking(False)
            channel.sendto("\n".join(lines).encode(), address)
    except OSError as error:
        log.warning("the service manager can't be told %s: %s", lines[0], error)


def watchdog_seconds(environment: Mapping[str, str] | None = None) -> float | None:
    """How long the manager waits for a sign of life, seconds; None when it does not wait for this process."""
    environment = os.environ if environment is None else environment
    try:
        microseconds = int(environment.get("WATCHDOG_USEC", "0"))
        process = int(environment.get("WATCHDOG_PID", os.getpid()))
    except ValueError:
        return None
    return microseconds / 1e6 if microseconds > 0 and process == os.getpid() else None


async def keep_watchdog() -> None:
    """Tell the manager again and again that this event loop runs, until cancelled."""
    seconds = watchdog_seconds()
    while seconds is not None:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds / _BEATS)
