"""Answers with the bytes of an open file, whole or one range of it, and only if the client lacks them (RFC 9110)."""

import asyncio
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

#: Read and sent at a time, bytes.
CHUNK_BYTES = 256 * 1024

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


def is_known(headers: Headers, etag: str) -> bool:
    """Whether the client says that it has this version already."""
    given = headers.get("if-none-match")
    if given is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return "*" in tags or etag in tags


def content_disposition(filename: str, *, download: bool) -> str:
    """The header that names a file, in plain ASCII and, where that differs, in full (RFC 6266)."""
    kind = "attachment" if download else "inline"
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in filename)
    header = f'{kind}; filename="{plain}"'
    return header if plain == filename else f"{header}; filename*=UTF-8''{quote(filename, safe='')}"


@dataclass(frozen=True, slots=True)
class Piece:
    """What of a body is sent: from its byte ``start`` to before ``end``, and what is said of it."""

    status: int
    start: int
    end: int
    headers: Mapping[str, str]


def asked_piece(asked: Headers, size: int, *, etag: str) -> Piece:
    """The piece of so many bytes that these headers ask for, or all where they ask for none, or of an older version.

    Several ranges at once are answered with the whole, as may be done (RFC 9110 section 14.2).
    """
    condition = asked.get("if-range")
    found = _RANGE.fullmatch(asked.get("range", ""))
    if found is None or not any(found.groups()) or (condition is not None and condition != etag):
        return Piece(200, 0, size, {})
    first, last = found.groups()
    if first:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    else:
        start, end = max(0, size - int(last)), size
    if start >= end:
        return Piece(416, 0, 0, {"Content-Range": f"bytes */{size}"})
    return Piece(206, start, end, {"Content-Range": f"bytes {start}-{end - 1}/{size}"})


class FileAnswer(Response):
    """The bytes behind a descriptor, which it closes, whatever comes."""

    def __init__(self, fd: int, *, etag: str, media_type: str, headers: Mapping[str, str]) -> None:
        self._fd = fd
        self._size = os.fstat(fd).st_size
        self._etag = etag
        super().__init__(media_type=media_type, headers={**headers, "ETag": etag, "Accept-Ranges": "bytes"})

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Send what was asked for."""
        try:
            start, end = self._plan(Headers(scope=scope))
            self.headers["Content-Length"] = str(end - start)
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            if scope["method"] == "HEAD":
                start = end
            while start < end:
                chunk = await asyncio.to_thread(os.pread, self._fd, min(CHUNK_BYTES, end - start), start)
                if not chunk:
                    # Shorter than it was: end the connection rather than the answer, so that nobody believes it.
                    raise OSError("the file became shorter while it was sent")
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                start += len(chunk)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            os.close(self._fd)

    def _plan(self, asked: Headers) -> tuple[int, int]:
        """Set the status; the first byte to send and the one behind the last."""
        if is_known(asked, self._etag):
            self.status_code = 304
            return 0, 0
        piece = asked_piece(asked, self._size, etag=self._etag)
        self.status_code = piece.status
        self.headers.update(piece.headers)
        return piece.start, piece.end
