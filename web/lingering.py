"""Lets an answer that comes before the whole request has arrived be heard.

Whoever is refused in the middle of an upload still sends. Closing at once would reset the connection, and the
refusal would often be lost with it. So the answer is written, then what still comes is thrown away for a while,
and only then the answer ends (as nginx's ``lingering_close`` does). It also keeps Hypercorn from waiting for ever
to hand over the next piece of a body that nobody reads any more.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: How long a refused sender is listened to, seconds.
LINGER_SECONDS = 10.0

#: How long the server may take to notice that the connection is closed, seconds.
_CLOSE_SECONDS = 5.0


class Lingering:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a request without a body passes untouched."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        body = _Body(receive)

        async def send_then_linger(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not is_last or body.ended:
                await send(message)
                return
            await send({**message, "more_body": True})
            await body.discard(LINGER_SECONDS)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            await body.discard(_CLOSE_SECONDS)

        await self._app(scope, body.receive, send_then_linger)


class _Body:
    """A request's body, and whether all of it has come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def receive(self) -> Message:
        """The next message for the application."""
        message = await self._receive()
        self.ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    async def discard(self, seconds: float) -> None:
        """Throw away what comes, until it ends or the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.ended:
                    await self.receive()


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        return True
    # HTTP/2 needs neither header.
    return scope["http_version"].startswith("2") and scope["method"] not in {"GET", "HEAD"}
