"""A running `scene-sense up` of its own data folder, as a person would start it."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from appliance.embedded.postgres import Postgres
from appliance.embedded.process import is_running
from appliance.embedded.valkey import Valkey
from tests.support.waiting import eventually

#: A start takes two seconds here; a machine that is busy with other suites takes longer.
READY_SECONDS = 120


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Up:
    """``with Up(folder) as up``: started and ready; stopped, however the test ends."""

    def __init__(self, data: Path, *, port: int | None = None, **settings: str) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.parent / f"{data.name}.log"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The supervisor."""
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Start it, without waiting."""
        command = [str(Path(sys.executable).parent / "scene-sense"), "up", "--data", str(self.data)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self._settings,
                start_new_session=True,
            )
        self._from = self.log.stat().st_size

    def wait_ready(self) -> None:
        """Return once it says that it is ready."""

        def ready() -> bool:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.said()}"
            return "\nReady: " in self.said()

        eventually(ready, READY_SECONDS)

    def said(self) -> str:
        """Everything it has written since it was started."""
        return self.log.read_bytes()[self._from :].decode(errors="replace")

    def setup_token(self) -> str:
        """What it printed for the first visit."""
        found = re.search(r"/setup#token=([\w-]+)", self.said())
        assert found is not None, self.said()
        return found[1]

    def lives(self) -> bool:
        """Whether the web server answers."""
        try:
            return httpx.get(f"{self.url}/api/health/live", trust_env=False, timeout=2).is_success
        except httpx.HTTPError:
            return False

    def child(self, module: str) -> int:
        """The process id of ``web.serve`` or ``workers.main``."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in children:
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended since
            if words[-3:-1] == ["-m", module]:
                return int(pid)
        return 0

    @property
    def postgres(self) -> Postgres:
        """Its database server."""
        return Postgres(self.data / "embedded" / "postgres")

    @property
    def valkey(self) -> Valkey:
        """Its queue server."""
        return Valkey(self.data / "embedded" / "valkey")

    def stop(self, seconds: float = 20) -> int:
        """The exit code after SIGTERM; a second one that it takes too long for kills everything."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
            raise

    def kill_everything(self) -> None:
        """What a power cut does: no process of it has a chance to do anything."""
        servers = ((self.postgres.pid, "postgres"), (self.valkey.pid, "valkey-server"))
        pids = [self.process.pid, self.child("web.serve"), self.child("workers.main")]
        for pid in pids:
            if pid:
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        folders = (self.postgres.data, self.valkey.data)
        for (pid, name), folder in zip(servers, folders, strict=True):
            if pid and is_running(pid, name=name, folder=folder):
                os.kill(pid, signal.SIGKILL)
