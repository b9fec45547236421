"""Programs that a gate needs from the system: without one, it is left out here and fails under CI."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


class LeftOut(Exception):
    """Why a gate can't be run on this machine."""


def need(program: str, package: str) -> str:
    """The program's path.

    Raises:
        LeftOut: it is not here.
    """
    path = shutil.which(program)
    if path is None:
        raise LeftOut(f"{program} is not here (Debian: apt install {package})")
    return path


def said(
    command: list[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """The exit code of a command, and all that it said."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def report(problems: list[str]) -> int:
    """Print what is wrong, and the exit code that says so."""
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def left_out(reason: LeftOut) -> int:
    """Say why nothing was looked at; 1 under CI, where everything has to be there."""
    print(f"left out: {reason}")
    return 1 if os.environ.get("CI") == "true" else 0
