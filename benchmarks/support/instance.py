"""A running Scene-Sense in a folder of its own, with an account, and photos to fill it with."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.support.vit import PHOTOS
from tests.support.remote import Script, make_key
from tests.support.services import new_folder
from tests.support.up import Up


@contextmanager
def running(**settings: str) -> Iterator[tuple[Up, Script]]:
    """``scene-sense up`` on an empty data folder, and a script that has a key; both gone at the end."""
    folder = new_folder()
    try:
        with (
            Up(
                folder / "data",
                port=None,
                **{"FREE_SPACE_FLOOR_BYTES": "0", "LOG_LEVEL": "warning"} | settings,
            ) as up,
            Script(up.url, make_key(up.url, up.setup_token())) as script,
        ):
            yield up, script
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def photos(count: int, *, megapixels: float, first: int = 0) -> list[bytes]:
    """JPEGs of about this size, each different: cuttings of real photos, enlarged, with grain.

    ``first`` is the number of the first one: another number is another photo.
    """
    sources = sorted(PHOTOS.glob("*.jpg"))
    numbers = range(first, first + count)
    return [_photo(sources[number % len(sources)], number, megapixels) for number in numbers]


def _photo(source: Path, number: int, megapixels: float) -> bytes:
    rng = np.random.default_rng(number)
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    width, height = picture.size
    left, top = int(width * 0.1 * rng.random()), int(height * 0.1 * rng.random())
    scale = (megapixels * 1e6 / (width * height)) ** 0.5
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = picture.crop((left, top, width, height)).resize(size, Image.Resampling.BICUBIC)
    grain = rng.normal(0, 4, (size[1], size[0], 1))
    grained = np.clip(np.asarray(picture, np.float32) + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(grained).save(out, "JPEG", quality=88)
    return out.getvalue()
