"""Selections as archives."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from appliance.errors import NotFound, VolumeUnavailable
from appliance.library import downloads as library
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.downloads import content_disposition
from web.middleware import base_path
from web.operation import Call, Media, Operation
from web.schemas.downloads import Download, DownloadBody


class ArchiveAnswer(Response):
    """An archive, sent as it is made; when that fails the connection ends, and not the answer."""

    def __init__(self, archive: library.Archive, headers: Mapping[str, str]) -> None:
        self._archive = archive
        super().__init__(
            media_type="application/zip",
            headers={**headers, "Content-Length": str(archive.size), "Accept-Ranges": "none"},
        )

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            await self._send_all(receive, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_disconnected(receive))
        try:
            async with aclosing(self._archive.chunks()) as chunks:
                async for chunk in chunks:
                    if gone.done():
                        return
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def choose_download(call: Call[None, DownloadBody]) -> Download:
    """Put a selection together."""
    chosen, files, size = await library.choose(
        call.appliance.db,
        call.viewer,
        ids=call.body.ids,
        where=call.body.filter.wanted() if call.body.filter else None,
        name=call.body.name,
    )
    call.note.object = f"{files} assets"
    return Download(
        id=chosen.id,
        url=f"{base_path(call.context.settings)}/api/downloads/{chosen.id}",
        files=files,
        bytes=size,
        expires_at=chosen.expires_at,
    )


async def get_download(call: Call[None, None]) -> Response:
    """A selection as one archive."""
    chosen, archive = await library.open_archive(
        call.appliance.db, call.viewer, call.uuid(), store=call.appliance.store
    )
    return ArchiveAnswer(
        archive,
        {
            "Cache-Control": "private, no-store",
            "Content-Disposition": content_disposition(f"{chosen.name}.zip", download=True),
        },
    )


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/downloads",
        handler=choose_download,
        summary="Choose what to fetch as one archive",
        tag="assets",
        description="At most 20,000 assets that you may see. The selection can be fetched for six hours.",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        audit="asset.download",
        body=DownloadBody,
        responses={201: Download},
        errors=(NotFound,),
    ),
    Operation(
        method="GET",
        path="/api/downloads/{id:uuid}",
        handler=get_download,
        summary="The selection as one archive",
        tag="assets",
        description=(
            "A ZIP archive of originals in their folders, with `metadata.json`, which also names what is missing on"
            " the volume. `Content-Length` is exact: what is shorter was cut off, and is"
            " fetched anew: it is made while it is sent, so a `Range` is answered with all of it."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: Media(("application/zip",))},
        errors=(NotFound, VolumeUnavailable),
    ),
)
