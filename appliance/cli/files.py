"""Reads files of this machine piece by piece, off the event loop."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

#: How much is read at a time, bytes.
PIECE_BYTES = 1024 * 1024


async def pieces(path: Path) -> AsyncGenerator[bytes, None]:
    """The file's bytes in order; close the iterator to let go of the file early.

    Raises:
        OSError: it can't be read.
    """
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
    finally:
        file.close()


async def exactly(path: Path, size: int) -> AsyncGenerator[bytes, None]:
    """The file's bytes, as many as it had before.

    Raises:
        OSError: it can't be read, or is being written to.
    """
    left = size
    async with aclosing(pieces(path)) as read:
        async for piece in read:
            left -= len(piece)
            if left < 0:
                break
            yield piece
    if left:
        raise OSError("it changed while it was read")


async def sha256_of(path: Path) -> tuple[bytes, int]:
    """The file's SHA-256 sum and its size in bytes.

    Raises:
        OSError: it can't be read.
    """
    digest, size = hashlib.sha256(), 0
    async for piece in pieces(path):
        await asyncio.to_thread(digest.update, piece)
        size += len(piece)
    return digest.digest(), size
