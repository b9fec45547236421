"""Sends a large file to a server in pieces (tus 1.0.0): what arrived once is not sent again.

Each piece is sent where the server says that the file goes on, so a broken connection, a restart of the server and
an import that is run again all go on where the last one ended.
"""

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from appliance.cli.library import File, Wish
from appliance.cli.remote import Remote
from appliance.errors import (
    ChecksumMismatch,
    NotFound,
    OffsetMismatch,
    SceneSenseError,
    UploadLocked,
)

#: Files from this size on are sent in pieces, and pieces are no larger, bytes.
PIECE_BYTES = 16 * 1024 * 1024

_READ_BYTES = 1024 * 1024

_TUS = {"Tus-Resumable": "1.0.0"}

#: After these the next try asks where to go on.
_AGAIN = (ChecksumMismatch, OffsetMismatch, UploadLocked)


async def send_in_pieces(remote: Remote, file: File, wish: Wish, *, begun: UUID | None) -> tuple[str, UUID]:
    """What became of the file (``stored``, ``duplicate``, ``restored``) and the asset that stands for it.

    ``begun``: an upload of the same bytes that the server says is under way; it goes on if it was to get the same.

    Raises:
        SceneSenseError: the server refused it, or stays away.
        OSError: the file can't be read, or is being written to.
    """
    metadata = _metadata(file, wish)
    path = f"/api/uploads/{begun}" if begun and await _is_same(remote, begun, metadata) else None
    if path is None:
        path = await _begin(remote, file, metadata)

    async def next_piece() -> httpx.Response:
        looked = await remote.send("HEAD", path, headers=_TUS)
        if "upload-asset" in looked.headers:
            return looked
        offset = int(looked.headers["upload-offset"])
        size = min(PIECE_BYTES, file.bytes - offset)
        headers = {
            **_TUS,
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(size),
        }
        return await remote.send(
            "PATCH", path, headers=headers, body=lambda: _bytes(file.path, offset=offset, size=size)
        )

    try:
        while "upload-asset" not in (answer := await remote.patiently(next_piece, besides=_AGAIN)).headers:
            pass
    except OSError:
        # Its bytes are other ones by now: nobody is going to need what has come of them.
        with suppress(SceneSenseError):
            await remote.send("DELETE", path, headers=_TUS)
        raise
    return answer.headers["upload-result"], UUID(answer.headers["upload-asset"])


async def _begin(remote: Remote, file: File, metadata: str) -> str:
    headers = {**_TUS, "Upload-Length": str(file.bytes), "Upload-Metadata": metadata}
    answer = await remote.patiently(lambda: remote.send("POST", "/api/uploads", headers=headers))
    return f"/api/uploads/{UUID(urlsplit(answer.headers.get('location', '')).path.rpartition('/')[2])}"


async def _is_same(remote: Remote, begun: UUID, metadata: str) -> bool:
    path = f"/api/uploads/{begun}"
    try:
        looked = await remote.patiently(lambda: remote.send("HEAD", path, headers=_TUS))
    except (NotFound, UploadLocked):
        return False
    return bool(looked.headers.get("upload-metadata") == metadata)


def _metadata(file: File, wish: Wish) -> str:
    values = {
        "filename": file.name,
        "sha256": file.sha256.hex(),
        "folder": wish.folder,
        "tags": ",".join(wish.tags),
        "ttl": wish.ttl,
    }
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in values.items() if value)


async def _bytes(path: Path, *, offset: int, size: int) -> AsyncIterator[bytes]:
    fd = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        end = offset + size
        while offset < end:
            piece = await asyncio.to_thread(os.pread, fd, min(_READ_BYTES, end - offset), offset)
            if not piece:
                raise OSError("it changed while it was read")
            offset += len(piece)
            yield piece
    finally:
        os.close(fd)
