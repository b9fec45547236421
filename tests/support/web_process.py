"""The web process of its own, on an address that it keeps, to be stopped or killed and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.up import free_port
from tests.support.waiting import eventually


class WebProcess:
    """``with WebProcess(folder, database_url) as process``: answering; ended, however the test ends."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings: Mapping[str, str] = {
            "DATA_PATH": str(folder / "data"),
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://127.0.0.1:1",
            "CLIP_MODEL": "not-there",
            "FREE_SPACE_FLOOR_BYTES": "0",
            "BIND": f"127.0.0.1:{self.port}",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(signal.SIGKILL)

    @property
    def pid(self) -> int:
        """Its id."""
        assert self._process is not None
        return self._process.pid

    @property
    def storage(self) -> Path:
        """The root of its volume."""
        return self.folder / "data" / "storage"

    def start(self) -> None:
        """Start it; return when it answers."""
        with (self.folder / "web.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "web.serve"],
                env={"PATH": os.environ["PATH"], **self._settings},
                stderr=log,
                stdout=log,
            )
        eventually(self._answers, 60)

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal; return when it has ended."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)

    def setup_token(self) -> str:
        """What makes the first account."""
        return (self.folder / "data" / "secrets" / "setup-token").read_text().strip()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "web.log").read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/api/health/live", trust_env=False, timeout=5).is_success
        except httpx.HTTPError:
            return False
