"""Runs shellcheck over every shell script that git knows."""

import subprocess
import sys
from pathlib import Path

from scripts.gates.tools import ROOT, LeftOut, left_out, need, report, said


def shell_scripts() -> list[Path]:
    """The files that begin as a shell script does."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file() and _begins_as_one(path)]


def _begins_as_one(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(64)
    return first.startswith(b"#!") and first.rstrip().endswith((b"/sh", b"bash"))


def main() -> int:
    """The exit code."""
    try:
        code, output = said([need("shellcheck", "shellcheck"), *shell_scripts()])
    except LeftOut as reason:
        return left_out(reason)
    return report([] if code == 0 else [output])


if __name__ == "__main__":
    sys.exit(main())
