"""How leading peers get from a file to a vector, written anew from the order of operations in their sources.

Immich (machine-learning/immich_ml: main.py, models/clip/visual.py, models/transforms.py, sessions/ort.py): a file is
posted as multipart form data to FastAPI on Uvicorn, decoded whole by Pillow on one thread of a pool with as many
threads as cores, then resized, cut out, normalised and run on another, one picture at a time, two threads within an
operator, and answered as JSON with the vector as a string. Two at a time are posted, Immich's default.

rclip 3.3 (main.py, utils/preprocess.py): as many loading threads as cores read, hash (MD5) and prepare, three
batches ahead of one thread that runs batches of eight. Its store is left out, and the model is ours.
"""

import asyncio
import hashlib
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.support.apart import Vectors
from benchmarks.support.bare import centre, covering, encoded, fitted, open_graph
from benchmarks.support.vit import MEAN, SIDE, STD

_MEAN, _STD = np.array(MEAN, np.float32), np.array(STD, np.float32)

#: Pictures on their way to the server: Immich's default for its search job.
_POSTED_AT_ONCE = 2

_BOUNDARY = "benchmark-boundary"
_START_SECONDS = 60.0

_BATCH, _BATCHES_AHEAD = 8, 3


class ImmichPath:
    """Posts files to a server in a process of its own; ``previews``: what is posted is a rendition, made untimed."""

    def __init__(self, model: Path, *, previews: Sequence[str] = ()) -> None:
        self._previews = {file: _preview(file) for file in previews}
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "benchmarks.support.peers", str(self._port), str(model)]
        self._server = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        self._clients = ThreadPoolExecutor(_POSTED_AT_ONCE)
        self._await_server()

    def run(self, files: Sequence[str]) -> Vectors:
        """See :class:`benchmarks.support.apart.Way`."""
        return np.stack(list(self._clients.map(self._post, files)))

    def close(self) -> None:
        """See :class:`benchmarks.support.apart.Way`."""
        self._clients.shutdown()
        self._server.terminate()
        self._server.wait(10)

    def _post(self, file: str) -> NDArray[np.float32]:
        data = self._previews.get(file) or Path(file).read_bytes()
        body = b"".join((_part("entries"), _ENTRIES, _part("image", "photo"), data, _END))
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
            connection.request("POST", "/predict", body, headers)
            answer = connection.getresponse().read()
        finally:
            connection.close()
        return np.array(json.loads(json.loads(answer)["clip"]), np.float32)

    def _await_server(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except OSError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the server of the Immich path did not start") from None
                time.sleep(0.05)
            else:
                return


_ENTRIES = json.dumps({"clip": {"visual": {"modelName": "ViT-B-32__openai", "options": {}}}}).encode()
_END = f"\r\n--{_BOUNDARY}--\r\n".encode()


def _part(name: str, filename: str = "") -> bytes:
    named = f'; filename="{filename}"\r\nContent-Type: application/octet-stream' if filename else ""
    between = "" if name == "entries" else "\r\n"
    disposition = f'Content-Disposition: form-data; name="{name}"{named}'
    return f"{between}--{_BOUNDARY}\r\n{disposition}\r\n\r\n".encode()


def _preview(file: str) -> bytes:
    with Image.open(file) as opened:
        return encoded(fitted(opened.convert("RGB"), 1440), "JPEG")


def _immich_server(port: int, model: Path) -> None:
    """Serve until a signal comes."""
    # Of the extra `bench`: nothing else of the project needs them.
    import orjson  # noqa: PLC0415
    import uvicorn  # noqa: PLC0415
    from fastapi import FastAPI, File, Form, Response  # noqa: PLC0415
    from starlette.formparsers import MultiPartParser  # noqa: PLC0415

    MultiPartParser.spool_max_size = 2**26
    graph = open_graph(model / "visual/model.onnx", threads=2)
    pool = ThreadPoolExecutor(os.cpu_count())

    def decode(data: bytes) -> Image.Image:
        picture = Image.open(io.BytesIO(data))
        picture.load()
        return picture if picture.mode == "RGB" else picture.convert("RGB")

    def infer(picture: Image.Image) -> str:
        picture = covering(picture)
        left, top = int(picture.width / 2 - SIDE / 2), int(picture.height / 2 - SIDE / 2)
        values = np.asarray(picture.crop((left, top, left + SIDE, top + SIDE)), np.float32) / 255.0
        values *= 1.0 / _STD
        values -= _MEAN / _STD
        vector = graph.encode(values.transpose(2, 0, 1)[None])[0]
        return str(orjson.dumps(vector, option=orjson.OPT_SERIALIZE_NUMPY).decode())

    async def predict(entries: str = Form(), image: bytes = File()) -> Any:
        orjson.loads(entries)
        loop = asyncio.get_running_loop()
        picture = await loop.run_in_executor(pool, decode, image)
        vector = await loop.run_in_executor(pool, infer, picture)
        answer = {"clip": vector, "imageHeight": picture.height, "imageWidth": picture.width}
        return Response(orjson.dumps(answer), media_type="application/json")

    app = FastAPI()
    app.add_api_route("/predict", predict, methods=["POST"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


class RclipPath:
    """Loads ahead on threads, and runs batches of eight."""

    def __init__(self, model: Path) -> None:
        self._graph = open_graph(model / "visual/model.onnx", threads=os.cpu_count() or 1)
        self._loaders = ThreadPoolExecutor(os.cpu_count())

    def run(self, files: Sequence[str]) -> Vectors:
        """See :class:`benchmarks.support.apart.Way`."""
        vectors: list[Vectors] = []
        batch: list[NDArray[np.float32]] = []
        for picture in self._loaded(files):
            batch.append(picture)
            if len(batch) == _BATCH:
                vectors.append(self._graph.encode(np.stack(batch)))
                batch.clear()
        if batch:
            vectors.append(self._graph.encode(np.stack(batch)))
        return np.concatenate(vectors)

    def close(self) -> None:
        """See :class:`benchmarks.support.apart.Way`."""
        self._loaders.shutdown()

    def _loaded(self, files: Sequence[str]) -> Iterator[NDArray[np.float32]]:
        ahead: deque[Future[NDArray[np.float32]]] = deque()
        for file in files:
            ahead.append(self._loaders.submit(_load, file))
            if len(ahead) > _BATCHES_AHEAD * _BATCH:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _load(file: str) -> NDArray[np.float32]:
    with Path(file).open("rb") as opened:
        hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False))
    with Image.open(file) as source:
        picture = source.convert("RGB")
    width, height = picture.size
    size = (SIDE, int(height * SIDE / width)) if width < height else (int(width * SIDE / height), SIDE)
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    values: NDArray[np.float32] = np.array(centre(picture), np.float32) / 255.0
    values = (values - _MEAN) / _STD
    return values.transpose(2, 0, 1)


if __name__ == "__main__":
    _immich_server(int(sys.argv[1]), Path(sys.argv[2]))
