"""The project's own way from a file to a vector, by its real parts, without queue and database.

Decoder with its confined children, encoder in this process, cache of renditions. As a worker does it: two claims at
a time, and of each some pictures are encoded while the others are decoded.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.clip.opening import open_encoder
from appliance.cores import cores
from appliance.library.embed import ENCODED_AT_ONCE
from appliance.media.cache import SIZES, RenditionCache
from appliance.media.decoder import Decoder
from appliance.records.media import DecodeLimits
from appliance.settings import Settings, load
from benchmarks.support.apart import Vectors

#: As many as a worker has, see ``workers.main``.
_CLAIMS_AT_ONCE = 2


def settings_for(model: Path, data: Path) -> Settings:
    """Settings that choose this model folder."""
    return load({}, DATA_PATH=str(data), MODELS_PATH=str(model.parent), CLIP_MODEL=model.name)


class Ours:
    """One model, one way of working.

    ``renditions``: all sizes are made and written as well. ``hashed``: the file is hashed, as at an upload.
    """

    def __init__(self, model: Path, *, renditions: bool = False, hashed: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="scene-sense-bench-"))
        self._sizes = SIZES if renditions else ()
        self._hashed = hashed
        self._settings = settings_for(model, self._folder)
        self._cache = RenditionCache(self._folder / "cache")
        self._runner = asyncio.Runner()
        self._encoder = self._runner.run(self._open())
        limits = DecodeLimits(
            self._settings.max_pixels,
            self._settings.decode_timeout_seconds,
            self._settings.decode_memory_bytes,
        )
        self._decoder = Decoder(limits, self._settings.decode_processes or cores())

    def run(self, files: Sequence[str]) -> Vectors:
        """See :class:`benchmarks.support.apart.Way`."""
        return self._runner.run(self._run(files))

    def close(self) -> None:
        """See :class:`benchmarks.support.apart.Way`."""
        self._runner.run(self._close())
        self._runner.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _open(self) -> Encoder:
        return await open_encoder(self._settings, towers=frozenset({"image"}))

    async def _close(self) -> None:
        await self._decoder.close()
        await self._encoder.close()

    async def _run(self, files: Sequence[str]) -> Vectors:
        vectors: list[NDArray[np.float32] | None] = [None] * len(files)
        size = self._settings.embed_batch
        free = asyncio.Semaphore(_CLAIMS_AT_ONCE)

        async def one(places: Sequence[int]) -> None:
            async with free:
                await self._claim(files, places, vectors)

        starts = range(0, len(files), size)
        await asyncio.gather(*(one(range(start, min(start + size, len(files)))) for start in starts))
        return np.stack([vector for vector in vectors if vector is not None])

    async def _claim(
        self, files: Sequence[str], places: Sequence[int], vectors: list[NDArray[np.float32] | None]
    ) -> None:
        """Decode these files, and encode some at a time, as they are ready."""

        async def decode(place: int) -> tuple[int, NDArray[np.uint8]]:
            return place, await self._pixels(files[place])

        ready: list[tuple[int, NDArray[np.uint8]]] = []
        left = len(places)
        for decoded in asyncio.as_completed([decode(place) for place in places]):
            ready.append(await decoded)
            left -= 1
            if len(ready) == ENCODED_AT_ONCE or not left:
                encoded = await self._encoder.encode_images([pixels for _, pixels in ready])
                for (place, _), vector in zip(ready, encoded, strict=True):
                    vectors[place] = vector
                ready.clear()

    async def _pixels(self, file: str) -> NDArray[np.uint8]:
        if self._hashed:
            await asyncio.to_thread(_sha256, file)
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            rendered = await self._decoder.render(fd, sizes=self._sizes, pixels=self._encoder.pixels)
        finally:
            os.close(fd)
        if self._sizes:
            await asyncio.to_thread(self._cache.write, uuid4(), 1, rendered.renditions)
        if rendered.pixels is None:
            raise RuntimeError(f"no pixels of {file}")
        return rendered.pixels


def _sha256(file: str) -> bytes:
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()
