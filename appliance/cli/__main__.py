"""The program ``scene-sense``: takes Ctrl-C quietly from its first moment on, and becomes the command line."""

import os
import signal
from pathlib import Path


def main() -> None:
    """Load the command line, which takes a good part of a second, and run it."""
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:
        # Nothing has been begun that would have to be undone; Python itself would show where it was.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    name_a_home()
    from appliance.cli.main import main as run  # noqa: PLC0415 - not before the lines above

    signal.signal(signal.SIGINT, interrupt)
    run()


def name_a_home() -> None:
    """A user id without a name has no home, and libraries fail for want of one while they are loaded."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = "/nonexistent"


if __name__ == "__main__":
    main()
