"""What a reference gives: pixels and vectors of photos, ids and vectors of texts."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from scripts.parity.texts import BLOCK, digest, mixed_texts

PHOTOS = (
    "coco_000000000872.jpg",
    "coco_000000001296.jpg",
    "coco_000000002592.jpg",
    "coco_000000116479.jpg",
    "coco_000000358083.jpg",
    "coco_000000553664.jpg",
)

TEXTS = (
    "a photo of a dog",
    "Two CATS, playing with an orange ball!",
    "ein rotes Fahrrad im Schnee",
    "красная собака на пляже",
    "海滩上的红色的狗",
    "don’t “look” &amp; 50% 👍🏽",
    "receipt no. 17, hardware_shop",
    "x",
)

Process = Callable[[Image.Image], torch.Tensor]


def open_photos(folder: Path) -> list[Image.Image]:
    """The photos that are compared."""
    return [Image.open(folder / name).convert("RGB") for name in PHOTOS]


def pixels(
    photos: Sequence[Image.Image], process: Process, mean: Sequence[float], std: Sequence[float]
) -> NDArray[np.uint8]:
    """What a reference makes of the photos, before it is shifted: uint8 [n, height, width, 3]."""
    made = []
    for photo in photos:
        planes = process(photo).detach().numpy().astype(np.float64).reshape(3, *process(photo).shape[-2:])
        values = (planes * np.reshape(std, (3, 1, 1)) + np.reshape(mean, (3, 1, 1))) * 255
        if np.abs(values - values.round()).max() > 0.01:
            raise ValueError("the reference's pixels are not whole numbers")
        made.append(values.round().astype(np.uint8).transpose(1, 2, 0))
    return np.stack(made)


def unit(vectors: torch.Tensor) -> NDArray[np.float32]:
    """Each of length one."""
    return torch.nn.functional.normalize(vectors.detach().double(), dim=-1).numpy().astype(np.float32)


def digests(tokenize: Callable[[list[str]], Any], left_out: Collection[int] = ()) -> list[str]:
    """One of every :data:`BLOCK` of the mixed texts' ids, each filled up and cut as the reference does."""
    texts = [text for number, text in enumerate(mixed_texts()) if number not in left_out]
    found = []
    for start in range(0, len(texts), BLOCK):
        ids = np.asarray(tokenize(texts[start : start + BLOCK]), np.int64)
        found.append(digest(ids))
    return found
