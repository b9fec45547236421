"""Memory for decoding: how much a picture takes, told from its header, and its share of what there is."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from PIL import Image, JpegImagePlugin

#: Bytes for each pixel: 4 in Pillow's memory, and as much again for a change of mode.
_PLAIN = 8

#: Bytes for each pixel where the reader makes a copy of its own first, by the format's name.
_COPIED = {"HEIF": 12, "AVIF": 12, "WEBP": 12}

#: Bytes of one coefficient, all of which a progressive JPEG keeps until its last scan is read.
_COEFFICIENT = 2


class NeedsRoom(Exception):
    """Decoding this picture takes more memory than was allowed so far."""

    def __init__(self, memory_bytes: int) -> None:
        super().__init__(memory_bytes)
        self.memory_bytes = memory_bytes


def memory_needed(picture: Image.Image, stored: tuple[int, int]) -> int:
    """About how many bytes it takes to load an opened ``picture`` whose file has ``stored`` pixels.

    A JPEG's size is that of the fraction to which it was drafted.
    """
    pixels = picture.width * picture.height
    if not isinstance(picture, JpegImagePlugin.JpegImageFile):
        return pixels * _COPIED.get(picture.format or "", _PLAIN)
    needed = pixels * _PLAIN
    if picture.info.get("progressive"):
        parts = [(across, down) for _, across, down, _ in picture.layer]
        widest, highest = (max((part[axis] for part in parts), default=1) for axis in (0, 1))
        per_pixel = sum(across * down for across, down in parts) / (widest * highest)
        needed += round(stored[0] * stored[1] * per_pixel * _COEFFICIENT)
    return needed


class Room:
    """So many bytes for all who ask; what is more than there is gets all of it. First come, first served."""

    def __init__(self, memory_bytes: int) -> None:
        self._all = self._free = memory_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, memory_bytes: int) -> AsyncIterator[None]:
        """Wait until this many bytes are free, and have them for as long as the context lasts."""
        wanted = min(memory_bytes, self._all)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, turn))
        self._admit()
        try:
            await turn
            yield
        finally:
            if turn.done() and not turn.cancelled():
                self._free += wanted
            else:
                with suppress(ValueError):  # it was passed over already
                    self._waiting.remove((wanted, turn))
            self._admit()

    def _admit(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            wanted, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._free -= wanted
                turn.set_result(None)
