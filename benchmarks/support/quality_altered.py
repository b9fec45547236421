"""Pictures as queries: photos of the library that somebody cut, turned, blurred or saved anew, handed in."""

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from benchmarks.support.filled import Filled
from benchmarks.support.photos import Photo
from benchmarks.support.tables import print_table

#: How many photos are handed in, spread over all of them.
MOST = 100

Alter = Callable[[Image.Image], Image.Image]


def _middle(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    left, top = width * (1 - share) / 2, height * (1 - share) / 2
    return picture.crop((round(left), round(top), round(width - left), round(height - top)))


def _blurred(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(min(picture.size) / 100))


ALTERATIONS: Mapping[str, Alter] = {
    "as it is": lambda picture: picture,
    "the middle 80 % of each side": lambda picture: _middle(picture, 0.8),
    "the middle 50 % of each side": lambda picture: _middle(picture, 0.5),
    "turned by 90 degrees": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "turned by 5 degrees": lambda picture: _middle(
        picture.rotate(5, resample=Image.Resampling.BICUBIC), 0.85
    ),
    "mirrored": ImageOps.mirror,
    "blurred, 1 % of the short side": _blurred,
    "a third as wide": lambda picture: picture.reduce(3),
    "without colour": lambda picture: ImageOps.grayscale(picture).convert("RGB"),
}
_RECOMPRESSED = "saved as JPEG of quality 10"


def print_altered(photos: Sequence[Photo], filled: Filled) -> None:
    """Ask and print."""
    step = max(1, len(photos) // MOST)
    chosen = list(range(0, len(photos), step))[:MOST]
    rows = []
    for name in (*ALTERATIONS, _RECOMPRESSED):
        ranks = [_rank(filled, altered(photos[place], name), place) for place in chosen]
        hits = [100 * float(np.mean(np.array(ranks) <= k)) for k in (1, 5)]
        rows.append([name, *(f"{share:.1f}" for share in hits)])
    print_table(
        f"Pictures as queries ({len(chosen)} photos handed in, {len(photos)} in the library)",
        ("the photo", "R@1", "R@5"),
        rows,
        notes="R@k: percent that find their own photo among the first k.",
    )


def altered(photo: Photo, name: str) -> bytes:
    """The photo as a JPEG after the alteration of this name."""
    with Image.open(photo.path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    if name != _RECOMPRESSED:
        picture = ALTERATIONS[name](picture)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=10 if name == _RECOMPRESSED else 90)
    return out.getvalue()


def _rank(filled: Filled, picture: bytes, place: int) -> int:
    """The rank of the photo at this place for the picture, 1 and up."""
    order = filled.order(terms=[{"picture": filled.hand_in(picture)}])
    return order.index(place) + 1 if place in order else len(filled.ids) + 1
