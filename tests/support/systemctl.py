"""A stand-in for systemctl(1) that shows what it is told to.

The real one can't be made to misbehave in all ways at will; that our units are read rightly from the real one is
seen by the tests of the provisioned machine. The words here were written down from systemd 257.
"""

import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.clock import now
from appliance.library.checks import systemd
from appliance.library.checks.units import ALL, MIGRATE, RUNS, SOCKET, TARGET, TIMERS

Shown = dict[str, dict[str, str]]

_PROGRAM = """#!{python}
import json, sys
units = json.load(open({state!r}))
names = sys.argv[sys.argv.index("--") + 1:]
print("\\n\\n".join("\\n".join(f"{{k}}={{v}}" for k, v in units[name].items()) for name in names))
"""


def moment(from_now: timedelta) -> str:
    """A time as systemd writes it."""
    return f"{now() + from_now:%a %Y-%m-%d %H:%M:%S UTC}"


def healthy() -> Shown:
    """All units of a machine on which everything runs."""
    plain = {
        "LoadState": "loaded", "ActiveState": "active", "SubState": "running", "Result": "success", "NRestarts": "0",
        "UnitFileState": "static", "AssertResult": "yes", "AssertTimestampMonotonic": "4066994835",
    }  # fmt: skip
    shown: Shown = {name: {"Id": name} | plain for name in ALL}
    shown[TARGET] |= {"SubState": "active", "UnitFileState": "enabled"}
    shown[SOCKET] |= {"SubState": "listening", "Listen": "[::]:8020 (Stream)"}
    shown[MIGRATE] |= {"SubState": "exited"}
    for name in TIMERS:
        shown[name] |= {
            "SubState": "waiting",
            "LastTriggerUSec": moment(timedelta(minutes=-5)),
            "NextElapseUSecRealtime": moment(timedelta(minutes=10)),
        }
    for name in RUNS:
        # Never started since the boot; its assertion says no, and was not looked at.
        shown[name] |= {"ActiveState": "inactive", "SubState": "dead", "AssertResult": "no"}
        shown[name] |= {"AssertTimestampMonotonic": "0"}
    return shown


def put_in_place(folder: Path, patch: pytest.MonkeyPatch, shown: Mapping[str, Mapping[str, str]]) -> None:
    """From here on systemd seems to run this machine, with these units."""
    folder.mkdir(exist_ok=True)
    state, program = folder / "units.json", folder / "systemctl"
    state.write_text(json.dumps(shown))
    program.write_text(_PROGRAM.format(python=sys.executable, state=str(state)))
    program.chmod(0o755)
    patch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    patch.setattr(systemd, "BOOTED", folder)
