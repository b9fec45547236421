"""Run a program that ends when its parent ends: ``python leash.py PARENT_PID PROGRAM ARGUMENT...``.

Linux tells a child of its parent's death on request (``PR_SET_PDEATHSIG``); the request survives ``exec``. The
program is asked to end by SIGTERM, so that it can give back what it holds. Elsewhere the program just runs.
This file is run by its path and needs nothing but the standard library.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, make sure that the parent is still there, and become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - the arguments come from our own supervisor


if __name__ == "__main__":
    main()
