"""Small file systems of their own, for tests of what happens when one is lost or full. Only root can make them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted_tmpfs(point: Path, *, megabytes: int) -> Iterator[None]:
    """A file system of this size at ``point``; skips the test where that can't be done."""
    program = shutil.which("mount")
    if os.geteuid() != 0 or program is None:
        pytest.skip("only root can mount a file system")
    done = subprocess.run(
        [program, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(point)],
        check=False,
        capture_output=True,
    )
    if done.returncode != 0:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        unmount(point)


def bind(source: Path, point: Path) -> None:
    """Let ``point`` show what is at ``source``."""
    program = shutil.which("mount") or "mount"
    subprocess.run([program, "--bind", str(source), str(point)], check=True)


def remount(point: Path, options: str) -> None:
    """Change how the file system at ``point`` is mounted, for example ``ro``."""
    program = shutil.which("mount") or "mount"
    subprocess.run([program, "-o", f"remount,{options}", str(point)], check=True)


def unmount(point: Path) -> None:
    """Take away the file system that is on top at ``point``, if there is one."""
    program = shutil.which("umount") or "umount"
    subprocess.run([program, "--lazy", str(point)], check=False, capture_output=True)
