"""Other processes that a test needs: starters of the same server, a dead one that nobody collects, another user."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.embedded.place import ServerUser, can_run
from tests.support.waiting import eventually


def run_python(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """This Python with these arguments; its output is kept, errors with it."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def outputs(processes: Sequence[subprocess.Popen[str]]) -> list[str]:
    """What each said, when all have ended well."""
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), said
    return [text.strip() for text in said]


@contextmanager
def zombie(name: str, folder: Path) -> Iterator[int]:
    """The id of a process called ``name`` that has ended and that nobody collects until the end."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    shutil.copy("/bin/true", program)
    process = subprocess.Popen([str(program)])
    eventually(lambda: ") Z" in Path(f"/proc/{process.pid}/stat").read_text())
    try:
        yield process.pid
    finally:
        process.wait()


def plain_user() -> ServerUser:
    """Somebody else than root who can run this Python; the test is skipped where there is nobody."""
    if os.geteuid() != 0:
        pytest.skip("is a plain user already")
    entry = pwd.getpwnam("nobody")
    user = ServerUser(entry.pw_uid, entry.pw_gid, entry.pw_name)
    package = Path(__file__).parents[2] / "pyproject.toml"
    if not can_run(user, Path(sys.executable).resolve()) or not can_run(
        user, Path(sys.executable).parent / "pip"
    ):
        pytest.skip("this Python is closed to other users")
    if not os.access(package, os.R_OK) or any(
        not part.stat().st_mode & 0o001 for part in Path(package).parents
    ):
        pytest.skip("this checkout is closed to other users")
    return user
