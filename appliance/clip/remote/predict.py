"""Speaks to a server that knows only ``POST /predict`` and ``GET /ping``, as home servers for photos run them.

The form's ``entries`` is ``{"clip": {"visual": {"modelName": NAME}}}`` with a file ``image``, or ``"textual"`` with
a field ``text``; the answer's ``clip`` is the vector, as a JSON array inside a string. How such a server prepares
pictures can't be known: it is sent the whole picture, lossless, and large enough that its preparation decides.
"""

import asyncio
import io
import json
import re
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from PIL import Image

from appliance.clip.encoder import Pictures, Vectors
from appliance.clip.remote.faults import RequestRefused, ServerUntrue
from appliance.clip.remote.line import SMALL_REPLY_BYTES, Line, LineKind, Reply
from appliance.clip.remote.wire import MAX_DIMENSION, require_directions
from appliance.records.media import PixelSpec

#: The short side that is sent where the model's name does not say more, pixels: over twice the usual 224.
SHORT_SIDE = 512

#: An answer that is longer is read in a thread, bytes: more than a usual vector has.
_LONG_BYTES = 64 * 1024

#: A model's name often ends with the side of its input: ViT-L-14-336, ViT-B-16-SigLIP-512.
_SIDE = re.compile(r"-(\d{3})(?=[-_]|$)")


@dataclass(frozen=True, slots=True)
class PredictProtocol:
    """The ``/predict`` protocol for one model of one server."""

    line: Line
    name: str
    #: None until a first answer has told.
    dimension: int | None = None

    #: Nothing in an answer says which model gave it.
    says_identity = False

    #: Pictures in one request.
    batch = 1

    @classmethod
    async def find(cls, line: Line, name: str, *, seconds: float) -> Self:
        """How to speak to the server, which answers ``/ping``; the first text tells the dimension.

        Raises:
            ServerAway, ServerFailed, ServerBusy: it can't say now.
            ServerUntrue: it does not speak the protocol, or does not have the model.
        """
        try:
            pong = (await line.get("/ping", seconds=seconds)).body[:64].strip(b' \r\n"')
            if pong != b"pong":
                raise ServerUntrue("it does not answer /ping with pong: is this an encoder server?")
            protocol = cls(line, name)
            vector, _ = await protocol.text("a photo", seconds=seconds)
        except RequestRefused as error:
            raise ServerUntrue(str(error)) from error
        return replace(protocol, dimension=len(vector))

    @property
    def pixels(self) -> PixelSpec:
        """What the decoder is to make for the server."""
        sides = [int(side) for side in _SIDE.findall(self.name)]
        side = max([SHORT_SIDE, *(2 * side for side in sides)])
        return PixelSpec(width=side, height=side, resize="short", interpolation="bicubic")

    async def text(self, text: str, *, seconds: float) -> tuple[Vectors, Reply]:
        """The unit vector (D,) of one text. Raises what :meth:`Line.send` does."""
        reply = await self._predict("textual", seconds, text=text)
        return (await self._vector(reply))[0], reply

    async def pictures(self, pictures: Pictures, *, seconds: float) -> tuple[Vectors, Reply]:
        """The unit vectors [1, D] of the one picture. Raises what :meth:`Line.send` does."""
        (picture,) = pictures
        reply = await self._predict("visual", seconds, image=await asyncio.to_thread(_png, picture))
        return await self._vector(reply), reply

    async def _predict(
        self, tower: str, seconds: float, *, text: str | None = None, image: bytes | None = None
    ) -> Reply:
        entries = json.dumps({"clip": {tower: {"modelName": self.name}}})
        # As files, each with a name or none, so that it is a form of parts in both cases.
        parts: list[tuple[str, Any]] = [("entries", (None, entries))]
        if image is not None:
            parts.append(("image", ("image.png", image, "image/png")))
        else:
            parts.append(("text", (None, text)))
        kind: LineKind = "texts" if image is None else "pictures"
        return await self.line.send(
            kind, "POST", "/predict", seconds=seconds, most=SMALL_REPLY_BYTES, files=parts
        )

    async def _vector(self, reply: Reply) -> Vectors:
        if len(reply.body) > _LONG_BYTES:
            return await asyncio.to_thread(self._read, reply)
        return self._read(reply)

    def _read(self, reply: Reply) -> Vectors:
        try:
            said = json.loads(reply.body)["clip"]
            numbers = json.loads(said) if isinstance(said, str) else said
            with np.errstate(over="ignore"):
                vector = np.asarray(numbers, np.float32)  # what is too large is infinite, and refused below
            if vector.size > MAX_DIMENSION:
                raise ValueError(f"{vector.size} numbers are more than {MAX_DIMENSION}")
            return require_directions(vector.reshape(1, -1), count=1, dimension=self.dimension)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ServerUntrue(f"its answer is not a vector: {error}") from error


def _png(picture: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=1)
    return out.getvalue()
