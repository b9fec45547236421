"""Opens one picture of untrusted origin and gives its pixels: upright, in sRGB, no larger than needed.

1. The format is told from the bytes, and only that format's reader is tried.
2. A JPEG is decoded at the largest fraction (1/2, 1/4, 1/8) that still gives what is needed.
3. The header's size is checked against the cap before anything is decoded, and against the memory allowed so far.
4. The pixels are shrunk to what is needed, then made RGB, converted by the colour profile, laid on white and
   turned: all of that is cheaper on fewer pixels.

A model's pixels made this way agree with those from a full decode; made from a re-encoded rendition they would not.

Only the first frame of an animation is looked at. This runs in the decoder's children.
"""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import pillow_heif
from PIL import AvifImagePlugin, Image, TiffImagePlugin, UnidentifiedImageError

from appliance.errors import DamagedFile, RejectedFile, TooManyPixels, UnsupportedFile
from appliance.media.colour import to_srgb
from appliance.media.exif import CameraNotes, read_notes
from appliance.media.formats import HEAD_BYTES, MIME_TYPES, Format, recognise
from appliance.media.gif import require_whole_gif
from appliance.media.room import NeedsRoom, memory_needed

Size = tuple[int, int]

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

#: Their readers apply the orientation themselves: TIFF's when it loads, HEIF's by the container's own boxes.
_TURNED_BY_READER = frozenset({"TIFF", "HEIF"})

# TIFF 6.0, TIFF Technical Note 1, DNG 1.7
_NEW_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION = 254, 330, 50706

#: A JPEG may have this many times the pixels of the cap where it is decoded at a fraction: those are never in memory,
#: and reading them takes a third of the time.
_MOST_IN_FRACTIONS = 4

#: A model's pixels alone are as good from pixels that are less than this many times larger than needed as from shrunk
#: ones, and shrinking costs more.
_ENOUGH = 2.0

#: What Pillow and the libraries under it say when they could not allocate.
_OUT_OF_MEMORY = ("out of memory", "memory allocation", "cannot allocate", "can't allocate")


class Need(Protocol):
    """Gives the least size that is good enough for some purpose, for a picture of ``size`` pixels."""

    def __call__(self, size: Size) -> Size:
        """The size."""
        ...


@dataclass(frozen=True, slots=True)
class Decoded:
    """One picture."""

    mime: str
    #: Of the whole picture, upright.
    size: Size
    notes: CameraNotes
    #: RGB in sRGB, upright, shrunk.
    pixels: Image.Image


class FileAt(io.RawIOBase):
    """Reads an open file from its start, leaving the position that the descriptor shares with others alone."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._at = 0
        self._size = os.fstat(fd).st_size

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: "bytearray | memoryview[int]") -> int:  # type: ignore[override]
        """Fill ``buffer`` and give how much of it."""
        count = os.preadv(self._fd, [buffer], self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and give the new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative position")
        self._at = base + offset
        return self._at


def prepare() -> None:
    """Set the readers up for this process: HEIF added, one thread each, our own cap instead of Pillow's."""
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.MAX_IMAGE_PIXELS = None
    Image.init()


def decode(
    fd: int, *, max_pixels: int, needs: Sequence[Need], exact: bool = True, memory_bytes: int | None = None
) -> Decoded:
    """The picture in the open file ``fd``, at a size at which each of ``needs`` is met, or its own if that is less.

    It is no larger than that where ``exact``, else less than twice as large.

    Raises:
        RejectedFile: it is no picture of a supported format, is damaged, or is too large.
        NeedsRoom: it would take more than ``memory_bytes``.
        MemoryError: it needs more than there is.
    """
    file = io.BufferedReader(FileAt(fd), buffer_size=64 * 1024)
    name = recognise(file.read(HEAD_BYTES))
    file.seek(0)
    with _damage_is_told():
        picture = Image.open(file, formats=(name,))
        _require_no_raw(picture)
        stored = picture.size
        if name != "JPEG":
            # Reading the notes loads some of them.
            _require_affordable(picture, stored, max_pixels, memory_bytes)
        notes = read_notes(picture)
        orientation = 1 if name in _TURNED_BY_READER else notes.orientation
        # Needs are told in upright terms, the reader works on stored rows.
        size = _upright(stored, orientation)
        ratio = _shrink_ratio(size, needs)
        if name == "JPEG":
            _draft(picture, ratio)
            _require_affordable(picture, stored, max_pixels, memory_bytes)
        picture.load()
        if name == "GIF":
            require_whole_gif(file)
        if not exact and picture.width * ratio < _ENOUGH * stored[0]:
            shrunk = to_srgb(picture, picture.size)
        else:
            shrunk = to_srgb(picture, _upright(_shrunk(size, ratio), orientation))
        pixels = shrunk.transpose(_TURNS[orientation]) if orientation != 1 else shrunk
    return Decoded(_mime(name, picture), size, notes, pixels)


def _shrink_ratio(size: Size, needs: Sequence[Need]) -> float:
    """How often the picture may be made smaller, 1 or more."""
    if min(size) < 1:
        return 1.0
    ratios = [min(size[0] / need[0], size[1] / need[1]) for need in (wish(size) for wish in needs)]
    return max(1.0, min(ratios, default=1.0))


def _shrunk(size: Size, ratio: float) -> Size:
    return max(1, round(size[0] / ratio)), max(1, round(size[1] / ratio))


def _upright(size: Size, orientation: int) -> Size:
    return (size[1], size[0]) if orientation >= 5 else size


def _draft(picture: Image.Image, ratio: float) -> None:
    fraction = max(step for step in (1, 2, 4, 8) if step <= ratio)
    width, height = picture.size
    if fraction > 1:
        # Pillow divides back, rounding down, so that this asks for exactly the fraction.
        picture.draft(None, (max(1, width // fraction), max(1, height // fraction)))


def _require_affordable(
    picture: Image.Image, stored: Size, max_pixels: int, memory_bytes: int | None
) -> None:
    """Raise unless a picture of ``stored`` pixels, which may be decoded at a fraction, may be loaded."""
    width, height = stored
    if width < 1 or height < 1:
        raise DamagedFile
    if max(picture.width * picture.height, width * height // _MOST_IN_FRACTIONS) > max_pixels:
        raise TooManyPixels(
            f"the picture has {width} × {height} pixels, {width * height / 1e6:,.0f} million; "
            f"this server decodes up to {max_pixels / 1e6:,.0f} million"
            f" ({_MOST_IN_FRACTIONS} times as many of a JPEG)"
        )
    if memory_bytes is not None and (needed := memory_needed(picture, stored)) > memory_bytes:
        raise NeedsRoom(needed)


def _require_no_raw(picture: Image.Image) -> None:
    # Most camera raw files are TIFF files whose first picture is a small preview of the one that matters.
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return
    tags = picture.tag_v2
    is_preview = isinstance(kind := tags.get(_NEW_SUBFILE_TYPE), int) and kind & 1
    if _DNG_VERSION in tags or (is_preview and _SUB_IFDS in tags):
        raise UnsupportedFile("camera raw files are not supported; a JPEG or HEIC of the same picture is")


def _mime(name: Format, picture: Image.Image) -> str:
    if name == "HEIF" and str(getattr(picture, "custom_mimetype", "")).startswith("image/heic"):
        return "image/heic"
    return MIME_TYPES[name]


@contextmanager
def _damage_is_told() -> Iterator[None]:
    # Readers raise nearly any kind of error on damaged input; which one says nothing to people.
    try:
        yield
    except (RejectedFile, NeedsRoom, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise DamagedFile from error
    except Exception as error:
        if any(text in str(error).lower() for text in _OUT_OF_MEMORY):
            raise MemoryError from error
        raise DamagedFile from error
