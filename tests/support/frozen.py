"""A server that is stopped as a whole: its sockets take connections, and nothing answers."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process and all that it has started, stopped until the end."""
    server = psutil.Process(pid)
    # The parent first: it would start others.
    server.send_signal(signal.SIGSTOP)
    family = [server, *server.children(recursive=True)]
    for process in family[1:]:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(family):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
