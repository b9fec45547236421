"""What systemd says of the units, asked without being root."""

import asyncio
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.library.checks.common import aside

#: There where systemd is the system's manager; sd_booted(3).
BOOTED = Path("/run/systemd/system")

#: A manager that does not answer by then is not waited for, seconds.
_PATIENCE_SECONDS = 4.0

_PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "NRestarts", "UnitFileState", "AssertResult",
    "AssertTimestampMonotonic", "LastTriggerUSec", "NextElapseUSecRealtime", "Listen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as systemd shows it; what does not concern its kind is empty."""

    name: str
    #: ``loaded``; ``not-found`` where it is not installed; ``masked``, ``bad-setting``, ``error``.
    load: str
    #: ``active``, ``inactive``, ``failed``, ``activating``, ``deactivating``.
    active: str
    #: More exactly, for example ``running``, ``waiting``, ``auto-restart``.
    sub: str
    #: Of its last run: ``success``, or what went wrong.
    result: str
    restarts: int
    #: Whether it starts at boot: ``enabled``, ``disabled``, ``static``.
    at_boot: str
    #: Whether it was not started because of what it asserts; all of ours that assert something need the disk.
    lacks_disk: bool
    #: When a timer last went off, and when it will, as systemd writes times; empty for never, and for one that
    #: counts from something else.
    last: str
    next: str
    #: The addresses of a socket, for example ``[::]:8020 (Stream)``.
    listen: tuple[str, ...]


async def answer_of(program: str, *arguments: str) -> str | None:
    """What the program prints; None when it is not there, fails, or takes too long."""
    path = shutil.which(program)
    if path is None:
        return None
    process = await asyncio.create_subprocess_exec(
        path,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0"},
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _PATIENCE_SECONDS)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            # Not for long: a process that the kernel holds can't be ended.
            await asyncio.wait({asyncio.create_task(process.wait())}, timeout=0.5)
    return said.decode(errors="replace") if process.returncode == 0 else None


async def show(*names: str) -> dict[str, Unit] | None:
    """The units by name; None when systemd does not manage this system, or does not answer."""
    if not await aside(BOOTED.exists):
        return None
    said = await answer_of("systemctl", "show", f"--property={','.join(_PROPERTIES)}", "--", *names)
    if said is None:
        return None
    units = [_read(block) for block in said.split("\n\n") if block.strip()]
    return {unit.name: unit for unit in units}


def moment(text: str) -> datetime | None:
    """A time as systemd writes it, ``Wed 2026-11-25 13:30:11 UTC``; None for anything else."""
    try:
        _, day, hour, zone = text.split(" ")
        naive = datetime.fromisoformat(f"{day} {hour}")
    except ValueError:
        return None
    # It writes UTC, or the zone of the machine.
    return naive.replace(tzinfo=UTC) if zone == "UTC" else naive.astimezone()


def _read(block: str) -> Unit:
    values: dict[str, list[str]] = {}
    for line in block.splitlines():
        name, _, value = line.partition("=")
        values.setdefault(name, []).append(value)

    def text(name: str) -> str:
        value = values.get(name, [""])[0]
        return "" if value in {"n/a", "infinity", "0"} else value

    restarts = text("NRestarts")
    return Unit(
        name=text("Id"),
        load=text("LoadState"),
        active=text("ActiveState"),
        sub=text("SubState"),
        result=text("Result"),
        restarts=int(restarts) if restarts.isdigit() else 0,
        at_boot=text("UnitFileState"),
        # A unit that was never started has not looked, and says no as well.
        lacks_disk=text("AssertResult") == "no" and bool(text("AssertTimestampMonotonic")),
        last=text("LastTriggerUSec"),
        next=text("NextElapseUSecRealtime"),
        listen=tuple(values.get("Listen", ())),
    )
