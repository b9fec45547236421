"""Keeps the processes and servers of one data folder running, and ends them in order.

1. Each child runs in a process group of its own, on a leash: it is asked to end when the supervisor dies.
2. A child that ends without being asked is started again, after a pause that grows while it keeps ending.
3. A server (PostgreSQL, Valkey) that is gone is started again in the same way.
4. ``stop`` asks all children at once, kills what has not ended in time, and with each also what it left behind.
5. The children's ids are written down, so that a start after kill -9 finds those that would not go.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from appliance.embedded import leash
from appliance.embedded.process import end
from appliance.errors import SceneSenseError, Unavailable

log = logging.getLogger(__name__)

#: A child gets this long to end after SIGTERM, seconds.
CHILD_SECONDS = 6.0

#: The pause before a restart doubles between these, seconds, and starts over after a run of this many.
_PAUSES = (0.2, 30.0)
_GOOD_RUN_SECONDS = 60.0

#: How often the servers are looked at, seconds.
_SERVER_SECONDS = 1.0


class Server(Protocol):
    """What the launchers of PostgreSQL and Valkey have in common here."""

    def start(self) -> str:
        """Start it where it does not run."""


@dataclass(slots=True)
class Child:
    """A program that has to run: its name in log lines, its arguments, and whether it has been up at all."""

    name: str
    arguments: Sequence[str]
    process: asyncio.subprocess.Process | None = None
    #: Set once the first start has shown itself to work; before that, ending with an error is final.
    proven: bool = False
    started: float = 0.0
    pause: float = field(default=_PAUSES[0])


class Supervisor:
    """Runs children with ``environment``; ``notes`` is the file that names them for the next start."""

    def __init__(self, children: Sequence[Child], *, environment: Mapping[str, str], notes: Path) -> None:
        self._children = list(children)
        self._environment = dict(environment)
        self._notes = notes
        self._stopping = False
        self._watchers: set[asyncio.Task[None]] = set()
        self._readers: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Start every child, and begin to watch them."""
        for child in self._children:
            await self._spawn(child)
            _hold(self._keep(child), self._watchers)

    def keep_server(self, server: Server, gone: Callable[[], bool], name: str) -> None:
        """Start ``server`` again whenever ``gone`` says that it is."""
        _hold(self._keep_server(server, gone, name), self._watchers)

    def prove(self) -> None:
        """Everything came up: from now on nothing that ends is final."""
        for child in self._children:
            child.proven = True

    async def failure(self) -> str:
        """Which child could not even start, and how it ended; waits until one does."""
        return await asyncio.shield(self._failed)

    async def stop(self) -> None:
        """End every child, quickly and with what it started."""
        self._stopping = True
        for task in self._watchers:
            task.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await asyncio.gather(*(self._end(child) for child in self._children))
        await asyncio.gather(*self._readers)
        self._notes.unlink(missing_ok=True)

    def kill(self) -> None:
        """End every child at once, without asking."""
        self._stopping = True
        for child in self._children:
            if child.process is not None:
                _kill_group(child.process.pid)

    async def _spawn(self, child: Child) -> None:
        child.started = time.monotonic()
        # A pipe of our own: with asyncio's, waiting for the child would wait for everybody who inherited it.
        ours, theirs = os.pipe()
        try:
            child.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(Path(leash.__file__)), str(os.getpid()), *child.arguments),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
        finally:
            os.close(theirs)
            _hold(_forward(ours, child.name), self._readers)
        self._write_notes()

    def _write_notes(self) -> None:
        known = {
            child.name: {"pid": child.process.pid, "arguments": list(child.arguments)}
            for child in self._children
            if child.process is not None
        }
        with suppress(OSError):  # a full disk must not keep a child from being restarted
            self._notes.write_text(json.dumps(known), encoding="utf-8")

    async def _keep(self, child: Child) -> None:
        while child.process is not None:
            code = await child.process.wait()
            _kill_group(child.process.pid)
            if self._stopping:
                return
            if code > 0 and not child.proven and not self._failed.done():
                self._failed.set_result(f"{child.name} ended with code {code} while starting")
                return
            if time.monotonic() - child.started > _GOOD_RUN_SECONDS:
                child.pause = _PAUSES[0]
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            log.warning("%s %s; it is started again in %.1f s", child.name, how, child.pause)
            await asyncio.sleep(child.pause)
            child.pause = min(_PAUSES[1], child.pause * 2)
            await self._spawn(child)

    async def _keep_server(self, server: Server, gone: Callable[[], bool], name: str) -> None:
        pause = _PAUSES[0]
        while True:
            await asyncio.sleep(_SERVER_SECONDS)
            if not await asyncio.to_thread(gone):
                pause = _PAUSES[0]
                continue
            log.warning("%s is gone; it is started again", name)
            try:
                await asyncio.to_thread(server.start)
            except (SceneSenseError, OSError) as error:
                log.error("%s; the next attempt is in %.1f s", error, pause)
                await asyncio.sleep(pause)
                pause = min(_PAUSES[1], pause * 2)

    async def _end(self, child: Child) -> None:
        process = child.process
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), timeout=CHILD_SECONDS)
            except TimeoutError:
                log.warning("%s did not end in %.0f s and is killed", child.name, CHILD_SECONDS)
        _kill_group(process.pid)
        await process.wait()


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _hold(work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)


async def _forward(descriptor: int, name: str) -> None:
    """Write what the child says to our stderr, a line at a time, with its name."""
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(descriptor, "rb", 0)
    )
    rest = b""
    try:
        while block := await stream.read(65536):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                _say(name, line)
        if rest:
            _say(name, rest)
    finally:
        transport.close()


def _say(name: str, line: bytes) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{name:<7}{line.decode(errors='replace')}\n")
        sys.stderr.flush()


def end_left_behind(notes: Path) -> None:
    """End children that a supervisor left when it was killed; strangers with the same number are left alone.

    Raises:
        Unavailable: one of them can't be ended.
    """
    try:
        known = json.loads(notes.read_text(encoding="utf-8"))
        left = {
            name: (int(one["pid"]), [str(part) for part in one["arguments"]]) for name, one in known.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    for name, (pid, arguments) in left.items():
        if not _is_child(pid, arguments):
            continue
        ended = end(
            pid,
            partial(_is_child, pid, arguments),
            signals=(signal.SIGTERM, signal.SIGKILL),
            seconds_each=CHILD_SECONDS,
        )
        _kill_group(pid)
        if not ended:
            raise Unavailable(
                f"The {name} process {pid} of an earlier start does not end; end it and try again."
            )
    notes.unlink(missing_ok=True)


def _is_child(pid: int, arguments: list[str]) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    # A zombie's command line is empty, and so is not ours.
    return command[: len(arguments)] == arguments
