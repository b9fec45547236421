"""What hostile pictures make a decoder do, as functions for its children."""

import ctypes
import os
import resource
import signal
import socket
from pathlib import Path
from typing import Any

Answer = tuple[dict[str, Any], list[bytes]]


def misbehave(request: dict[str, Any], fds: list[int]) -> Answer:
    """Do what the request names."""
    return _DEEDS[request["deed"]](request, fds)


def _echo(request: dict[str, Any], fds: list[int]) -> Answer:
    return {"said": request["say"], "pid": os.getpid()}, [os.pread(fd, 1000, 0) for fd in fds]


def _spin(request: dict[str, Any], fds: list[int]) -> Answer:
    while True:
        pass


def _allocate(request: dict[str, Any], fds: list[int]) -> Answer:
    held = []
    while True:
        held.append(bytearray(16 * 1024 * 1024))


def _allocate_stubbornly(request: dict[str, Any], fds: list[int]) -> Answer:
    held: list[bytearray] = []
    while True:
        try:
            held.append(bytearray(16 * 1024 * 1024))
        except MemoryError:
            continue


def _kill_itself(request: dict[str, Any], fds: list[int]) -> Answer:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def _crash(request: dict[str, Any], fds: list[int]) -> Answer:
    ctypes.string_at(0)
    raise AssertionError("still alive")


def _raise(request: dict[str, Any], fds: list[int]) -> Answer:
    raise ZeroDivisionError("by design")


def _answer_endlessly(request: dict[str, Any], fds: list[int]) -> Answer:
    # Behind the protocol's back, as code would that had taken the process over.
    channel = socket.socket(fileno=3)
    while True:
        channel.sendall(b"\x7f" * 65536)


def _rights(request: dict[str, Any], fds: list[int]) -> Answer:
    def refused(path: str, flags: int) -> bool:
        try:
            os.close(os.open(path, flags, 0o600))
        except OSError:
            return True
        return False

    def cannot_write() -> bool:
        try:
            os.write(os.memfd_create("x"), b"x")
        except OSError:
            return True
        return False

    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {
        "uid": os.getuid(),
        "groups": os.getgroups(),
        "no_new_privs": status["NoNewPrivs"],
        "cannot_write": cannot_write(),
        "cannot_read_shadow": refused("/etc/shadow", os.O_RDONLY),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "environment": sorted(os.environ),
        "fds": len(list(Path("/proc/self/fd").iterdir())),
    }, []


_DEEDS = {
    "echo": _echo,
    "spin": _spin,
    "allocate": _allocate,
    "allocate stubbornly": _allocate_stubbornly,
    "kill itself": _kill_itself,
    "crash": _crash,
    "raise": _raise,
    "answer endlessly": _answer_endlessly,
    "rights": _rights,
}
