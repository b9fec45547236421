"""The answer that does not end: events as they happen, until the reader, the session or the process ends."""

import asyncio
import logging
import time
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from appliance.db.changes import revision
from appliance.errors import TooManyStreams, Unavailable
from appliance.records.live import Event
from web.live.desk import Desk
from web.live.watchers import Watcher, frame
from web.problems import problem_response
from web.state import Caller, Context, request_id

log = logging.getLogger(__name__)

#: How often something is sent, so that nobody on the way takes the connection for dead, seconds.
HEARTBEAT_SECONDS = 20.0

#: A reader that takes nothing for so long is given up, seconds.
SEND_SECONDS = 30.0

#: How long a reader has to take the last word, seconds.
LAST_SECONDS = 1.0

#: When a browser comes back after a cut, milliseconds.
_RETRY_MS = 2000


class EventStream(Response):
    """Server-sent events; ``after`` is the last id that was met, ``seconds`` how long the stream goes on at most."""

    def __init__(
        self,
        desk: Desk,
        context: Context,
        request: Request,
        caller: Caller,
        *,
        after: str | None,
        seconds: float | None,
    ) -> None:
        self._desk, self._context, self._after, self._seconds = desk, context, after, seconds
        self._end: asyncio.TimerHandle | None = None
        # Before anything is looked up: what changes from now on is noticed.
        self._watcher = Watcher(request, caller, context.access.generation - 1, time.monotonic())
        super().__init__(
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events for as long as somebody reads them."""
        if scope["method"] != "HEAD":
            try:
                self._desk.begin(self._watcher)
            except TooManyStreams as error:
                await problem_response(error, request_id=request_id(scope))(scope, receive, send)
                return
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await self._until_over(receive, send)
        finally:
            if self._end is not None:
                self._end.cancel()
            self._desk.watchers.remove(self._watcher)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                word = self._watcher.last_word()
                await send({"type": "http.response.body", "body": word, "more_body": False})

    async def _until_over(self, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_until_gone(receive))
        stopping = asyncio.create_task(self._context.stopping.wait())
        try:
            while True:
                await asyncio.wait(
                    {sending, leaving, stopping}, timeout=LAST_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if stopping.done():
                    self._watcher.end("stopping")
                if sending.done() or leaving.done():
                    break
                if self._watcher.is_over:
                    await asyncio.wait({sending, leaving}, timeout=LAST_SECONDS)
                    break
        finally:
            tasks = (sending, leaving, stopping)
            for task in tasks:
                task.cancel()
            ended, *_ = await asyncio.gather(*tasks, return_exceptions=True)
            if isinstance(ended, Exception):
                log.warning("a stream of events ended: %r", ended)

    async def _send_all(self, send: Send) -> None:
        async def out(piece: bytes) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

        with suppress(TimeoutError):
            await out(f"retry: {_RETRY_MS}\n\n".encode())
            if self._watcher.is_over:
                return
            await out(await self._first())
            if self._seconds is not None:
                self._end = asyncio.get_running_loop().call_later(self._seconds, self._watcher.end, "over")
            while True:
                piece = await self._watcher.next(seconds=HEARTBEAT_SECONDS)
                await out(piece or b":\n\n")
                if self._watcher.is_over and piece:
                    return

    async def _first(self) -> bytes:
        """Where the reader is now, and what it missed. While the database is away, this waits for it."""
        desk, viewer = self._desk, self._watcher.viewer
        while True:
            try:
                await desk.refresh()
                # What is met by now is looked up; what comes later is told.
                position = desk.feed.settled
                volume = await desk.volume()
                lists = await revision(self._context.appliance.db, viewer)
                hello = Event("hello", {"id": position, "revision": lists, "volume": volume.data["state"]})
                self._watcher.told |= {"volume ": volume.data, "library ": {"revision": lists}}
                missed = [] if self._after is None else await desk.events_since(viewer, _number(self._after))
            except Unavailable:
                await asyncio.sleep(1.0)
                continue
            return frame([hello, *missed], position)


def _number(text: str) -> int:
    """The id of an event, or -1, which none has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
