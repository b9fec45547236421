"""How much this server takes at once, and how it waits: for its turn, for a body, for an answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Message, Receive

from appliance.errors import Busy
from workers.encoder.faults import ClientGone, TooLarge, TooSlow

T = TypeVar("T")

#: Pictures in one batch, and texts.
PICTURES = 32
TEXTS = 64

#: Characters in one text, far more than any model reads, and in all texts of a request.
CHARACTERS = 10_000
ALL_CHARACTERS = 20_000

#: Requests in work at once; further ones wait, up to a number, before anything of them is read.
TEXTS_AT_ONCE, TEXTS_WAITING = 16, 256
PICTURES_AT_ONCE, PICTURES_WAITING = 8, 64

#: Forms that are read at once; and how many of the largest files there is room for.
FORMS_AT_ONCE, FORMS_WAITING = 64, 256
LARGEST_FILES = 3

#: A form's fields together, and a body of JSON, bytes.
FIELD_BYTES = 64 * 1024
JSON_BYTES = 1024 * 1024

#: All of a form but its picture: boundaries, headers, fields; bytes.
OVERHEAD_BYTES = 256 * 1024

#: A request whose next piece does not come within this, or all of it within that, is given up; seconds.
PIECE_SECONDS = 20.0
BODY_SECONDS = 120.0

#: A request that is not answered by then never is, seconds.
ANSWER_SECONDS = 300.0


class Gate:
    """Lets so many through at once, and so many wait."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        #: Requests that are in work or wait for it.
        self.inside = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it.

        Raises:
            Busy: too many wait already, or this one waited or worked too long.
        """
        if self.inside >= self._most:
            raise Busy("This encoder server has too many requests; try again shortly.")
        self.inside += 1
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._free:
                yield
        except TimeoutError as error:
            raise Busy("This encoder server did not get to the request in time.") from error
        finally:
            self.inside -= 1


class Room:
    """How many bytes of bodies may lie here at once, all requests together."""

    def __init__(self, most: int) -> None:
        self._most = most
        #: Bytes that lie here now.
        self.used = 0

    @contextmanager
    def lent(self) -> Iterator[Callable[[int], None]]:
        """What counts bytes for one request; at the end they are gone.

        Raises:
            Busy: there is no room for more.
        """
        lent = 0

        def count(more: int) -> None:
            nonlocal lent
            if self.used + more > self._most:
                raise Busy("This encoder server has no room for more pictures; try again shortly.")
            self.used += more
            lent += more

        try:
            yield count
        finally:
            self.used -= lent


async def read_body(
    request: Request, *, most: int, count: Callable[[int], None] = lambda _more: None
) -> bytes:
    """All of the body, whose bytes ``count`` counts.

    Raises:
        TooLarge: more than ``most`` bytes; reading stopped there.
        TooSlow: it did not arrive in time.
        ClientGone: it never will.
    """
    body = bytearray()
    receive = bounded(request.receive, most=most, count=count)
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def bounded(
    receive: Receive, *, most: int, count: Callable[[int], None] = lambda _more: None
) -> Callable[[], Awaitable[Message]]:
    """``receive``, which refuses a body that is too large or too slow, and has ``count`` count its bytes."""
    total = 0
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS

    async def take() -> Message:
        nonlocal total
        try:
            async with asyncio.timeout_at(min(deadline, asyncio.get_running_loop().time() + PIECE_SECONDS)):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        total += len(message.get("body", b""))
        if total > most:
            raise TooLarge(f"The request is larger than {most} bytes.")
        count(len(message.get("body", b"")))
        return message

    return take


async def while_wanted(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives, which is dropped when whoever asked hangs up. The body has to be read already.

    Raises:
        ClientGone: they did.
    """

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, watching = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        return working.result()
    finally:
        for task in (working, watching):
            task.cancel()
            with suppress(BaseException):
                await task
