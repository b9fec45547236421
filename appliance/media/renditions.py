"""Makes smaller pictures, a model's pixels, and the placeholder, from one decoded picture.

All of these take RGB in sRGB, upright, and give nothing but the pixels: no EXIF, no profile, no comments.
"""

import io
import math

import thumbhash
from PIL import Image

from appliance.records.media import PixelSpec

Size = tuple[int, int]

#: The widest rendition for grids, pixels: WebP ends at 16383, and nobody's grid is wider than this.
MAX_GRID_WIDTH = 4096

#: Both formats; Pillow's scale of 0 to 100.
QUALITY = 80

#: 0 is fastest, 6 smallest. 1 costs little more than 0 and gives clearly smaller files.
WEBP_METHOD = 1

#: The long edge of what the placeholder is computed from, pixels; ThumbHash takes at most 100.
PLACEHOLDER_EDGE = 100

_INTERPOLATIONS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}


def rendition_size(size: Size, wanted: int) -> Size:
    """The size of rendition ``wanted`` (240, 480: height; 1440: long edge) of a picture; never larger than it."""
    width, height = size
    scale = wanted / max(width, height) if wanted == 1440 else min(wanted / height, MAX_GRID_WIDTH / width)
    scale = min(1.0, scale)
    return max(1, round(width * scale)), max(1, round(height * scale))


def pixels_need(size: Size, spec: PixelSpec) -> Size:
    """The least size from which a model's pixels may be made: twice theirs, or vectors begin to differ."""
    if spec.resize == "short":
        return short_size(size, spec)
    return 2 * spec.width, 2 * spec.height


def short_size(size: Size, spec: PixelSpec) -> Size:
    """The size of a picture in its own shape with the short side that ``spec`` asks for; never larger than it is.

    A very long picture gets smaller than that: its area is 16 times that of a square one at most.
    """
    width, height = size
    scale = min(1.0, spec.width / min(size), 4 * spec.width / math.sqrt(width * height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def placeholder_need(size: Size) -> Size:
    """The least size for the placeholder: twice what it is computed from."""
    return _fitted(size, 2 * PLACEHOLDER_EDGE)


def encode_rendition(picture: Image.Image, wanted: int) -> bytes:
    """A rendition that has its size already: WebP for grids, progressive JPEG for viewing."""
    out = io.BytesIO()
    if wanted == 1440:
        picture.save(out, "JPEG", quality=QUALITY, progressive=True)
    else:
        picture.save(out, "WEBP", quality=QUALITY, method=WEBP_METHOD)
    return out.getvalue()


def pixels_size(size: Size, spec: PixelSpec) -> Size:
    """The width and height of :func:`model_pixels` for a picture of ``size``."""
    return short_size(size, spec) if spec.resize == "short" else (spec.width, spec.height)


def model_pixels(picture: Image.Image, spec: PixelSpec) -> bytes:
    """The pixels that a model wants: rows of RGB, 3 bytes for each pixel of :func:`pixels_size`."""
    how = _INTERPOLATIONS[spec.interpolation]
    if spec.resize == "short":
        return picture.resize(short_size(picture.size, spec), how).tobytes()
    target = (spec.width, spec.height)
    if spec.resize == "squash":
        return picture.resize(target, how).tobytes()
    width, height = picture.size
    scale = max(spec.width / width, spec.height / height)
    covering = (max(spec.width, round(width * scale)), max(spec.height, round(height * scale)))
    if covering[0] * covering[1] > 16 * spec.width * spec.height:
        # A very long picture: cut first, or covering it would take without bounds.
        across, down = spec.width / scale, spec.height / scale
        left, top = (width - across) / 2, (height - down) / 2
        return picture.resize(target, how, box=(left, top, left + across, top + down)).tobytes()
    left, top = (covering[0] - spec.width) // 2, (covering[1] - spec.height) // 2
    covered = picture.resize(covering, how)
    return covered.crop((left, top, left + spec.width, top + spec.height)).tobytes()


def placeholder(picture: Image.Image) -> tuple[bytes, int]:
    """The ThumbHash (https://evanw.github.io/thumbhash/) and the mean colour, 0xRRGGBB in sRGB."""
    small = picture.resize(_fitted(picture.size, PLACEHOLDER_EDGE), Image.Resampling.BOX)
    red, green, blue = small.resize((1, 1), Image.Resampling.BOX).tobytes()
    hashed = thumbhash.rgba_to_thumb_hash(small.width, small.height, small.convert("RGBA").tobytes())
    return bytes(hashed), red << 16 | green << 8 | blue


def _fitted(size: Size, edge: int) -> Size:
    scale = min(1.0, edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
