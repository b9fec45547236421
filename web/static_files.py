"""Serves the built page: files as they were built, and the page itself for every address inside it.

Files below ``assets/`` carry a hash of their content in their name and never change; all others are asked for
again each time. Text files lie compressed beside themselves (``.br``, ``.gz``).
"""

import asyncio
import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

STATIC = Path(__file__).with_name("static")

#: By suffix; the machine's own tables differ from one to the next.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

_ENCODINGS = {"br": ".br", "gzip": ".gz"}

_NOT_BUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Scene-Sense</title></head><body>
<h1>The page is not built yet</h1>
<p>The server runs and its interface answers; only the page is missing. Build it in the checkout with</p>
<pre>make ui</pre>
<p>and load this address again. The interface is described at <a href="{base}/api/docs">{base}/api/docs</a>.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    media_type: str
    encoding: str | None
    #: Whether there are other encodings of it.
    varies: bool


class StaticFiles:
    """The built page below ``root``; ``base_path`` is the path of PUBLIC_URL, without a slash at its end."""

    def __init__(self, root: Path = STATIC, *, base_path: str = "") -> None:
        self._root = root
        self._base_path = base_path

    async def respond(self, request: Request) -> Response | None:
        """The answer to a GET or HEAD; None when there is nothing at this address."""
        path = request.url.path if not request.scope.get("path") else str(request.scope["path"])
        found = await asyncio.to_thread(self._find, path, _accepted(request))
        if found is not None:
            return _file_response(found, request, immutable=path.startswith("/assets/"))
        wants_html = path == "/" or "text/html" in request.headers.get("accept", "")
        if path.startswith("/assets/") or not wants_html:
            return None
        return await asyncio.to_thread(self._page, request)

    def _find(self, path: str, accepted: frozenset[str]) -> _Found | None:
        parts = PurePosixPath(path.lstrip("/")).parts
        if not parts or any(part.startswith(".") for part in parts) or "\x00" in path or path.endswith("/"):
            return None
        file = self._root.joinpath(*parts)
        media_type = _TYPES.get(file.suffix)
        # index.html is never sent as it is: its base has to be set.
        if media_type is None or parts == ("index.html",) or not file.is_file():
            return None
        if not file.resolve().is_relative_to(self._root.resolve()):
            return None
        beside = {name: file.with_name(file.name + suffix) for name, suffix in _ENCODINGS.items()}
        present = {name: candidate for name, candidate in beside.items() if candidate.is_file()}
        for name, candidate in present.items():
            if name in accepted:
                return _Found(candidate, media_type, name, varies=True)
        return _Found(file, media_type, None, varies=bool(present))

    def _page(self, request: Request) -> Response:
        try:
            html = (self._root / "index.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            return HTMLResponse(_NOT_BUILT.format(base=escape(self._base_path)), 503)
        html = html.replace('<base href="/"', f'<base href="{escape(self._base_path)}/"', 1)
        etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if _matches(request, etag):
            # With its type: what headers say here replaces what the browser has, its policy among them.
            return Response(status_code=304, headers=headers, media_type="text/html")
        return HTMLResponse(html, headers=headers)


def _file_response(found: _Found, request: Request, *, immutable: bool) -> Response:
    stat = found.path.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}{found.encoding or ""}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=31536000, immutable" if immutable else "no-cache",
    }
    if found.encoding:
        headers["Content-Encoding"] = found.encoding
    if found.varies:
        headers["Vary"] = "Accept-Encoding"
    if _matches(request, etag):
        return Response(status_code=304, headers=headers, media_type=found.media_type)
    return FileResponse(found.path, headers=headers, media_type=found.media_type, stat_result=stat)


def _matches(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return etag in {part.strip().removeprefix("W/") for part in given.split(",")}


def _accepted(request: Request) -> frozenset[str]:
    names = set()
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, parameters = part.partition(";")
        if parameters.strip().replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            names.add(name.strip().lower())
    return frozenset(names)
