"""Speaks to ``scene-sense-encoder``: whole batches of pixels, and vectors equal to those made in process."""

import json
from dataclasses import dataclass
from typing import Self

from appliance.clip.encoder import Pictures, Vectors
from appliance.clip.providers import CUDA
from appliance.clip.remote.faults import RequestRefused, ServerUntrue
from appliance.clip.remote.line import Line, LineKind, Reply
from appliance.clip.remote.wire import (
    BYTES_TYPE,
    IDENTITY_HEADER,
    IMAGES_PATH,
    MODEL_PATH,
    TEXTS_PATH,
    Described,
    description_from_json,
    pictures_to_bytes,
    require_directions,
    vectors_from_bytes,
)

#: Pictures in one request to a server that runs by its processor, and to one with a graphics card.
PART = 8
GPU_PART = 32


@dataclass(frozen=True, slots=True)
class OwnProtocol:
    """The wire of :mod:`appliance.clip.remote.wire` for one model of one server."""

    line: Line
    described: Described

    #: Each answer says whose vectors it holds.
    says_identity = True

    @classmethod
    async def find(cls, line: Line, name: str, *, seconds: float) -> Self | None:
        """How to speak to a server of ours that has the model ``name``; None when it is not one of ours.

        Raises:
            ServerAway, ServerFailed, ServerBusy: it can't say now.
            ServerUntrue: it is one of ours and does not have the model, or wants another key.
        """
        try:
            reply = await line.get(MODEL_PATH, params={"name": name}, seconds=seconds)
        except (RequestRefused, ServerUntrue) as error:
            if "no_such_model" in str(error) or "CLIP_SERVER_KEY" in str(error):
                raise ServerUntrue(str(error)) from error
            return None
        try:
            return cls(line, description_from_json(reply.body))
        except ValueError as error:
            if IDENTITY_HEADER in reply.headers:
                raise ServerUntrue(f"its description of {name} can't be understood: {error}") from error
            return None

    @property
    def batch(self) -> int:
        """Pictures in one request: as many as keep the server busy, and few enough to be shared among several."""
        usual = GPU_PART if CUDA in self.described.providers else PART
        return min(usual, self.described.pictures)

    async def text(self, text: str, *, seconds: float) -> tuple[Vectors, Reply]:
        """The unit vector (D,) of one text. Raises what :meth:`Line.send` does."""
        body = json.dumps({"texts": [text]}).encode()
        reply = await self._post("texts", TEXTS_PATH, "application/json", body, seconds)
        return self._vectors(reply, 1)[0], reply

    async def pictures(self, pictures: Pictures, *, seconds: float) -> tuple[Vectors, Reply]:
        """The unit vectors [n, D]. Raises what :meth:`Line.send` does."""
        body = pictures_to_bytes(pictures)
        reply = await self._post("pictures", IMAGES_PATH, BYTES_TYPE, body, seconds)
        return self._vectors(reply, len(pictures)), reply

    async def _post(self, kind: LineKind, path: str, content_type: str, body: bytes, seconds: float) -> Reply:
        return await self.line.send(
            kind,
            "POST",
            path,
            seconds=seconds,
            params={"model": self.described.name},
            headers={IDENTITY_HEADER: self.described.identity, "Content-Type": content_type},
            content=body,
        )

    def _vectors(self, reply: Reply, count: int) -> Vectors:
        said = reply.headers.get(IDENTITY_HEADER)
        if said != self.described.identity:
            raise ServerUntrue(f"its vectors are of another model, {str(said)[:16]}")
        try:
            vectors = vectors_from_bytes(reply.body, count=count, dimension=self.described.dimension)
            return require_directions(vectors, count=count, dimension=self.described.dimension)
        except ValueError as error:
            raise ServerUntrue(str(error)) from error
