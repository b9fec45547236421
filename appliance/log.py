"""How this process logs: one line per event on stderr, with the time left to the journal where there is one."""

import logging
import os
import sys


def configure(level: str) -> None:
    """Send everything at or above ``level`` (debug, info, warning, error) to stderr."""
    under_journal = "JOURNAL_STREAM" in os.environ
    handler = logging.StreamHandler(sys.stderr)
    prefix = "" if under_journal else "%(asctime)s "
    handler.setFormatter(
        logging.Formatter(prefix + "%(levelname)-7s %(name)s: %(message)s", datefmt="%H:%M:%S")
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # They tell with a traceback, again and again, what we say in one line when it matters.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    logging.getLogger("piccolo").setLevel(logging.WARNING)
    # It tells whole addresses, and a search has its words in there.
    for client in ("httpx", "httpx2"):
        logging.getLogger(client).setLevel(logging.WARNING)
