"""Encoder servers for tests: ours, on this event loop, and one of others' making, which can be told to misbehave.

The foreign one is written from the description of the ``/predict`` protocol alone, and uses nothing of this program:
Pillow, NumPy, ONNX Runtime and the tokenizers library, on the files of the starter model.
"""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import hypercorn.asyncio
import numpy as np
import onnxruntime
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from tokenizers import Tokenizer

from appliance.settings import Settings
from workers.encoder.app import open_app
from workers.encoder_server import opened_already

STARTER = Path(__file__).parents[2] / "appliance/clip/starter"


def free_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def listening(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """The address at which ``app`` is served; at the end all its connections are closed."""
    config = Config()
    config.accesslog = config.errorlog = None
    config.graceful_timeout = 0.2
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen(64)
        taken.setblocking(False)
        config.bind = [f"fd://{taken.fileno()}"]
        stop = asyncio.Event()
        serving = asyncio.create_task(
            hypercorn.asyncio.serve(
                cast(ASGIFramework, opened_already(app)), config, shutdown_trigger=stop.wait, mode="asgi"
            )
        )
        try:
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            stop.set()
            await asyncio.wait({serving}, timeout=5)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            taken.detach()


@asynccontextmanager
async def our_server(settings: Settings, port: int = 0) -> AsyncIterator[str]:
    """The address of an encoder server of ours."""
    async with open_app(settings) as app, listening(app, port) as url:
        yield url


@dataclass
class Foreign:
    """A server that speaks ``/predict`` and ``/ping``, and what it does wrong."""

    see: Callable[[Image.Image], list[float]] = field(default_factory=lambda: see)
    read: Callable[[str], list[float]] = field(default_factory=lambda: read)
    #: Makes of a right vector what is answered.
    alter: Callable[[list[float]], list[Any]] = lambda vector: vector
    #: The whole answer, in place of the right one.
    instead: Callable[[], Response] | None = None
    #: Which towers misbehave.
    towers: frozenset[str] = frozenset({"visual", "textual"})
    #: How many requests are answered rightly before it begins to.
    good: int = 0
    seconds: float = 0.0
    #: What was asked for, as (tower, model's name), in order.
    asked: list[tuple[str, str]] = field(default_factory=list)
    #: The pictures that came.
    pictures: list[Image.Image] = field(default_factory=list)

    def app(self) -> ASGIApp:
        """The application."""
        return Starlette(
            routes=[
                Route("/ping", lambda _request: PlainTextResponse("pong")),
                Route("/predict", self._predict, methods=["POST"]),
            ]
        )

    async def _predict(self, request: Request) -> Response:
        async with request.form() as form:
            entries = json.loads(str(form["entries"]))
            ((tower, entry),) = entries["clip"].items()
            self.asked.append((tower, entry["modelName"]))
            answer: dict[str, Any] = {}
            if tower == "visual":
                uploaded = form["image"]
                assert not isinstance(uploaded, str)
                picture = Image.open(io.BytesIO(await uploaded.read())).convert("RGB")
                self.pictures.append(picture)
                vector = await asyncio.to_thread(self.see, picture)
                answer = {"imageHeight": picture.height, "imageWidth": picture.width}
            else:
                vector = await asyncio.to_thread(self.read, str(form["text"]))
        if tower in self.towers and self.good <= 0:
            await asyncio.sleep(self.seconds)
            if self.instead is not None:
                return self.instead()
            vector = self.alter(vector)
        self.good -= 1
        return JSONResponse({"clip": json.dumps(vector)} | answer)


def toy() -> Foreign:
    """A foreign server whose model sees a sketch of a picture and the letters of a text: quick, and of no use."""

    def sketch(picture: Image.Image) -> list[float]:
        return _unit(np.asarray(picture.resize((4, 4), Image.Resampling.BOX), np.float64).reshape(-1) + 1)

    def letters(text: str) -> list[float]:
        return _unit(np.bincount([ord(letter) % 48 for letter in text], minlength=48) + 0.1)

    return Foreign(see=sketch, read=letters)


_SESSIONS: dict[str, onnxruntime.InferenceSession] = {}


def _session(tower: str) -> Any:
    if tower not in _SESSIONS:
        _SESSIONS[tower] = onnxruntime.InferenceSession(STARTER / tower / "model.onnx")
    return _SESSIONS[tower]


def see(picture: Image.Image) -> list[float]:
    """A picture's vector: squashed to the input's size, scaled by the folder's own figures."""
    notes = json.loads((STARTER / "visual/preprocess_cfg.json").read_text())
    squashed = picture.resize(tuple(notes["size"]), Image.Resampling.BICUBIC)
    planes = (np.asarray(squashed, np.float32) / 255 - np.float32(notes["mean"])) / np.float32(notes["std"])
    (vector,) = _session("visual").run(None, {"image": planes.transpose(2, 0, 1)[None]})[0]
    return _unit(vector)


def read(text: str) -> list[float]:
    """A text's vector."""
    tokenizer = Tokenizer.from_file(str(STARTER / "textual/tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(77)
    ids = np.asarray([tokenizer.encode(" ".join(text.split())).ids], np.int32)
    (vector,) = _session("textual").run(None, {"text": ids})[0]
    return _unit(vector)


def _unit(vector: Any) -> list[float]:
    return [float(value) for value in vector / np.linalg.norm(vector)]
