"""Vectors of real pictures, many of them: cuttings of the photos of a folder, as the starter model sees them.

Each cutting is a random part of a photo, of 60 to 100 % of its sides, mirrored every second time. They are kept
between runs, as making ten thousand takes minutes.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from appliance.clip.opening import open_encoder
from appliance.settings import load
from benchmarks.support.photos import Photo
from benchmarks.support.vit import cache_folder

_BATCH = 32


def real_vectors(
    photos: Sequence[Photo], count: int, texts: Sequence[str]
) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """``count`` unit vectors of cuttings, and one of each text: shapes (count, D) and (len(texts), D)."""
    said = "\n".join([*(photo.path.name for photo in photos), *texts, str(count)])
    kept = cache_folder() / f"real-{hashlib.sha256(said.encode()).hexdigest()[:16]}.npz"
    if not kept.exists():
        pictures, queries = asyncio.run(_made(photos, count, texts))
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=kept.parent, suffix=".npz", delete=False) as part:
            np.savez(part, pictures=pictures, queries=queries)
        # Whole or not at all.
        kept.parent.joinpath(part.name).rename(kept)
    with np.load(kept) as saved:
        return saved["pictures"], saved["queries"]


async def _made(
    photos: Sequence[Photo], count: int, texts: Sequence[str]
) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    with tempfile.TemporaryDirectory() as data_path:
        settings = load({}, DATA_PATH=data_path)
        encoder = await open_encoder(settings, towers=frozenset({"image", "text"}))
    size = (encoder.pixels.width, encoder.pixels.height)
    sources = [Image.open(photo.path).convert("RGB") for photo in photos]
    made = []
    for first in range(0, count, _BATCH):
        numbers = range(first, min(count, first + _BATCH))
        batch = np.stack([_cutting(sources[number % len(sources)], number, size) for number in numbers])
        made.append((await encoder.encode_images(batch)).astype(np.float16))
    queries = np.stack([await encoder.encode_text(text) for text in texts])
    await encoder.close()
    return np.concatenate(made), queries


def _cutting(source: Image.Image, number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    rng = np.random.default_rng(number)
    width, height = (round(side * rng.uniform(0.6, 1)) for side in source.size)
    left, top = rng.integers(source.width - width + 1), rng.integers(source.height - height + 1)
    box = (int(left), int(top), int(left) + width, int(top) + height)
    cut = source.resize(size, Image.Resampling.BICUBIC, box=box)
    return np.asarray(ImageOps.mirror(cut) if number % 2 else cut)
