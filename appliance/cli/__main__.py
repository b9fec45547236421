"""The program ``scene-sense``: takes Ctrl-C quietly from its first moment on, and becomes the command line."""

import signal


def main() -> None:
    """Load the command line, which takes a good part of a second, and run it."""
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:
        # Nothing has been begun that would have to be undone; Python itself would show where it was.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from appliance.cli.main import main as run  # noqa: PLC0415 - not before the line above

    signal.signal(signal.SIGINT, interrupt)
    run()


if __name__ == "__main__":
    main()
