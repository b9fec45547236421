"""Runs one function in killable child processes, each with limits on its time, memory and rights.

A child that dies, hangs or asks for too much takes down only its own task; the next task gets a new child.
"""

import asyncio
import logging
import math
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from appliance.errors import DecodeLimit, DecoderUnavailable
from appliance.media import wire

log = logging.getLogger(__name__)

#: A child is replaced after this many tasks, so that leaks and fragments in libraries do not add up.
TASKS_PER_CHILD = 300

#: Longest that a child may take to import what it needs.
START_SECONDS = 60.0

#: Most raw bytes in one reply.
MAX_REPLY_BYTES = 64 * 1024 * 1024

#: What children get of our environment; database passwords and keys are none of their business.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "HOME")

#: Memory up to this size is kept for the next task, not given back: getting it anew takes 5,000 page faults for each
#: photo, a tenth of all the work.
_KEPT_BYTES = str(32 * 1024 * 1024)
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": _KEPT_BYTES, "MALLOC_MMAP_THRESHOLD_": _KEPT_BYTES}


class ChildFault(Exception):
    """The function raised something it does not announce; the text says what."""


class _ChildGone(Exception):
    """The child ended instead of answering."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the function gave."""

    header: dict[str, Any]
    blobs: list[bytes]


class LimitedPool:
    """At most ``processes`` children that run ``function``, named ``module:name``. Children start when needed.

    The function takes a JSON object and the descriptors that came with it, and gives a JSON object and raw
    bytes. Used as an asynchronous context manager; leaving it kills the children.
    """

    def __init__(
        self,
        function: str,
        *,
        processes: int,
        timeout_seconds: float,
        memory_bytes: int,
        tasks_per_child: int = TASKS_PER_CHILD,
    ) -> None:
        self._function = function
        self._timeout_seconds = timeout_seconds
        self._memory_bytes = memory_bytes
        self._tasks_per_child = tasks_per_child
        # The child used last is used next, so that a quiet server keeps few of them.
        self._free: asyncio.LifoQueue[_Child | None] = asyncio.LifoQueue()
        for _ in range(max(1, processes)):
            self._free.put_nowait(None)
        self._closed = False
        self._living: set[_Child] = set()
        self._dying: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def call(self, request: dict[str, Any], fds: Sequence[int] = ()) -> Reply:
        """Run the function once, when a child is free.

        Raises:
            DecodeLimit: it took too long, wanted too much memory, or brought its process down.
            ChildFault: it raised something else than a ``SceneSenseError``; those come back as ``error``.
            DecoderUnavailable: no child can be started, or the pool was closed meanwhile.
        """
        child = await self._free.get()
        try:
            self._require_open()
            child = await self._fit(child)
            reply = await self._ask(child, request, fds)
        except BaseException:
            # Whatever happened, what the child is doing now is unknown.
            if child is not None:
                self._end(child)
            self._free.put_nowait(None)
            raise
        if "memory" in reply.header or child.tasks >= self._tasks_per_child:
            self._end(child)
            self._free.put_nowait(None)
        else:
            self._free.put_nowait(child)
        if "memory" in reply.header:
            raise DecodeLimit(f"reading the picture took more memory than {self._memory_bytes >> 20} MiB")
        if "fault" in reply.header:
            raise ChildFault(str(reply.header["fault"]))
        return reply

    async def close(self) -> None:
        """Kill all children, busy or not, and wait until they are gone; calls that wait fail."""
        self._closed = True
        for child in list(self._living):
            self._end(child)
        while self._dying:
            await asyncio.gather(*self._dying)

    def pids(self) -> list[int]:
        """The process ids of the children there are now."""
        return [child.process.pid for child in self._living]

    async def _fit(self, child: "_Child | None") -> "_Child":
        if child is not None and not child.is_gone():
            return child
        if child is not None:
            self._end(child)
        started = await _start(
            self._function, memory_bytes=self._memory_bytes, timeout_seconds=self._timeout_seconds
        )
        self._living.add(started)
        if self._closed:
            self._end(started)
            self._require_open()
        return started

    async def _ask(self, child: "_Child", request: dict[str, Any], fds: Sequence[int]) -> Reply:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await child.ask(request, fds)
        except TimeoutError:
            raise DecodeLimit(
                f"reading the picture took longer than {self._timeout_seconds:g} seconds"
            ) from None
        except (_ChildGone, ValueError, OSError) as error:
            self._require_open()
            log.warning("a decoder process (pid %d) ended on its task: %r", child.process.pid, error)
            raise DecodeLimit("reading the picture brought the decoder process down") from error

    def _require_open(self) -> None:
        if self._closed:
            raise DecoderUnavailable("the decoder is being stopped")

    def _end(self, child: "_Child") -> None:
        if child not in self._living:
            return
        self._living.discard(child)
        task = asyncio.get_running_loop().create_task(child.end())
        self._dying.add(task)
        task.add_done_callback(self._dying.discard)


class _Child:
    """One child process and the socket to it. It does one task at a time."""

    def __init__(self, process: asyncio.subprocess.Process, channel: socket.socket) -> None:
        self.process = process
        self.tasks = 0
        self._channel = channel
        self._reading = asyncio.Lock()

    def is_gone(self) -> bool:
        """Whether it has ended while it had nothing to do."""
        try:
            return self._channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    async def ask(self, request: dict[str, Any], fds: Sequence[int]) -> Reply:
        """Its answer.

        Raises:
            _ChildGone: it ended.
            ValueError: what it said is no answer.
        """
        self.tasks += 1
        # Small enough for the socket's buffer, which is empty: the child reads whatever is there before it answers.
        socket.send_fds(self._channel, [wire.pack(request)], list(fds))
        return await self.receive()

    async def receive(self) -> Reply:
        """The next message."""
        async with self._reading:
            prefix = await self._read(wire.PREFIX.size)
            encoded = await self._read(wire.header_length(*wire.PREFIX.unpack(prefix)))
            header, lengths = wire.unpack(encoded, max_bytes=MAX_REPLY_BYTES)
            return Reply(header, [await self._read(length) for length in lengths])

    async def _read(self, count: int) -> bytes:
        loop = asyncio.get_running_loop()
        data = bytearray(count)
        rest = memoryview(data)
        while rest:
            received = await loop.sock_recv_into(self._channel, rest)
            if received == 0:
                raise _ChildGone
            rest = rest[received:]
        return bytes(data)

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        with suppress(ProcessLookupError):
            self.process.kill()
        # Closing alone would leave whoever is reading waiting for ever.
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        await self.process.wait()
        async with self._reading:
            self._channel.close()


async def _start(function: str, *, memory_bytes: int, timeout_seconds: float) -> _Child:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    arguments = (function, str(memory_bytes), str(math.ceil(timeout_seconds)), str(os.getpid()))
    environment = {name: value for name in _ENVIRONMENT if (value := os.environ.get(name))}
    # One arena: each further one would count against the limit of address space without being used.
    environment |= {"MALLOC_ARENA_MAX": "1", "LC_ALL": "C.UTF-8"} | _KEEP_MEMORY
    try:
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "appliance.media.child", *arguments,
                stdin=theirs.fileno(), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                env=environment, cwd="/",
            )  # fmt: skip
    except OSError as error:
        ours.close()
        raise DecoderUnavailable(f"the decoder can't be started: {error.strerror}") from error
    except BaseException:
        ours.close()
        raise
    child = _Child(process, ours)
    try:
        async with asyncio.timeout(START_SECONDS):
            await child.receive()
    except (TimeoutError, _ChildGone, ValueError, OSError) as error:
        await child.end()
        said = await process.stderr.read(4096) if process.stderr else b""
        reason = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise DecoderUnavailable(f"the decoder can't be started: {reason or error!r}") from error
    except BaseException:
        await child.end()
        raise
    return child
