"""Programs that are run to their end, or to their deadline."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

#: Administrators' programs are not on everybody's path.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])

_SHOWN_CHARACTERS = 6000


class CommandFailed(subprocess.CalledProcessError):
    """A program ended badly; its last words are in the message."""

    def __str__(self) -> str:
        said = f"{self.stdout or ''}{self.stderr or ''}"
        return f"{super().__str__()}\n{said[-_SHOWN_CHARACTERS:]}"


class CommandHung(subprocess.TimeoutExpired):
    """A program was not done in time and is no more."""

    def __str__(self) -> str:
        return f"{super().__str__()}\n{str(self.output or '')[-_SHOWN_CHARACTERS:]}"


def program(name: str) -> str:
    """Its path, or its name where it is missing, so that running it says so."""
    return shutil.which(name, path=PATH) or name


def run(
    command: Sequence[str | Path],
    *,
    check: bool = True,
    timeout: float = 60,
    input: str | None = None,
    stdin: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    merged: bool = False,
    shown: Sequence[str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """What it said. After ``timeout`` seconds it is killed, with everything in its process group.

    ``shown`` is the command that errors are about, where another one is wrapped around it.
    """
    words = [program(str(command[0])), *map(str, command[1:])]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE if input is not None else (stdin or subprocess.DEVNULL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        text=True,
        errors="replace",
        env=env,
        cwd=cwd,
        start_new_session=True,
    ) as process:
        try:
            said, complained = process.communicate(input, timeout=timeout)
        except BaseException as error:
            end_group(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise CommandHung(shown or words, timeout, _remains(process)) from None
            raise
    done = subprocess.CompletedProcess(shown or words, process.returncode, said, complained)
    if check and done.returncode != 0:
        raise CommandFailed(done.returncode, done.args, done.stdout, done.stderr)
    return done


def end_group(process: subprocess.Popen[str]) -> None:
    """Kill it and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _remains(process: subprocess.Popen[str]) -> str:
    """What it had said; one that it started and that got away may still hold its output open."""
    with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
        said, complained = process.communicate(timeout=1)
        return f"{said or ''}{complained or ''}"
    return ""
