"""One PostgreSQL and one Valkey for a run of the suite, and a fresh database for each test that asks.

They live in a folder of their own below /tmp, because under root they run as an unprivileged user, who can't
enter pytest's folders. A run that was killed leaves such a folder behind; the next run clears it away.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import pytest

from appliance.db.engine import open_database
from appliance.db.migrate import upgrade
from appliance.embedded.postgres import Postgres
from appliance.embedded.valkey import Valkey

Value = TypeVar("Value")

_PREFIX = "scene-sense-test-"
_TEMPLATE = "template_scene_sense"

#: Nothing of a test has to outlive the machine.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


def unavailable(reason: str) -> None:
    """Skip the test here; fail it under CI, where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def in_thread(work: Callable[[], Awaitable[Value]]) -> Value:
    """The result of a coroutine, on a loop of its own, so that the test's loop is left alone."""

    async def run() -> Value:
        return await work()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


def new_folder() -> Path:
    """A folder below /tmp that the servers' user can enter, marked with this process."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
    folder.chmod(0o711)
    (folder / "owner").write_text(str(os.getpid()))
    return folder


def remove_folder(folder: Path) -> None:
    """Stop the servers in it and remove it."""
    Postgres(folder / "postgres").stop(seconds=5)
    Valkey(folder / "valkey").stop(seconds=5)
    shutil.rmtree(folder, ignore_errors=True)


def clear_left_behind() -> None:
    """Remove what runs that were killed left."""
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        try:
            owner = int((folder / "owner").read_text())
        except (OSError, ValueError):
            continue
        if not Path(f"/proc/{owner}").exists():
            remove_folder(folder)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL with a template database of this release's schema."""

    server: Postgres

    def clone(self) -> str:
        """The URL of a new database with the schema and no rows."""
        name = f"test_{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.server.url_of(name)

    def copy(self, url: str) -> str:
        """The URL of a new database with everything that is in this one, to which nobody is connected."""
        name = f"test_{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self._name_of(url)}")
        return self.server.url_of(name)

    def empty(self) -> str:
        """The URL of a new database without anything in it."""
        name = f"test_{uuid4().hex}"
        self._execute(f"CREATE DATABASE {name}")
        return self.server.url_of(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f"DROP DATABASE IF EXISTS {self._name_of(url)} WITH (FORCE)")

    def prepare(self) -> None:
        """Make the template."""
        self._execute(f"CREATE DATABASE {_TEMPLATE}")

        async def migrate() -> None:
            async with open_database(self.server.url_of(_TEMPLATE), pool_size=2) as database:
                await upgrade(database)

        in_thread(migrate)

    @staticmethod
    def _name_of(url: str) -> str:
        return url.partition("?")[0].rpartition("/")[2]

    def _execute(self, sql: str) -> None:
        async def run() -> None:
            connection: Any = await asyncpg.connect(self.server.url_of("postgres"))
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        in_thread(run)


def start_cluster(folder: Path) -> Cluster:
    """PostgreSQL in ``folder`` with its template."""
    server = Postgres(folder / "postgres", parameters=_FAST)
    server.start()
    cluster = Cluster(server)
    cluster.prepare()
    return cluster
