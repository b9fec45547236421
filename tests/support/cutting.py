"""A network that cuts connections, between a client and a server on this machine."""

import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: Closing with this option set is a reset: nobody is told that anything is over.
_RESET = struct.pack("ii", 1, 0)

_PIECE_BYTES = 4096


@dataclass
class Network:
    """Passes on what comes, and has accidents; may be changed while it runs."""

    url: str = ""
    #: A connection that has sent so many bytes is cut: one for each, the first first.
    cuts: list[int] = field(default_factory=list)
    #: The next connection that has sent so many bytes has the one after them changed on its way.
    spoils: list[int] = field(default_factory=list)
    #: Bytes that went to the server.
    sent: int = 0
    ends: list[socket.socket] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, size: int) -> None:
        """Count bytes that went to the server."""
        with self.lock:
            self.sent += size

    def close(self) -> None:
        """End all connections."""
        for end in self.ends:
            _reset(end)

    def take(self, waiting: list[int], sent: int, more: int) -> bool:
        """Whether the next accident of this kind happens within these bytes."""
        with self.lock:
            if waiting and sent <= waiting[0] < sent + more:
                waiting.pop(0)
                return True
        return False


@contextmanager
def network(port: int) -> Iterator[Network]:
    """One in front of this port, until the end of the block."""
    state = Network()
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1000) as pool:
        state.url = f"http://127.0.0.1:{server.getsockname()[1]}"
        pool.submit(_serve, server, port, state, pool)
        try:
            yield state
        finally:
            # Whoever waits in accept() or for an idle connection is woken.
            server.shutdown(socket.SHUT_RDWR)
            state.close()


def _serve(server: socket.socket, port: int, state: Network, pool: ThreadPoolExecutor) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        try:
            upstream = socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            _reset(client)
            continue
        upstream.settimeout(None)
        state.ends += [client, upstream]
        pool.submit(_pump, client, upstream, state)
        pool.submit(_pump, upstream, client, None)


def _pump(source: socket.socket, target: socket.socket, state: Network | None) -> None:
    sent = 0
    with suppress(OSError):
        while data := source.recv(_PIECE_BYTES):
            if state is not None and state.take(state.cuts, sent, len(data)):
                break
            if state is not None and state.take(state.spoils, sent, len(data)):
                data = bytes([data[0] ^ 1]) + data[1:]
            target.sendall(data)
            sent += len(data)
            if state is not None:
                state.note(len(data))
        else:
            target.shutdown(socket.SHUT_WR)
            return
    _reset(source)
    _reset(target)


def _reset(end: socket.socket) -> None:
    """Let the other side know nothing but that it is over."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Whoever waits for it wakes; only closing makes the other side stop sending.
        end.shutdown(socket.SHUT_RDWR)
    end.close()
