"""Tells whether a GIF is there to its end, whose first frame alone would not say.

Blocks as in the GIF89a specification, sections 15 to 27.
"""

from typing import BinaryIO

from appliance.errors import DamagedFile

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def require_whole_gif(file: BinaryIO) -> None:
    """Return if the blocks of the GIF in ``file`` go on to its trailer.

    What is no block at all counts as an end, as it does for browsers: only a file that stops short is refused.

    Raises:
        DamagedFile: the file stops before its trailer.
    """
    file.seek(6)
    descriptor = _take(file, 7)
    _skip_palette(file, descriptor[4])
    while True:
        kind = _take(file, 1)[0]
        if kind == _EXTENSION:
            _take(file, 1)
        elif kind == _IMAGE:
            _skip_palette(file, _take(file, 9)[8])
            _take(file, 1)
        else:
            return
        while length := _take(file, 1)[0]:
            _take(file, length)


def _skip_palette(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        _take(file, 3 << ((flags & 0x07) + 1))


def _take(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise DamagedFile
    return data
