"""A model that computes in int8 or bf16, made from one in single precision and measured before anybody uses it.

1. The new folder is put together out of sight.
2. The same pictures and texts are encoded with both models; the pictures are the owner's, as the decoder gives them.
3. What came out goes into the folder's notes, and so into the model's identity.
4. Whoever called sees it and decides; only then the folder gets its name.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.clip.agreement import NEIGHBOURS_AGREE, write_notes
from appliance.clip.batch import BatchSize
from appliance.clip.folder import ModelFolder
from appliance.clip.identity import identity
from appliance.clip.layouts import read_folder
from appliance.clip.local import SLICE, LocalEncoder
from appliance.clip.opening import model_root
from appliance.clip.quantize import Precision, make_variant
from appliance.errors import Conflict, UsageError
from appliance.library.samples import Samples
from appliance.library.shelf.places import folder_bytes, locked, publish, staging
from appliance.library.shelf.trial import load
from appliance.records.agreement import Agreement
from appliance.records.media import PixelSpec
from appliance.settings import Settings

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Made:
    """The new model, kept or not."""

    name: str
    kept: bool
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Encoded:
    """What one model made of the samples."""

    #: Unit vectors [n, D].
    pictures: Vectors
    texts: Vectors
    #: Processor time of one, milliseconds.
    picture_ms: float
    text_ms: float


async def quantize(
    name: str,
    precision: Precision,
    settings: Settings,
    *,
    sample: Callable[[PixelSpec], Awaitable[Samples]],
    tell: Callable[[str], None],
    keep: Callable[[Agreement], bool],
) -> Made:
    """Make ``name``-``precision``, measure it, and keep it when ``keep`` says so.

    ``sample`` gives pictures as a model wants them, and texts.

    Raises:
        Conflict: there is one already.
        UsageError: it can't be made from this model.
        SettingsError: a package is missing that it takes.
        ModelUnavailable: one of the two models can't be used, for example since nothing here computes in bf16.
    """
    folder = await asyncio.to_thread(read_folder, model_root(name, settings.models_path))
    new = f"{name}-{precision}"
    target = settings.models_path / new
    if target.exists():
        raise Conflict(f"There is a model {new} already; `scene-sense model remove {new}` removes it.")
    with locked(settings.models_path), staging(settings.models_path, new) as part:
        tell(f"making {new}")
        await asyncio.to_thread(make_variant, folder, part, precision)
        made_from = await asyncio.to_thread(identity, folder.root)
        note = partial(write_notes, part, folder, precision=precision, made_from=made_from)
        await asyncio.to_thread(note, agreement=None)
        agreement = await _compare(folder, part, settings, sample, tell)
        await asyncio.to_thread(note, agreement=agreement)
        kept = keep(agreement)
        if kept:
            await asyncio.to_thread(publish, part, target)
    return Made(new, kept, agreement)


async def _compare(
    folder: ModelFolder,
    part: Path,
    settings: Settings,
    sample: Callable[[PixelSpec], Awaitable[Samples]],
    tell: Callable[[str], None],
) -> Agreement:
    former = await asyncio.to_thread(load, folder.root.name, folder.root, settings)
    samples = await sample(former.pixels)
    if not samples.pictures or not samples.texts:
        raise UsageError(
            "There are no pictures to compare the models on; name a folder of some with --photos."
        )
    count = f"{len(samples.pictures)} pictures and {len(samples.texts)} texts"
    tell(f"encoding {count} with the former model")
    before = await encode(former, samples)
    # One after the other, so that memory has to hold one of them only.
    await former.close()
    tell(f"encoding {count} with the new one")
    made = await asyncio.to_thread(load, part.name, part, settings)
    after, neighbours, batch = await _encode_new(made, samples)
    sizes = (folder_bytes(folder.root), folder_bytes(part))
    return judge(before, after, samples, neighbours=neighbours, batch=batch, sizes=sizes)


async def encode(encoder: LocalEncoder, samples: Samples) -> Encoded:
    """The vectors of the samples, and what they cost."""
    await encoder.encode_images(samples.pictures[:1])
    begun = time.process_time()
    pictures = await encoder.encode_images(samples.pictures)
    between = time.process_time()
    texts = np.stack([await encoder.encode_text(text) for text in samples.texts])
    ended = time.process_time()
    return Encoded(
        pictures=pictures,
        texts=texts,
        picture_ms=1000 * (between - begun) / len(pictures),
        text_ms=1000 * (ended - between) / len(texts),
    )


async def _encode_new(encoder: LocalEncoder, samples: Samples) -> tuple[Encoded, float, int]:
    """The vectors as they will be in use; what neighbours do to one; and the pictures of one run that follow."""
    alone = await encode(encoder, samples)
    if encoder.batch.size > 1:
        await encoder.close()
        return alone, 1.0, encoder.batch.size
    encoder.batch = BatchSize(SLICE)
    together = await encode(encoder, samples)
    await encoder.close()
    neighbours = float(np.min(_cosines(alone.pictures, together.pictures)))
    if neighbours >= NEIGHBOURS_AGREE:
        return together, neighbours, SLICE
    return alone, neighbours, 1


def judge(
    before: Encoded,
    after: Encoded,
    samples: Samples,
    *,
    neighbours: float,
    batch: int,
    sizes: tuple[int, int],
) -> Agreement:
    """How far two models agree, by what they made of the same samples; each is searched with its own texts."""
    pictures = _cosines(before.pictures, after.pictures)
    texts = _cosines(before.texts, after.texts)
    first, second = (_top(encoded) for encoded in (before, after))
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    return Agreement(
        pictures=len(pictures),
        texts=len(texts),
        source=samples.source,
        picture_cosine_min=_rounded(pictures.min()),
        picture_cosine_mean=_rounded(pictures.mean()),
        text_cosine_min=_rounded(texts.min()),
        text_cosine_mean=_rounded(texts.mean()),
        top10_overlap=_rounded(np.mean([len(set(a) & set(b)) / len(a) for a, b in pairs])),
        same_first=_rounded(np.mean([a[0] == b[0] for a, b in pairs])),
        first_in_top10=_rounded(np.mean([a[0] in b for a, b in pairs])),
        recall10=_recall(first, second, samples.described),
        neighbours_cosine_min=_rounded(neighbours),
        batch=batch,
        bytes=sizes,
        picture_ms=(round(before.picture_ms, 2), round(after.picture_ms, 2)),
        text_ms=(round(before.text_ms, 2), round(after.text_ms, 2)),
    )


def _top(encoded: Encoded) -> NDArray[np.int64]:
    """For each text the numbers of the ten pictures that are nearest to it, nearest first."""
    scores = encoded.texts @ encoded.pictures.T
    return np.argsort(-scores, axis=1, kind="stable")[:, :10]


def _recall(
    first: NDArray[np.int64], second: NDArray[np.int64], described: Sequence[int | None]
) -> tuple[float, float] | None:
    known = [(text, picture) for text, picture in enumerate(described) if picture is not None]
    if not known:
        return None
    one, other = (
        _rounded(np.mean([picture in top[text] for text, picture in known])) for top in (first, second)
    )
    return one, other


def _cosines(one: Vectors, other: Vectors) -> NDArray[np.float64]:
    cosines: NDArray[np.float64] = np.sum(one.astype(np.float64) * other, axis=1)
    return cosines


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 5)
