"""What is true of a process that somebody else may have started, and how to wait for it or end it.

A process id in a file proves nothing: its process may be dead, a zombie that nobody collects (a container
without an init), or a stranger that was given the same number. ``is_running`` therefore looks at the process
itself: its name, its state and the folder that it works in.
"""

import fcntl
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: How often a condition is looked at while waiting, seconds.
POLL_SECONDS = 0.02

_PROC = Path("/proc")


def is_running(pid: int, *, name: str, folder: Path) -> bool:
    """Whether ``pid`` is a live program called ``name`` that works in ``folder``.

    Where the folder can't be read (another user's process, a system without /proc) the rest decides.
    """
    if pid <= 0:
        return False
    if not (_PROC / "self/stat").exists():
        return _may_signal(pid)
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    # The name stands in brackets and may itself hold brackets and spaces.
    called, state = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2]
    if state in "ZX" or not called.startswith(name[:15]):
        return False
    try:
        return (_PROC / str(pid) / "cwd").readlink() == folder
    except OSError:
        return True


def _may_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_pid(path: Path) -> int:
    """The process id on the first line of ``path``; 0 when there is none."""
    try:
        return int(path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether ``condition`` came true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end(
    pid: int,
    running: Callable[[], bool],
    *,
    signals: tuple[signal.Signals, ...],
    seconds_each: float,
) -> bool:
    """Send ``signals`` one after the other until ``running`` says no; whether it ended."""
    for number in signals:
        if not running():
            return True
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: not running(), seconds=seconds_each):
            return True
    return not running()


def listens(path: Path, *, seconds: float = 1.0) -> bool:
    """Whether somebody accepts connections on the Unix socket ``path``."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(path))
    except OSError:
        return False
    return True


def listener_pid(path: Path) -> int:
    """The process that listens on the Unix socket ``path``, as the kernel knows it; 0 where that can't be told."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return 0
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            credentials = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    except OSError:
        return 0
    return int(struct.unpack("3i", credentials)[0])


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """One holder of ``path`` at a time, waiting for it; the kernel lets go of it when the holder dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
