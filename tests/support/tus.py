"""Uploads in pieces, spoken by hand."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.web import Web

PIECE = "application/offset+octet-stream"
VERSION = {"Tus-Resumable": "1.0.0"}


def metadata(**values: str | bytes) -> str:
    """The header Upload-Metadata."""
    pairs = ((key, value.encode() if isinstance(value, str) else value) for key, value in values.items())
    return ",".join(f"{key} {b64encode(value).decode()}".strip() for key, value in pairs)


async def begin(
    client: httpx.AsyncClient,
    size: int | str,
    *,
    content: bytes | None = None,
    headers: Any = None,
    **values: Any,
) -> httpx.Response:
    """Begin an upload of so many bytes."""
    sent = {**VERSION, "Upload-Length": str(size), **(headers or {})}
    if values:
        sent["Upload-Metadata"] = metadata(**values)
    if content is not None:
        sent["Content-Type"] = PIECE
    return await client.post("/api/uploads", content=content, headers=sent)


async def begun(client: httpx.AsyncClient, size: int, **values: Any) -> str:
    """The address of a new upload."""
    answer = await begin(client, size, **values)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    return str(answer.headers["location"])


async def append(
    client: httpx.AsyncClient,
    url: str,
    offset: int | str,
    content: bytes | AsyncIterable[bytes],
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send one piece."""
    sent = {**VERSION, "Content-Type": PIECE, "Upload-Offset": str(offset), **(headers or {})}
    return await client.patch(url, content=content, headers=sent)


async def look(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """Ask where it goes on."""
    return await client.head(url, headers=VERSION)


async def offset(client: httpx.AsyncClient, url: str) -> int:
    """Where it goes on."""
    answer = await look(client, url)
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["upload-offset"])


async def cancel(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """Cancel it."""
    return await client.delete(url, headers=VERSION)


async def sent(client: httpx.AsyncClient, data: bytes, **values: Any) -> httpx.Response:
    """The answer to a whole file, sent as one piece."""
    return await append(client, await begun(client, len(data), **values), 0, data)


class Slow:
    """A body of which the test decides when its pieces come."""

    def __init__(self, *pieces: bytes) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._idle = asyncio.Event()
        self.give(*pieces)

    def give(self, *pieces: bytes | None) -> None:
        """The next pieces, None: the end."""
        self._idle.clear()
        for piece in pieces:
            self._queue.put_nowait(piece)

    async def taken(self) -> None:
        """Return when the server has all that was given, and waits for more."""
        await asyncio.wait_for(self._idle.wait(), 10)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            if self._queue.empty():
                self._idle.set()
            piece = await self._queue.get()
            if piece is None:
                return
            yield piece


@asynccontextmanager
async def script(web: Web, client: httpx.AsyncClient, *scopes: str) -> AsyncIterator[httpx.AsyncClient]:
    """A script with a key of this person's."""
    wish = {"name": "script", "scopes": list(scopes), "expires_days": 1}
    made = await client.post("/api/me/keys", json=wish)
    assert made.status_code == 201, made.text
    async with web.script(made.json()["key"]) as opened:
        yield opened
