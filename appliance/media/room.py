"""Memory for decoding: how much a picture takes, told from its header, and its share of what there is."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import IO

from PIL import Image, JpegImagePlugin

#: Bytes for each pixel: 4 in Pillow's memory, and as much again for a change of mode.
_PLAIN = 8

#: Bytes for each pixel where the reader makes a copy of its own first, by the format's name.
_COPIED = {"HEIF": 12, "AVIF": 12, "WEBP": 12}

#: Bytes of one coefficient, all of which a JPEG of several scans keeps until the last one is read.
_COEFFICIENT = 2

# ITU-T T.81, table B.1: start of scan, and the markers without a length (TEM and RST0 to RST7).
_START_OF_SCAN = 0xDA
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})


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
    if _has_several_scans(picture):
        parts = [(across, down) for _, across, down, _ in picture.layer]
        widest, highest = (max((part[axis] for part in parts), default=1) for axis in (0, 1))
        per_pixel = sum(across * down for across, down in parts) / (widest * highest)
        needed += round(stored[0] * stored[1] * per_pixel * _COEFFICIENT)
    return needed


def _has_several_scans(picture: JpegImagePlugin.JpegImageFile) -> bool:
    """Whether libjpeg takes it to have: it is progressive, or its first scan is not of all components."""
    if picture.info.get("progressive"):
        return True
    file = picture.fp
    if file is None:
        return False
    before = file.tell()
    try:
        return _components_of_first_scan(file) < len(picture.layer)
    finally:
        file.seek(before)


def _components_of_first_scan(file: IO[bytes]) -> int:
    """How many components there are in a JPEG's first scan, 0 if it has none; markers are found as libjpeg does."""
    file.seek(2)
    while byte := file.read(1):
        if byte != b"\xff":
            continue
        while (byte := file.read(1)) == b"\xff":
            pass
        marker = int.from_bytes(byte)
        if marker == 0 or marker in _BARE_MARKERS:
            continue
        length = int.from_bytes(file.read(2))
        if marker == _START_OF_SCAN:
            return int.from_bytes(file.read(1))
        file.seek(max(0, length - 2), os.SEEK_CUR)
    return 0


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
