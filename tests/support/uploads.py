"""Uploads over HTTP, by hand where a client library would be too well-behaved, and what they leave behind."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from appliance.media.volume import IDENTITY_FILE
from tests.support.rows import count
from tests.support.web import Web

BOUNDARY = "------------------------a5c8f0"


def part(name: str, data: bytes, *, filename: str | None = None, raw_disposition: str | None = None) -> bytes:
    """One part of a form."""
    disposition = raw_disposition or f'form-data; name="{name}"' + (
        "" if filename is None else f'; filename="{filename}"'
    )
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def form_headers() -> dict[str, str]:
    return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


async def upload(
    client: httpx.AsyncClient, data: bytes, name: str = "a.jpg", **fields: Any
) -> httpx.Response:
    """Send one file as a browser does."""
    return await client.post("/api/assets", files={"file": (name, data)}, data=fields)


async def stored(
    client: httpx.AsyncClient, data: bytes, name: str = "a.jpg", **fields: Any
) -> dict[str, Any]:
    """Send one file that is new, and give the asset."""
    answer = await upload(client, data, name, **fields)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()["asset"]
    return body


@dataclass(frozen=True)
class Remains:
    """What there is on the volume and in the database."""

    #: Paths of files below the root, without the identity file.
    files: frozenset[str]
    assets: int
    uploads: int
    folders: int


async def remains(web: Web) -> Remains:
    root = web.settings.storage_path
    found = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
    return Remains(
        files=frozenset(found - {IDENTITY_FILE}),
        assets=await count(web.db, "asset"),
        uploads=await count(web.db, "upload"),
        folders=sum(1 for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")),
    )


NOTHING = Remains(files=frozenset(), assets=0, uploads=0, folders=0)


class Pulled:
    """A body that counts how many bytes of it were asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.bytes = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.bytes += len(piece)
            yield piece
