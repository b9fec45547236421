"""Makes a model's pixels from a decoded picture, to the pixel as the model's reference does.

1. The picture is scaled: to a given size (squash), until it covers one (shortest), or until it fits in one (longest).
2. Its centre is cut out; where it is too small, it is padded.

Which way fractions of a pixel are rounded is part of it: a crop that is off by one pixel moves a vector by more
than a half-precision network does.

Sources: torchvision's ``transforms.functional`` (resize, center_crop), open_clip's ``transform.py``
(ResizeKeepRatio, CenterCropOrPad), transformers' ``image_transforms.py`` (get_resize_output_image_size,
center_crop).
"""

import math
from collections.abc import Callable

from PIL import Image

from appliance.records.media import PixelSpec

Size = tuple[int, int]

_INTERPOLATIONS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
}

#: Gives a picture at another size; as Pillow's own method of that name.
Scale = Callable[[Image.Image, Size, Image.Resampling], Image.Image]

#: A picture that would get this many times larger than the model's own is cut before it is scaled.
_LONGEST = 16


def pixels_need(size: Size, spec: PixelSpec) -> Size:
    """The least size from which a model's pixels may be made: three times theirs, or vectors differ.

    From this, 55 of 56 photos had a cosine of 0.9997 or more in the starter's network with those of a full decode.
    """
    if spec.resize == "short":
        return short_size(size, spec)
    if spec.resize == "longest":
        width, height = scaled_size(size, spec)
        return 3 * width, 3 * height
    width, height = _scale(spec)
    return 3 * width, 3 * height


def pixels_size(size: Size, spec: PixelSpec) -> Size:
    """The width and height of :func:`model_pixels` for a picture of ``size``."""
    return short_size(size, spec) if spec.resize == "short" else (spec.width, spec.height)


def short_size(size: Size, spec: PixelSpec) -> Size:
    """The size of a picture in its own shape with the short side that ``spec`` asks for; never larger than it is.

    A very long picture gets smaller than that: its area is 16 times that of a square one at most.
    """
    width, height = size
    scale = min(1.0, spec.width / min(size), 4 * spec.width / math.sqrt(width * height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def scaled_size(size: Size, spec: PixelSpec) -> Size:
    """What a picture of ``size`` is scaled to before its centre is cut out or padded."""
    (width, height), (across, down) = size, _scale(spec)
    if spec.resize == "squash":
        return across, down
    if spec.resize == "shortest" and across == down:
        # Of a square, the references round the longer side down; of others they round to the nearest.
        long = int(across * max(size) / min(size))
        return (long, across) if width > height else (across, long)
    ratios = width / across, height / down
    ratio = min(ratios) if spec.resize == "shortest" else max(ratios)
    return max(1, round(width / ratio)), max(1, round(height / ratio))


def model_pixels(
    picture: Image.Image, spec: PixelSpec, size: Size | None = None, *, scale: Scale = Image.Image.resize
) -> bytes:
    """The pixels that a model wants: rows of RGB, 3 bytes for each pixel of :func:`pixels_size`.

    ``size`` is that of the whole picture, where ``picture`` was shrunk while it was decoded: the rounding follows it.
    ``scale`` does the scaling; what it is by default gives what the reference does.
    """
    how = _INTERPOLATIONS[spec.interpolation]
    size = size or picture.size
    if spec.resize == "short":
        return scale(picture, short_size(picture.size, spec), how).tobytes()
    scaled = scaled_size(size, spec)
    if scaled[0] * scaled[1] > _LONGEST * spec.width * spec.height:
        return _cut_first(picture, spec, scaled, how)
    resized = picture if picture.size == scaled else scale(picture, scaled, how)
    if scaled == (spec.width, spec.height):
        return resized.tobytes()
    left, top = _offset(scaled[0], spec.width, spec), _offset(scaled[1], spec.height, spec)
    if scaled[0] >= spec.width and scaled[1] >= spec.height:
        return resized.crop((left, top, left + spec.width, top + spec.height)).tobytes()
    fill = spec.fill >> 16, spec.fill >> 8 & 255, spec.fill & 255
    padded = Image.new("RGB", (spec.width, spec.height), fill)
    padded.paste(resized, (-left, -top))
    return padded.tobytes()


def _cut_first(picture: Image.Image, spec: PixelSpec, scaled: Size, how: Image.Resampling) -> bytes:
    """As the rest, for a very long picture: covering the model's size with all of it would take without bounds."""
    across, down = spec.width * picture.width / scaled[0], spec.height * picture.height / scaled[1]
    left, top = (picture.width - across) / 2, (picture.height - down) / 2
    box = (max(0.0, left), max(0.0, top), min(left + across, picture.width), min(top + down, picture.height))
    return picture.resize((spec.width, spec.height), how, box=box).tobytes()


def _scale(spec: PixelSpec) -> Size:
    return spec.scale_width or spec.width, spec.scale_height or spec.height


def _offset(had: int, wanted: int, spec: PixelSpec) -> int:
    """Where the crop begins; negative where there is less than is wanted, and it is padded."""
    if spec.halves == "down":
        return (had - wanted) // 2
    return round((had - wanted) / 2) if had >= wanted else -((wanted - had) // 2)
