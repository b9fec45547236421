"""What ``up`` does between its checks and its end, in this order.

1. Start the embedded PostgreSQL and Valkey side by side, or look at the ones that are configured.
2. Bring the schema up to date, find the volume, make the one-time setup token.
3. Start the web server and the worker, wait until the server answers, print where.
4. Keep all of it running, and run the periodic verbs, until a signal.
5. End worker and web, then Valkey, then PostgreSQL. A second signal kills.
"""

import asyncio
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from appliance import __version__
from appliance.cli.schedule import keep_schedule
from appliance.db.engine import open_database
from appliance.db.migrate import upgrade
from appliance.db.preflight import check_database, check_redis
from appliance.embedded import place
from appliance.embedded.postgres import Postgres
from appliance.embedded.supervisor import Child, Supervisor
from appliance.embedded.urls import embedded_postgres, embedded_valkey, urls
from appliance.embedded.valkey import Valkey
from appliance.errors import Unavailable
from appliance.library.setup import ensure_setup_token
from appliance.library.volume import open_volume
from appliance.settings import SECRETS, Settings

log = logging.getLogger(__name__)

#: The web server loads its model while it starts; on a small machine that takes a while.
READY_SECONDS = 180.0

Say = Callable[[str], None]


async def serve(settings: Settings, *, notes: Path, say: Say) -> None:
    """Run the whole appliance until a signal.

    Raises:
        SceneSenseError: it can't be started; what was started is stopped.
    """
    appliance = Running(settings, notes=notes, say=say)
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, appliance.on_signal, task)
    try:
        await appliance.bring_up()
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not appliance.asked_to_stop:
            raise
    finally:
        await appliance.take_down()


class Running:
    """The parts of a running appliance, as far as they have been started."""

    def __init__(self, settings: Settings, *, notes: Path, say: Say) -> None:
        self._settings = settings
        self._notes = notes
        self._say = say
        self._postgres: Postgres | None = None
        self._valkey: Valkey | None = None
        self._supervisor: Supervisor | None = None
        self._schedule: asyncio.Task[None] | None = None
        self.asked_to_stop = False

    def on_signal(self, task: "asyncio.Task[Any] | None") -> None:
        """The first signal ends, the next one kills."""
        if not self.asked_to_stop:
            self.asked_to_stop = True
            if task is not None:
                task.cancel()
            self._say("Stopping (once more kills)")
            return
        if self._supervisor is not None:
            self._supervisor.kill()
        for server in (self._valkey, self._postgres):
            if server is not None and server.pid:
                with suppress(ProcessLookupError):
                    os.kill(server.pid, signal.SIGQUIT if server is self._postgres else signal.SIGKILL)

    async def bring_up(self) -> None:
        """Start everything and say where it is."""
        settings = self._settings
        self._say(f"Scene-Sense {__version__}, data in {settings.data_path}")
        await self._start_servers()
        token = await self._prepare_library()
        self._say("Starting the web server and the worker")
        self._supervisor = Supervisor(
            [
                Child("web", [sys.executable, "-P", "-m", "web.serve"]),
                Child("worker", [sys.executable, "-P", "-m", "workers.main"]),
            ],
            environment=child_environment(settings, os.environ),
            notes=self._notes,
        )
        await self._supervisor.start()
        await _first(self._supervisor.failure(), until_live(settings.bind))
        self._supervisor.prove()
        if self._postgres is not None:
            self._supervisor.keep_server(self._postgres, _gone(self._postgres.running), "PostgreSQL")
        if self._valkey is not None:
            self._supervisor.keep_server(self._valkey, _gone(self._valkey.answers), "Valkey")
        self._schedule = asyncio.create_task(keep_schedule(settings))
        address = shown_address(settings)
        self._say(f"Ready: {address}")
        if token is not None:
            self._say(f"First visit: {address}/setup#token={token} (makes the first account; works once)")
        self._say("Ctrl-C stops everything.")

    async def take_down(self) -> None:
        """Stop what was started, in the reverse order."""
        if self._schedule is not None:
            self._schedule.cancel()
            await asyncio.gather(self._schedule, return_exceptions=True)
        if self._supervisor is not None:
            await self._supervisor.stop()
        for server in (self._valkey, self._postgres):
            if server is not None:
                await asyncio.to_thread(server.stop)
        if self.asked_to_stop:
            self._say("Stopped.")

    async def _start_servers(self) -> None:
        settings = self._settings
        starting: list[Coroutine[Any, Any, object]] = []
        if settings.database_url is None or settings.redis_url is None:
            await asyncio.to_thread(place.embedded_root, settings.data_path)
        if settings.database_url is None:
            self._postgres = embedded_postgres(settings)
            starting.append(asyncio.to_thread(self._postgres.start))
        else:
            starting.append(check_database(settings.database_url.get_secret_value()))
        if settings.redis_url is None:
            self._valkey = embedded_valkey(settings)
            starting.append(asyncio.to_thread(self._valkey.start))
        names = [n for n, s in (("PostgreSQL", self._postgres), ("Valkey", self._valkey)) if s is not None]
        if names:
            self._say(f"Starting {' and '.join(names)}")
        results = await asyncio.gather(*starting, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        if settings.redis_url is not None:
            for warning in await check_redis(urls(settings)[1]):
                log.warning("%s", warning)

    async def _prepare_library(self) -> str | None:
        database_url, _ = urls(self._settings)
        async with open_database(database_url, pool_size=2) as database:
            applied = await upgrade(database)
        # The types that the first migration makes are known only to connections made after it.
        async with open_database(database_url, pool_size=2) as database:
            if applied:
                self._say(f"Prepared the database ({len(applied)} migrations)")
            await open_volume(database, self._settings)
            return await ensure_setup_token(self._settings, database)


def _gone(running: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: not running()


async def _first(failure: Coroutine[Any, Any, str], ready: Coroutine[Any, Any, bool]) -> None:
    tasks = (asyncio.create_task(failure), asyncio.create_task(ready))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            raise Unavailable(f"{tasks[0].result()}; its own words are above.")
        if not tasks[1].result():
            raise Unavailable(f"The web server did not answer within {READY_SECONDS:.0f} s.")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_live(bind: str) -> bool:
    """Whether the web server at ``bind`` answered in time."""
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    socket_path = bind.removeprefix("unix:") if bind.startswith("unix:") else None
    transport = httpx.AsyncHTTPTransport(uds=socket_path)
    base = "http://localhost" if socket_path else f"http://{_reachable(bind)}"
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=2, trust_env=False) as client:
        while asyncio.get_running_loop().time() < deadline:
            try:
                if (await client.get("/api/health/live")).is_success:
                    return True
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
    return False


def _reachable(bind: str) -> str:
    host, _, port = bind.rpartition(":")
    return f"{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(host, host) }:{port}"  # noqa: S104 - compared only


def shown_address(settings: Settings) -> str:
    """What people type: PUBLIC_URL, else the bound address, with this machine's own one for all of them."""
    if settings.public_url is not None:
        return settings.public_url
    if settings.bind.startswith("unix:"):
        return settings.bind
    host, _, port = settings.bind.rpartition(":")
    if host in {"0.0.0.0", "[::]"}:  # noqa: S104 - compared only
        host = _own_address()
    return f"http://{host}:{port}"


def _own_address() -> str:
    # Connecting a datagram socket sends nothing; it only makes the kernel choose the address it would send from.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def child_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment that gives a child exactly these settings, wherever they came from."""
    names = {name.upper() for name in Settings.model_fields}
    secret_files = {f"{name}_FILE" for name in SECRETS}
    kept = {
        name: value
        for name, value in environment.items()
        if name not in names | secret_files | {"CREDENTIALS_DIRECTORY"}
    }
    given = {name.upper(): _text(getattr(settings, name)) for name in settings.model_fields_set}
    return kept | {name: value for name, value in given.items() if value} | {"PYTHONUNBUFFERED": "1"}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return re.sub(r"\.0$", "", str(value)) if isinstance(value, float) else str(value)
