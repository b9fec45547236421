"""Something between a program and PostgreSQL that passes everything on but what is notified, as poolers do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_SOCKET = ".s.PGSQL.5432"

#: The kind of message that a notification comes as.
_NOTIFICATION = b"A"


def moved(url: str, folder: Path) -> str:
    """The same database at the socket in another folder."""
    return f"{url.partition('?host=')[0]}?host={folder}"


def socket_of(url: str) -> Path:
    """Where the server of this database listens."""
    return Path(url.partition("?host=")[2]) / _SOCKET


@asynccontextmanager
async def without_notifications(url: str, folder: Path) -> AsyncIterator[str]:
    """The address of the same database, at a socket in ``folder``, where no notification arrives."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(socket_of(url))
        there = asyncio.create_task(_pass_all(reader, to_server))
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await _pass_but_notifications(from_server, writer)
        finally:
            there.cancel()
            to_server.close()
            writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_unix_server(begin, folder / _SOCKET)
    try:
        yield moved(url, folder)
    finally:
        server.close()
        tasks = list(serving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _pass_but_notifications(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = await reader.readexactly(5)
        body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
        if head[:1] != _NOTIFICATION:
            writer.write(head + body)
            await writer.drain()
