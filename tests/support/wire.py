"""A wire between a browser and a server that can be cut, as no browser can be told to cut what is under way."""

import contextlib
import selectors
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PIECE = 64 * 1024


class Wire:
    """``with Wire(up.url) as wire``: ``wire.url`` leads to the server, but from :meth:`cut` until :meth:`mend`."""

    def __init__(self, to: str) -> None:
        there = urlsplit(to)
        self._to = (there.hostname or "127.0.0.1", there.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._whole = True
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._listener.close()

    def cut(self) -> None:
        """End every connection at once, and let no new one through."""
        with self._lock:
            self._whole = False
            ended, self._sockets = self._sockets, set()
        for one in ended:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._whole = True

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(self._to) as server:
            with self._lock:
                if not self._whole:
                    return
                self._sockets |= {client, server}
            other = {client: server, server: client}
            with selectors.DefaultSelector() as ready:
                for one in other:
                    ready.register(one, selectors.EVENT_READ)
                while True:
                    for key, _ in ready.select():
                        assert isinstance(key.fileobj, socket.socket)
                        piece = key.fileobj.recv(_PIECE)
                        if not piece:
                            return
                        other[key.fileobj].sendall(piece)
