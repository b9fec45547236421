"""Renditions served without asking who wants them: the same files, headers and server as the project's.

``python -m benchmarks.support.bare_media CACHE_PATH PORT`` serves until it is ended.
"""

import asyncio
import sys
from pathlib import Path
from typing import cast
from uuid import UUID

import hypercorn.asyncio
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appliance.media.cache import MIME_TYPES, RenditionCache

#: What the project's own answers carry, whatever they are of.
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Cookie, Authorization",
    "X-Request-ID": "0" * 16,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def app(cache: RenditionCache) -> Starlette:
    """The application."""

    async def rendition(request: Request) -> Response:
        parameters = request.path_params
        asset_id = UUID(str(parameters["id"]))
        version, size = int(parameters["version"]), int(parameters["size"])
        data = await asyncio.to_thread(cache.read, asset_id, version, size)
        if data is None:
            return Response(status_code=404)
        etag = f'"{asset_id}-{version}-{size}"'
        name = f'inline; filename="{asset_id}-{size}"'
        headers = {**_HEADERS, "ETag": etag, "Content-Disposition": name}
        return Response(data, media_type=MIME_TYPES[size], headers=headers)

    return Starlette(routes=[Route("/media/{id:uuid}/{version:int}/{size:int}", rendition)])


def main(cache_path: str, port: str) -> None:
    """Serve."""
    config = Config()
    config.include_server_header = False
    config.accesslog = None
    config.bind = [f"127.0.0.1:{port}"]
    served = cast(ASGIFramework, app(RenditionCache(Path(cache_path))))
    asyncio.run(hypercorn.asyncio.serve(served, config, mode="asgi"))


if __name__ == "__main__":
    main(*sys.argv[1:])
