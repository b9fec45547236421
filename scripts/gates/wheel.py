"""Builds the wheel and compares what is in it with what should be: every file of the packages, and the built page.

What should be in it is what git knows below the three packages, without the page's sources; beside that only the
page's build and the wheel's own description are allowed.
"""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from scripts.gates.tools import ROOT, report, said

PACKAGES = ("appliance", "web", "workers")

#: Without these, the wheel serves no page, finds no picture, or can't be given to anybody.
ESSENTIAL = (
    "web/static/index.html",
    "appliance/clip/starter/visual/model.onnx",
    "appliance/clip/starter/textual/model.onnx",
    "appliance/clip/starter/NOTICE.md",
    "appliance/clip/catalogue.json",
    "web/openapi.json",
)


def expected() -> set[str]:
    """The files of the packages that git knows, or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        name
        for name in listed.stdout.splitlines()
        if not name.startswith("web/ui/") and (ROOT / name).is_file()
    }


def differences(inside: Iterable[str], wanted: set[str]) -> list[str]:
    """What a wheel has too much, and what it lacks."""
    names = set(inside)
    page = {name for name in names if name.startswith("web/static/")}
    described = {name for name in names if ".dist-info/" in name}
    found = [
        f"the wheel has {name}, which nobody asked for" for name in sorted(names - wanted - page - described)
    ]
    found += [f"the wheel lacks {name}" for name in sorted((wanted | set(ESSENTIAL)) - names)]
    if not any("licenses/LICENSE" in name for name in described):
        found.append("the wheel lacks its licence")
    return found


def main() -> int:
    """The exit code."""
    with tempfile.TemporaryDirectory(prefix="scene-sense-wheel-") as scratch:
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "-w",
            scratch,
            ROOT,
        ]
        code, output = said(command)
        if code != 0:
            return report([output])
        with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as wheel:
            names = wheel.namelist()
    print(f"{len(names)} files, {sum(name.startswith('web/static/') for name in names)} of them the page")
    return report(differences(names, expected()))


if __name__ == "__main__":
    sys.exit(main())
