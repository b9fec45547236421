"""The worker as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from appliance.settings import Settings
from tests.support.waiting import eventually


class WorkerProcess:
    """``python -m workers.main`` with these settings."""

    def __init__(self, settings: Settings) -> None:
        assert settings.database_url is not None
        assert settings.redis_url is not None
        names = ("free_space_floor_bytes", "job_lease_seconds", "decode_processes", "embed_batch")
        environment = os.environ | {name.upper(): str(getattr(settings, name)) for name in names}
        environment["DATABASE_URL"] = settings.database_url.get_secret_value()
        environment["REDIS_URL"] = settings.redis_url.get_secret_value()
        settings.data_path.mkdir(parents=True, exist_ok=True)
        self.log = settings.data_path / f"worker-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers.main", "--data", str(settings.data_path)],
                env=environment,
                stdout=log,
                stderr=log,
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_ready(self) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, self.said()
            return "ready" in self.said()

        eventually(ready, 60)


@contextmanager
def worker(settings: Settings, *, ready: bool = True) -> Iterator[WorkerProcess]:
    started = WorkerProcess(settings)
    try:
        if ready:
            started.wait_ready()
        yield started
    finally:
        started.process.kill()
        started.process.wait()
