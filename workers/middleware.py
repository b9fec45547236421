"""Opens the resources before the first message and closes them after the last."""

import logging
import os
from collections.abc import Coroutine
from typing import Any

from dramatiq import Broker, Middleware, Worker
from dramatiq.asyncio import get_event_loop_thread

from appliance.errors import SceneSenseError
from appliance.notify import notify
from workers.resources import Resources

log = logging.getLogger(__name__)

#: A batch that is nearly done may finish within this after SIGTERM; the others are given back.
GRACE_SECONDS = 2.0


class OpenResources(Middleware):
    """Listed after ``AsyncIO``: opens on its running loop, and closes before the loop stops."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Open, or end the process: Dramatiq only logs what is raised here and would go on without resources."""
        try:
            _on_loop(self._resources.open())
        except SceneSenseError as error:
            log.error("the worker can't start: %s", error.message)
            _end_process()
        except BaseException:
            log.exception("the worker can't start")
            _end_process()
        notify("READY=1")
        log.info("ready")

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Finish or give back the pictures at hand."""
        notify("STOPPING=1")
        _on_loop(self._resources.drain(GRACE_SECONDS))

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Close what was opened."""
        _on_loop(self._resources.close())


def _on_loop(work: Coroutine[Any, Any, None]) -> None:
    loop = get_event_loop_thread()
    if loop is None:
        work.close()
        raise RuntimeError("the event loop did not start")
    loop.run_coroutine(work)


def _end_process() -> None:
    logging.shutdown()
    os._exit(1)
