"""The services, the socket, the timers and the disk's mount, where systemd runs them."""

from datetime import timedelta

from appliance import clock
from appliance.library.checks.common import failure, ok, skipped, warning
from appliance.library.checks.systemd import Unit, moment, show
from appliance.library.checks.volume import MOUNT_UNIT
from appliance.records.doctor import Finding

TARGET = "scene-sense.target"
SOCKET = "scene-sense-web.socket"
WORKER = "scene-sense-worker.service"
MIGRATE = "scene-sense-migrate.service"
SERVERS = ("scene-sense-web.service", WORKER)
#: After this long without one a run hangs or is not begun; they are due four times an hour, every minute, nightly.
INTERVALS = {
    "scene-sense-purge.timer": timedelta(hours=2),
    "scene-sense-sweep.timer": timedelta(hours=1),
    "scene-sense-scrub.timer": timedelta(hours=26),
}
TIMERS = tuple(INTERVALS)
RUNS = ("scene-sense-purge.service", "scene-sense-sweep.service", "scene-sense-scrub.service")
DISK = (MOUNT_UNIT, "scene-sense-storage.path")
ALL = (TARGET, SOCKET, *SERVERS, MIGRATE, *TIMERS, *RUNS, *DISK)

#: A service that was restarted more often than this since it was started is not well.
MANY_RESTARTS = 3


async def look() -> tuple[Finding, ...]:
    """How each unit is."""
    units = await show(*ALL)
    if units is None:
        return (skipped("units", "systemd does not run this system, or does not answer."),)
    if not any(name in units and units[name].load == "loaded" for name in (TARGET, *SERVERS)):
        return (skipped("units", "Scene-Sense is not installed as services here."),)
    return tuple(_finding(units[name]) for name in ALL if _is_expected(units.get(name)))


def _is_expected(unit: Unit | None) -> bool:
    # The disk is a unit of its own only where the playbook made one.
    return unit is not None and (unit.name not in DISK or unit.load == "loaded")


def _finding(unit: Unit) -> Finding:
    name = f"unit.{unit.name}"
    journal = f"journalctl -u {_quoted(unit.name)} -e"
    if unit.load != "loaded":
        return failure(name, f"It is not there ({unit.load}).", "Run the playbook again.")
    if unit.active == "failed" or unit.result not in {"", "success"} or unit.sub == "auto-restart":
        return failure(name, f"Its last run ended badly ({unit.result or unit.sub}).", journal)
    if unit.name in (*TIMERS, *RUNS):
        return _periodic(name, unit)
    if unit.active == "active":
        return _active(name, unit, journal)
    if unit.active in {"activating", "deactivating", "reloading"}:
        return _between(name, unit, journal)
    return _inactive(name, unit)


def _between(name: str, unit: Unit, journal: str) -> Finding:
    if unit.restarts:
        return failure(name, f"It does not come up; this is try {unit.restarts + 1}.", journal)
    return warning(name, f"It is {unit.active} ({unit.sub}).", f"Wait a moment; {journal}")


def _active(name: str, unit: Unit, journal: str) -> Finding:
    if unit.restarts > MANY_RESTARTS and unit.name in SERVERS:
        text = f"It runs, and was restarted {unit.restarts} times since it was started."
        return warning(name, text, journal)
    if unit.name == TARGET and unit.at_boot == "disabled":
        return warning(name, "It runs, but does not start at boot.", f"systemctl enable {TARGET}")
    return ok(name, f"It is active ({unit.sub}).")


def _inactive(name: str, unit: Unit) -> Finding:
    if unit.name == MOUNT_UNIT:
        return failure(
            name,
            "The disk of the originals is not mounted.",
            f"Plug it in; systemctl start {_quoted(MOUNT_UNIT)}",
        )
    if unit.lacks_disk:
        text = "It does not run, as the disk of the originals is not mounted."
        return failure(name, text, f"Plug it in; systemctl start {_quoted(MOUNT_UNIT)} {unit.name}")
    return failure(name, f"It does not run ({unit.active}).", f"systemctl start {unit.name}")


def _periodic(name: str, unit: Unit) -> Finding:
    if unit.name in RUNS and unit.lacks_disk:
        return warning(
            name, "It was left out, as the disk of the originals is not mounted.", "Mount the disk."
        )
    if unit.name in RUNS:
        return ok(
            name, "It runs now." if unit.active == "activating" else "Nothing is wrong with its last run."
        )
    if unit.active != "active":
        return failure(name, f"It does not run ({unit.active}).", f"systemctl start {unit.name}")
    if unit.sub == "elapsed":
        return failure(name, "It is not going to go off again.", f"systemctl restart {unit.name}")
    if _is_late(unit):
        run = unit.name.replace(".timer", ".service")
        text = f"It last went off {unit.last}, and nothing has come since."
        return warning(name, text, f"Its run may hang: systemctl status {run}; journalctl -u {run} -e")
    last = f"It last went off {unit.last}" if unit.last else "It has not gone off yet"
    return ok(name, f"{last}{f', next {unit.next}' if unit.next else ''}.")


def _is_late(unit: Unit) -> bool:
    last, after = moment(unit.last), moment(unit.next)
    # A machine that was off goes on by its plan.
    is_planned = after is not None and after > clock.now()
    return last is not None and not is_planned and clock.now() - last > INTERVALS[unit.name]


def _quoted(name: str) -> str:
    return f"'{name}'" if "\\" in name else name
