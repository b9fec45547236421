"""Asks for many small files over a few kept connections, as a browser does, at little cost to itself.

A client library takes longer for a request than the server does. So the requests are bytes that are made once, and of
an answer nothing is looked at but its status and where it ends.
"""

import socket
import threading
import time
from collections.abc import Sequence

#: What a browser opens to one host.
CONNECTIONS = 6


def rate(port: int, paths: Sequence[str], headers: Sequence[str]) -> float:
    """Answers per second: each path once, over :data:`CONNECTIONS` connections that take turns.

    Raises:
        RuntimeError: an answer was another than 200.
    """
    common = "\r\n".join((f"Host: 127.0.0.1:{port}", *headers, "", ""))
    requests = [f"GET {path} HTTP/1.1\r\n{common}".encode() for path in paths]
    shares = [requests[number::CONNECTIONS] for number in range(CONNECTIONS)]
    errors: list[BaseException] = []
    threads = [threading.Thread(target=_ask, args=(port, share, errors)) for share in shares]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if errors:
        raise RuntimeError("not all was answered") from errors[0]
    return len(paths) / seconds


def _ask(port: int, requests: Sequence[bytes], errors: list[BaseException]) -> None:
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in requests:
                connection.sendall(request)
                _skip_answer(connection)
    except (OSError, ValueError) as error:
        errors.append(error)


def _skip_answer(connection: socket.socket) -> None:
    head = b""
    while (end := head.find(b"\r\n\r\n")) < 0:
        piece = connection.recv(65536)
        if not piece:
            raise ValueError("the connection was closed")
        head += piece
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError(head[:200])
    begin = head.lower().index(b"content-length:") + 15
    left = int(head[begin : head.index(b"\r\n", begin)]) - (len(head) - end - 4)
    while left > 0:
        left -= len(connection.recv(min(left, 262144)))
