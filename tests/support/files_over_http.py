"""A server of files over real HTTP, which can be made to misbehave as servers and networks do."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    range: str | None
    if_range: str | None


@dataclass
class FileServer:
    """What is served and how; may be changed while it serves."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    #: The version of a file, where it isn't the first one.
    tags: dict[str, str] = field(default_factory=dict)
    #: Paths that lead to another address.
    moved: dict[str, str] = field(default_factory=dict)
    #: The next answers are cut off after so many bytes, one each.
    cuts: list[int] = field(default_factory=list)
    #: The next requests are answered with these statuses.
    failures: list[int] = field(default_factory=list)
    #: How long to wait after each piece of 64 KiB, seconds.
    pause_seconds: float = 0.0
    ranges: bool = True
    heads: bool = True
    tagged: bool = True
    asked: list[Asked] = field(default_factory=list)

    def put(self, prefix: str, files: dict[str, bytes]) -> str:
        """Serve these files below ``prefix``; its address."""
        self.files |= {f"/{prefix}/{name}": content for name, content in files.items()}
        return f"{self.url}/{prefix}"

    def gets(self, path: str) -> list[Asked]:
        """The requests for the bytes of a file."""
        return [asked for asked in self.asked if asked.method == "GET" and asked.path == path]


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server on this machine, until the end of the block."""
    state = FileServer()

    class Handler(_Handler):
        server_state = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_state: FileServer
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        state = self.server_state
        wanted, path = self.headers.get("Range"), self.path.partition("?")[0]
        state.asked.append(Asked(self.command, path, wanted, self.headers.get("If-Range")))
        content = state.files.get(path)
        if state.failures:
            self._status(state.failures.pop(0))
        elif path in state.moved:
            self.send_response(302)
            self.send_header("Location", state.moved[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif content is None:
            self._status(404)
        elif self.command == "HEAD" and not state.heads:
            self._status(405)
        else:
            self._file(content, wanted)

    def _file(self, content: bytes, wanted: str | None) -> None:
        state = self.server_state
        tag = f'"{state.tags.get(self.path, "first")}"'
        start = 0
        if wanted and state.ranges and self.headers.get("If-Range") in {None, tag}:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if state.tagged:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if self.command == "HEAD":
            return
        body = content[start:]
        cut = state.cuts.pop(0) if state.cuts else None
        self._write(body if cut is None else body[:cut])
        if cut is not None:
            self.close_connection = True

    def _write(self, body: bytes) -> None:
        try:
            for place in range(0, len(body), 65536):
                self.wfile.write(body[place : place + 65536])
                time.sleep(self.server_state.pause_seconds)
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def _status(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at ``asked`` instead."""
