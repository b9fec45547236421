"""Entry point of the worker: one process, two batches at a time, until SIGTERM.

Dramatiq's ``Worker`` runs in this process; its command line would fork, and a parent that is killed would leave
a child behind that goes on working.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from dramatiq import Worker

from appliance import log
from appliance.embedded.urls import urls
from appliance.errors import SceneSenseError
from appliance.settings import Settings, load
from workers.broker import make_broker
from workers.resources import Resources

#: While one batch is encoded the other is decoded; more only costs memory.
BATCHES_AT_ONCE = 2

#: How often an idle worker looks whether it is to stop; Dramatiq's default of a second makes each stop take two.
IDLE_MS = 300

#: After this the process ends with what it is doing undone; the leases run out by themselves.
SHUTDOWN_TIMEOUT_MS = 4000


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until SIGTERM or SIGINT. Ends with 1 where something needed is not there, 2 on wrong settings."""
    parser = argparse.ArgumentParser(
        prog="scene-sense-worker", description="Makes the vectors of new pictures."
    )
    parser.add_argument("--data", type=Path, help="data folder (default: DATA_PATH, else by XDG)")
    parser.add_argument("--env-file", type=Path, help="file with settings, one NAME=value a line")
    options = parser.parse_args(arguments)
    try:
        settings = load(env_file=options.env_file, DATA_PATH=options.data)
    except SceneSenseError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(2)
    log.configure(settings.log_level)
    if settings.log_level != "debug":
        logging.getLogger("dramatiq").setLevel(logging.WARNING)
    try:
        run(settings)
    except SceneSenseError as error:
        sys.stderr.write(f"{error.message}\n")
        sys.exit(1)


def run(settings: Settings) -> None:
    """Work until a signal asks to stop."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    _, redis_url = urls(settings)
    broker = make_broker(redis_url, Resources(settings))
    worker = Worker(broker, worker_threads=BATCHES_AT_ONCE, worker_timeout=IDLE_MS)
    worker.start()
    stop.wait()
    worker.stop(timeout=SHUTDOWN_TIMEOUT_MS)
    broker.close()


if __name__ == "__main__":
    main()
