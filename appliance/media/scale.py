"""Scales pictures: with vector instructions where there is a build for this machine, by Pillow's own code elsewhere.

Both convolve with the same filters over the same support. The fast one goes over columns before rows, and the two
round and clip differently in between. On photos values come out 0.2 steps of 255 apart on average, 0.3 in the worst
photo, and single ones up to 12. Pure noise is another matter: LANCZOS overshoots there, and values of black and white
noise come out up to 7 apart on average and 60 at most. BOX may count a pixel on the edge between two boxes to the
other one, which moves single values by up to half the range in noise, and by a third in photos.

Fast is ``cykooz-resizer``, which works on Pillow's own memory. What it gives is compared with Pillow's once per
process, and it is not used where it is missing or differs, nor with a Pillow whose memory it may not know.
"""

from functools import cache
from typing import Any

import PIL
from PIL import Image

Size = tuple[int, int]
Box = tuple[float, float, float, float]

#: Major versions of Pillow that the fast code was tried with; others may lay a picture out in memory differently.
_TRIED_WITH = frozenset({"13"})

#: How many steps of 255 the two may differ in :func:`_agrees`.
_TOLERANCE = 8

#: A model's picture is made by the fast code only from one that is this many times as large, either way. Below it
#: differences of a few steps show in the vector; above it they average out.
_FAR = 3

_MODES = frozenset({"L", "RGB", "RGBA", "CMYK"})

#: Pillow's filters by the names that they have there.
_FILTERS = {
    Image.Resampling.BOX: "box",
    Image.Resampling.BILINEAR: "bilinear",
    Image.Resampling.BICUBIC: "catmull_rom",
    Image.Resampling.LANCZOS: "lanczos3",
}


def scaled(
    picture: Image.Image,
    size: Size,
    how: Image.Resampling = Image.Resampling.LANCZOS,
    *,
    box: Box | None = None,
) -> Image.Image:
    """``picture``, or what lies within ``box`` of it, at ``size``; always a new picture that holds only pixels."""
    fast = fast_resizer() if how in _FILTERS and picture.mode in _MODES else None
    if fast is None or box is not None:
        return picture.resize(size, how, box=box)
    result = Image.new(picture.mode, size, None)
    fast.resizer.resize_pil(picture, result, fast.options[how])
    return result


def scaled_for_model(
    picture: Image.Image, size: Size, how: Image.Resampling, *, box: Box | None = None
) -> Image.Image:
    """As :func:`scaled`, but by Pillow's code, which models were trained with, where the difference would show."""
    far = picture.width >= _FAR * size[0] and picture.height >= _FAR * size[1]
    return scaled(picture, size, how, box=box) if far else picture.resize(size, how, box=box)


class _Fast:
    """The fast code and its options for each of Pillow's filters."""

    def __init__(self) -> None:
        # An extension that exists for some machines only.
        import cykooz_resizer as fast  # noqa: PLC0415

        self.resizer: Any = fast.Resizer()
        self.options: dict[Image.Resampling, Any] = {
            how: fast.ResizeOptions(resize_alg=fast.ResizeAlg.convolution(fast.FilterType[name]))
            for how, name in _FILTERS.items()
        }


@cache
def fast_resizer() -> _Fast | None:
    """The fast code, if it is here and right."""
    if PIL.__version__.partition(".")[0] not in _TRIED_WITH:
        return None
    try:
        fast = _Fast()
        right = all(_agrees(fast, mode, how) for mode in _MODES for how in _FILTERS)
    except Exception:  # whatever is wrong with an extension that can be done without
        return None
    return fast if right else None


def _agrees(fast: _Fast, mode: str, how: Image.Resampling) -> bool:
    ramp = Image.linear_gradient("L").resize((64, 48))
    bands = (
        ramp,
        ramp.transpose(Image.Transpose.ROTATE_180),
        ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        ramp,
    )
    source = Image.merge(mode, bands[: len(Image.new(mode, (1, 1)).getbands())])
    result = Image.new(mode, (17, 11), None)
    fast.resizer.resize_pil(source, result, fast.options[how])
    expected = source.resize(result.size, how)
    return all(abs(a - b) <= _TOLERANCE for a, b in zip(result.tobytes(), expected.tobytes(), strict=True))
