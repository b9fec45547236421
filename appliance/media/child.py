"""The program of a limited child: loads one function, confines itself, then runs it for each request.

Arguments: ``module:function``, memory in bytes, seconds for one task, the parent's process id. Standard input
is the socket to the parent. If the function's module has a ``warm_up``, it is called before the confinement.
"""

import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from appliance.errors import SceneSenseError
from appliance.media import wire
from appliance.media.confine import allow_cpu, confine

Task = Callable[[dict[str, Any], list[int]], tuple[dict[str, Any], list[bytes]]]

#: Descriptors that one request may bring.
MAX_FDS = 4


def main() -> None:
    """Serve requests until the parent closes its end."""
    name, memory_bytes, seconds, parent = sys.argv[1:]
    # Ctrl-C and a service being stopped reach the whole group; the parent may still finish what it is doing.
    for request_to_stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(request_to_stop, signal.SIG_IGN)
    channel = socket.socket(fileno=os.dup(0))
    module_name, _, function_name = name.partition(":")
    module = importlib.import_module(module_name)
    task: Task = getattr(module, function_name)
    getattr(module, "warm_up", lambda: None)()
    nowhere = os.open(os.devnull, os.O_RDWR)
    confine(memory_bytes=int(memory_bytes), parent=int(parent))
    channel.sendall(wire.pack({"ready": True}))
    # Libraries print what hostile files make them print; until here errors went to the parent.
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    while serve_one(channel, task, float(seconds)):
        pass


def serve_one(channel: socket.socket, task: Task, seconds: float) -> bool:
    """Answer one request; gives whether this process is fit for another."""
    message, fds, _, _ = socket.recv_fds(channel, wire.PREFIX.size + wire.MAX_HEADER_BYTES, MAX_FDS)
    if not message:
        return False
    length = wire.header_length(*wire.PREFIX.unpack_from(message))
    while len(message) < wire.PREFIX.size + length:
        message += channel.recv(wire.MAX_HEADER_BYTES)
    request, _ = wire.unpack(message[wire.PREFIX.size :], max_bytes=0)
    # Two threads' worth: the parent measures real time and is the one who decides.
    allow_cpu(2 * seconds + 5)
    try:
        header, blobs = task(request, fds)
    except SceneSenseError as error:
        header, blobs = {"error": error.code, "text": error.message}, []
    except MemoryError:
        header, blobs = {"memory": True}, []
    except Exception as error:
        header, blobs = {"fault": f"{type(error).__name__}: {error}"[:500]}, []
    finally:
        for fd in fds:
            os.close(fd)
    channel.sendall(wire.pack(header, blobs))
    for blob in blobs:
        channel.sendall(blob)
    return "memory" not in header


if __name__ == "__main__":
    main()
