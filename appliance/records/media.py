"""What is asked of the decoder and what it gives, and how the volume is."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from appliance.records.assets import Facts

if TYPE_CHECKING:  # the decoder's children import this module and are kept small
    import numpy as np
    from numpy.typing import NDArray

Resize = Literal["squash", "shortest", "longest", "short"]
Interpolation = Literal["bicubic", "bilinear", "lanczos", "nearest", "box", "hamming"]


@dataclass(frozen=True, slots=True)
class PixelSpec:
    """The pixels that a model wants: RGB, 8 bits, in sRGB, upright, transparency laid on white."""

    width: int
    height: int
    #: ``squash``: the whole picture, its shape given up. ``shortest``: scaled until it covers, the centre cut out.
    #: ``longest``: scaled until it fits, and padded. ``short``: the whole picture in its own shape, its short side
    #: at most ``width``, to be prepared elsewhere.
    resize: Resize
    interpolation: Interpolation
    #: What is covered or filled before the centre is cut out, where that is not ``width`` by ``height``; 0: it is.
    scale_width: int = 0
    scale_height: int = 0
    #: What padding is made of, 0xRRGGBB.
    fill: int = 0
    #: Where half a pixel of the crop's place goes: to the even neighbour, or always down.
    halves: Literal["even", "down"] = "even"


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What reading one picture may take at most."""

    #: Width times height, as the file's header says, checked before anything is decoded.
    max_pixels: int
    #: Wall-clock time; then the child that decodes is killed.
    timeout_seconds: float
    #: Address space above what the child needs to exist.
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one decode gave."""

    facts: Facts
    #: Encoded smaller pictures by size; ``appliance.media.cache`` knows the sizes and their formats.
    renditions: dict[int, bytes]
    #: uint8 [height, width, 3], RGB; None when no model's pixels were asked for.
    pixels: "NDArray[np.uint8] | None"


@dataclass(frozen=True, slots=True)
class VolumeStatus:
    """How the volume is now. ``foreign`` means that something else lies where it should be."""

    state: Literal["online", "missing", "foreign"]
    path: Path
    #: Of its file system; zero unless online.
    total_bytes: int
    free_bytes: int
