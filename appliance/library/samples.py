"""Pictures and texts to compare models on: the owner's own, or a folder of photos."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.db.engine import Database
from appliance.db.samples import sample_originals, sample_searches
from appliance.errors import NotFound, OriginalUnreadable, RejectedFile, UsageError
from appliance.media.decoder import Decoder
from appliance.media.store import Store
from appliance.records.media import PixelSpec

Pixels = NDArray[np.uint8]

#: What people look for, where neither a file nor saved searches say it.
QUERIES = (
    "a dog", "a cat", "a beach", "mountains", "snow", "a birthday cake", "a child on a swing", "a red car",
    "a bicycle", "flowers in a garden", "a plate of food", "a sunset over the sea", "a group of friends", "a train",
    "a selfie", "a receipt", "a street at night", "a church", "a boat", "a horse", "people at a table", "a kitchen",
    "a football match", "a baby sleeping", "a forest in autumn", "a castle", "an airplane", "a screenshot of a chat",
    "a concert", "a wedding", "a bird on a branch", "a Christmas tree", "a swimming pool", "a map", "a waterfall",
    "a black and white portrait", "somebody cooking", "a rainbow", "a bridge over a river", "a handwritten letter",
)  # fmt: skip

_MOST_SEARCHES = 500
_SUFFIXES = frozenset({".avif", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
#: Files that are open at a time.
_AT_ONCE = 32
_LISTING = "captions.json"
#: What is wrong with one picture; with another there is nothing wrong.
_NOT_THERE = (RejectedFile, NotFound, OriginalUnreadable, OSError)


@dataclass(frozen=True, slots=True)
class Samples:
    """What two models are compared on."""

    #: As a model wants them, each uint8 [height, width, 3].
    pictures: tuple[Pixels, ...]
    texts: tuple[str, ...]
    #: For each text the number of the picture that it describes; None where nobody says.
    described: tuple[int | None, ...]
    #: ``library``, or the name of a folder.
    source: str


async def of_library(
    db: Database, store: Store, decoder: Decoder, spec: PixelSpec, *, limit: int, queries: Sequence[str] = ()
) -> Samples:
    """At most ``limit`` originals of everybody's, and ``queries``; without them saved searches, or common words."""
    texts = tuple(queries) or await sample_searches(db, limit=_MOST_SEARCHES) or QUERIES
    originals = await sample_originals(db, limit=limit)
    found = await _decode([partial(store.open_fd, *original) for original in originals], decoder, spec)
    pictures = tuple(picture for picture in found if picture is not None)
    return Samples(pictures, texts, (None,) * len(texts), "library")


async def of_folder(
    folder: Path, decoder: Decoder, spec: PixelSpec, *, limit: int, queries: Sequence[str] = ()
) -> Samples:
    """At most ``limit`` pictures in ``folder`` or below it.

    With a ``captions.json`` in it, a list of objects with ``file`` and ``captions``, those pictures, and their
    captions as texts.

    Raises:
        UsageError: there is no such folder, or its list can't be read.
    """
    captions = await asyncio.to_thread(_captions, folder, limit)
    found = await _decode([partial(os.open, path, os.O_RDONLY) for path in captions], decoder, spec)
    seen = [
        (picture, texts)
        for picture, texts in zip(found, captions.values(), strict=True)
        if picture is not None
    ]
    pictures = tuple(picture for picture, _ in seen)
    described = [(text, number) for number, (_, texts) in enumerate(seen) for text in texts]
    if described and not queries:
        known, numbers = zip(*described, strict=True)
        return Samples(pictures, known, numbers, folder.name)
    texts = tuple(queries) or QUERIES
    return Samples(pictures, texts, (None,) * len(texts), folder.name)


def _captions(folder: Path, limit: int) -> dict[Path, tuple[str, ...]]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of photos.")
    listing = folder / _LISTING
    if not listing.is_file():
        pictures = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _SUFFIXES)
        return dict.fromkeys(islice(pictures, limit), ())
    try:
        items = json.loads(listing.read_text(encoding="utf-8"))
        return {folder / item["file"]: tuple(item["captions"]) for item in items[:limit]}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{listing} is not a list of objects with file and captions: {type(error).__name__} {error}."
        ) from error


async def _decode(
    openers: Sequence[Callable[[], int]], decoder: Decoder, spec: PixelSpec
) -> list[Pixels | None]:
    """The pixels of each file, in order; None for what is no picture or can't be read."""

    async def one(opener: Callable[[], int]) -> Pixels | None:
        try:
            fd = await asyncio.to_thread(opener)
        except _NOT_THERE:
            return None
        try:
            return (await decoder.render(fd, sizes=(), pixels=spec)).pixels
        except _NOT_THERE:
            return None
        finally:
            os.close(fd)

    found: list[Pixels | None] = []
    for start in range(0, len(openers), _AT_ONCE):
        found += await asyncio.gather(*(one(opener) for opener in openers[start : start + _AT_ONCE]))
    return found
