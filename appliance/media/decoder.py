"""Reads pictures of untrusted origin without ever touching their bytes in this process.

Each picture is decoded once, in a limited child (``appliance.media.limited``), which gives everything that is
wanted of it. Large ones are decoded as their memory allows, which together they may take once; the others go on
meanwhile.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Self

import numpy as np

from appliance.errors import DamagedFile, DecodeLimit, RejectedFile
from appliance.media.cache import MIME_TYPES
from appliance.media.facts import facts_from_json
from appliance.media.limited import ChildFault, LimitedPool, Reply
from appliance.media.room import Room
from appliance.records.assets import Facts
from appliance.records.media import DecodeLimits, PixelSpec, Rendered

log = logging.getLogger(__name__)

#: A picture that takes less than this part of a decoder's memory is decoded at once; larger ones share that memory.
_SMALL = 16

_MAGIC = {"image/webp": b"RIFF", "image/jpeg": b"\xff\xd8\xff"}


class Decoder:
    """At most ``processes`` decodings at a time; more of them wait. An asynchronous context manager."""

    def __init__(self, limits: DecodeLimits, processes: int) -> None:
        self._max_pixels = limits.max_pixels
        self._memory_bytes = limits.memory_bytes
        self._small_bytes = limits.memory_bytes // _SMALL
        self._room = Room(limits.memory_bytes)
        self._pool = LimitedPool(
            "appliance.media.look:look",
            processes=processes,
            timeout_seconds=limits.timeout_seconds,
            memory_bytes=limits.memory_bytes,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Kill the children; decodings that are under way fail."""
        await self._pool.close()

    async def probe(self, fd: int) -> Facts:
        """What the picture in the open file ``fd`` is; all of it was decoded to tell. The position of ``fd`` stays.

        Raises:
            RejectedFile: it can't become an asset; the class and the text say why.
            DecoderUnavailable: nothing can be decoded now.
        """
        return (await self.render(fd, sizes=(), pixels=None)).facts

    async def render(self, fd: int, *, sizes: Sequence[int], pixels: PixelSpec | None) -> Rendered:
        """Facts, renditions of ``sizes`` and a model's pixels from one decode. The position of ``fd`` stays.

        Raises:
            RejectedFile: it can't be read; the class and the text say why.
            DecoderUnavailable: nothing can be decoded now.
        """
        request = {
            "max_pixels": self._max_pixels,
            "sizes": list(sizes),
            "pixels": asdict(pixels) if pixels else None,
        }
        try:
            reply = await self._pool.call({**request, "memory_bytes": self._small_bytes}, [fd])
            if (needed := reply.header.get("needs")) is not None:
                reply = await self._call_large(request, fd, int(needed))
            _raise_rejection(reply.header)
            return _rendered(reply, sizes, pixels)
        except ChildFault as fault:
            log.warning("a picture could not be read: %s", fault)
            raise DamagedFile from fault
        except ValueError as error:
            log.warning("the decoder gave a wrong answer: %s", error)
            raise DamagedFile from error

    async def _call_large(self, request: dict[str, Any], fd: int, memory_bytes: int) -> Reply:
        async with self._room.hold(memory_bytes):
            reply = await self._pool.call({**request, "memory_bytes": None}, [fd])
        if reply.header.get("error") == DamagedFile.code and memory_bytes > self._memory_bytes:
            # That is how JPEG's reader says that it got no memory.
            raise DecodeLimit(f"reading the picture takes more memory than {self._memory_bytes >> 20} MiB")
        return reply


def _raise_rejection(header: dict[str, Any]) -> None:
    if "error" in header:
        kinds = {kind.code: kind for kind in _rejections(RejectedFile)}
        raise kinds.get(str(header["error"]), DamagedFile)(str(header.get("text", ""))[:500] or None)


def _rejections(kind: type[RejectedFile]) -> Iterator[type[RejectedFile]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _rejections(narrower)


def _rendered(reply: Reply, sizes: Sequence[int], pixels: PixelSpec | None) -> Rendered:
    if len(reply.blobs) != len(sizes) + (pixels is not None):
        raise ValueError("not as many pictures as were asked for")
    renditions = dict(zip(sizes, reply.blobs, strict=False))
    for size, data in renditions.items():
        if not data.startswith(_MAGIC[MIME_TYPES[size]]):
            raise ValueError("a rendition in a wrong format")
    return Rendered(
        facts=facts_from_json(reply.header.get("facts", {})),
        renditions=renditions,
        pixels=_array(reply, pixels) if pixels else None,
    )


def _array(reply: Reply, pixels: PixelSpec) -> "np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]":
    width, height = pixels.width, pixels.height
    if pixels.resize == "short":
        width, height = (max(1, int(side)) for side in reply.header.get("pixels", ()))
    return np.frombuffer(reply.blobs[-1], np.uint8).reshape(height, width, 3)
