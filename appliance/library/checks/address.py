"""The address that a server which is about to start will take: whether it is free."""

import errno
import re
import socket
from pathlib import Path

import httpx

from appliance.library.checks.common import Subject, aside, failure, ok, skipped, warning
from appliance.library.checks.folders import write_problem
from appliance.library.checks.server import ask, is_ours
from appliance.library.checks.systemd import show
from appliance.library.checks.units import SOCKET
from appliance.records.doctor import Finding

_NAME = "server.address"


async def look(subject: Subject) -> tuple[Finding, ...]:
    """Whether the server could take its address."""
    return tuple(await _free(subject.settings.bind))


async def _free(bind: str) -> list[Finding]:
    if bind.startswith("fd://"):
        return await _held_by_systemd()
    if bind.startswith("unix:"):
        return [await _free_path(Path(bind.removeprefix("unix:")), bind)]
    return [await _free_port(bind)]


async def _held_by_systemd() -> list[Finding]:
    units = await show(SOCKET)
    unit = units.get(SOCKET) if units else None
    if unit is None or unit.load != "loaded":
        return [skipped(_NAME, f"The address is {SOCKET}'s, which is not installed here.")]
    if unit.active == "active":
        return [ok(_NAME, f"systemd holds {', '.join(unit.listen)} for the server.")]
    found = [re.match(r"(.+:\d+) \(Stream\)", line) for line in unit.listen]
    return [await _free_port(each[1]) for each in found if each]


async def _free_port(bind: str) -> Finding:
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        await aside(lambda: _take(host, int(port)))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return await _taken(
                bind, f"ss -ltnp 'sport = :{port}' says by which; end it, or set another BIND."
            )
        return _refused(bind, error)
    return ok(_NAME, f"{bind} is free.")


def _take(host: str, port: int) -> None:
    """Take the address as the server does, and let it go; nobody can connect meanwhile."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as taken:
        # Else a server that ended a moment ago would be in the way.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))


def _refused(bind: str, error: OSError) -> Finding:
    text = f"{bind} can't be taken: {error.strerror or error}."
    if error.errno == errno.EACCES:
        return failure(
            _NAME, text, "Set BIND to a port from 1024 on, and put a proxy before it for the others."
        )
    return failure(
        _NAME, text, "Set BIND to an address that this machine has (ip address), or to 0.0.0.0:PORT."
    )


async def _taken(bind: str, remedy: str) -> Finding:
    try:
        has_us = is_ours(await ask(bind))
    except httpx.HTTPError:
        has_us = False
    if has_us:
        text = f"Scene-Sense answers at {bind} already."
        return warning(_NAME, text, "If that is another installation, set another BIND.")
    return failure(_NAME, f"{bind} is taken by another program.", remedy)


async def _free_path(path: Path, bind: str) -> Finding:
    if await aside(lambda: _listens(path)):
        return await _taken(bind, f"ss -lxp 'src = {path}' says by which; end it, or set another BIND.")
    problem = await aside(lambda: _path_problem(path))
    if problem is not None:
        return failure(_NAME, f"{bind} can't be made: {problem}.", "Mend that, or set another BIND.")
    return ok(_NAME, f"{bind} is free.")


def _path_problem(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.exists() and not path.is_socket():
        return "what is there is no socket"
    return write_problem(path.parent)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True
