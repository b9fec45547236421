"""Looks over ``systemd/``: loads each unit as systemd would, scores what it may do, wants a reason for each line.

``systemd-analyze security`` gives an exposure from 0 (nothing) to 10; the limits here are ours.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.gates.tools import ROOT, LeftOut, left_out, need, report, said

UNITS = ROOT / "systemd"

#: The most exposure of what runs for long, and of what runs and ends.
LIMITS = {
    "scene-sense-web.service": 1.5,
    "scene-sense-encoder.service": 1.5,
    "scene-sense-worker.service": 1.0,
}
LIMIT = 1.0

#: Where the services' programs are, in the units.
BIN = Path("opt/scene-sense/current/venv/bin")
PROGRAMS = ("scene-sense", "scene-sense-web", "scene-sense-worker", "scene-sense-encoder")

#: Keys that systemd before 254 does not know yet; Debian 13 has 257.
_NEWER = ("ImportCredential", "RestartSteps", "RestartMaxDelaySec")


def unit_files(folder: Path) -> list[Path]:
    """The units of a folder."""
    return sorted(
        path for path in folder.iterdir() if path.suffix in {".service", ".socket", ".timer", ".target"}
    )


def lines_without_reason(path: Path) -> list[str]:
    """Settings that no comment stands above, in their paragraph; names and sections need none."""
    found, explained = [], False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text:
            explained = False
        elif text.startswith("#"):
            explained = True
        elif not text.startswith("[") and not explained and not _explains_itself(text):
            found.append(f"{path.name}:{number}: no reason is given for {text}")
    return found


def _explains_itself(line: str) -> bool:
    return line.startswith(("Description=", "WantedBy=", "ExecStart="))


def stage(folder: Path, root: Path) -> None:
    """Make ``root`` look like a machine with these units and their programs installed."""
    system = root / "usr/lib/systemd/system"
    shutil.copytree("/usr/lib/systemd/system", system, symlinks=True, ignore_dangling_symlinks=True)
    (root / BIN).mkdir(parents=True)
    for program in PROGRAMS:
        (root / BIN / program).write_text("#!/bin/sh\n", encoding="ascii")
        (root / BIN / program).chmod(0o755)
    own = root / "etc/systemd/system"
    own.mkdir(parents=True)
    for unit in unit_files(folder):
        shutil.copy2(unit, own)


def problems_of(folder: Path) -> list[str]:
    """One line for each thing that is wrong with the units of ``folder``.

    Raises:
        LeftOut: systemd is not here.
    """
    analyze = need("systemd-analyze", "systemd")
    with tempfile.TemporaryDirectory(prefix="scene-sense-units-") as scratch:
        root = Path(scratch) / "root"
        stage(folder, root)
        names = [unit.name for unit in unit_files(folder)]
        _, output = said([analyze, "verify", "--man=no", f"--root={root}", *names])
        found = [line for line in output.splitlines() if _is_ours(line)]
        for name in names:
            if name.endswith(".service"):
                found += _exposure(analyze, root, name)
    return found + [line for unit in unit_files(folder) for line in lines_without_reason(unit)]


def _is_ours(line: str) -> bool:
    newer = any(f"Unknown key '{key}'" in line or f"Unknown key name '{key}'" in line for key in _NEWER)
    return "scene-sense" in line and not newer


def _exposure(analyze: str, root: Path, name: str) -> list[str]:
    _, output = said([analyze, "security", "--no-pager", "--offline=true", f"--root={root}", name])
    score = re.search(r"exposure level for \S+: ([\d.]+)", output)
    if score is None:
        return [f"{name}: its exposure can't be told: {output.strip()[-200:]}"]
    limit = LIMITS.get(name, LIMIT)
    print(f"{name}: exposure {score[1]} of at most {limit}")
    return [] if float(score[1]) <= limit else [f"{name}: its exposure is {score[1]}, more than {limit}"]


def main() -> int:
    """The exit code."""
    try:
        return report(problems_of(UNITS))
    except LeftOut as reason:
        return left_out(reason)


if __name__ == "__main__":
    sys.exit(main())
