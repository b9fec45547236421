"""Quality: how well captions, labels, pictures and names find their photos, and where answers end.

First three ways side by side over the same photos, so that what the project's own path loses shows:

bare      Pillow and ONNX Runtime alone: whole decode, one resize, one run per item, in float32; starter model only.
project   the decoder's child process, then the encoder, as a worker and a search use them; vectors in the half
          precision in which the database keeps them.
served    a running instance: every photo uploaded, every caption and label asked, over HTTP with a key.

Then the same instance is asked for what is not wanted, with altered pictures, for the end of its answers, and, once
some photos are described, for names and tags.
"""

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer

from appliance.clip.opening import model_root, open_encoder
from appliance.media.decoder import Decoder
from appliance.records.media import DecodeLimits
from appliance.settings import load
from benchmarks.support.filled import Filled, filled
from benchmarks.support.photos import DEFAULT, Photo, read_photos
from benchmarks.support.quality_altered import print_altered
from benchmarks.support.quality_cut import ABSURD, STRONG, print_cut
from benchmarks.support.quality_hybrid import print_hybrid, said
from benchmarks.support.quality_negative import print_negatives
from benchmarks.support.retrieval import Quality, judge, queries
from benchmarks.support.tables import print_table

Vectors = NDArray[np.float32]
Scores = Mapping[str, NDArray[np.floating]]

#: Hybrid is the last one, as it describes the photos.
PARTS = ("paths", "negative", "pictures", "cut", "hybrid")


@dataclass(frozen=True, slots=True)
class Use:
    """The model that is measured: ``starter``, or the name of a folder in ``models``."""

    model: str = "starter"
    models: Path | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What an instance is told."""
        where = {"MODELS_PATH": str(self.models.resolve())} if self.models else {}
        return {"CLIP_MODEL": self.model, **where}


def main(arguments: Sequence[str]) -> None:
    """Measure one folder of photos and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks quality", description=__doc__)
    parser.add_argument("--photos", type=Path, default=DEFAULT, help="folder with captions.json")
    parser.add_argument("--model", default="starter", help="`starter`, or the name of a folder in --models")
    parser.add_argument("--models", type=Path, help="folder with model folders")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    given = parser.parse_args(arguments)
    photos, use = read_photos(given.photos), Use(given.model, given.models)
    texts = _texts(photos)
    scores = cosines(texts, *project(photos, texts, use))
    with filled(photos, **use.settings) as instance:
        work: dict[str, Callable[[], None]] = {
            "paths": lambda: _print_paths(given.photos, photos, instance, scores, use),
            "negative": lambda: print_negatives(photos, instance, scores.__getitem__),
            "pictures": lambda: print_altered(photos, instance),
            "cut": lambda: print_cut(photos, instance, scores.__getitem__),
            "hybrid": lambda: print_hybrid(photos, instance, scores.__getitem__),
        }
        for part in PARTS:
            if part in given.parts:
                work[part]()


def _texts(photos: Sequence[Photo]) -> list[str]:
    """All that is asked by any part."""
    asked = queries(photos)
    names = [name for photo in photos for name in (photo.path.name, photo.path.stem)]
    return sorted({*asked, *(said(text) for text in asked), *ABSURD, *STRONG, *names})


def _print_paths(folder: Path, photos: Sequence[Photo], instance: Filled, scores: Scores, use: Use) -> None:
    asked = queries(photos)
    ways: dict[str, Callable[[], Scores]] = {
        "project": lambda: scores,
        "served": lambda: {text: instance.scores(terms=[{"text": text}]) for text in asked},
    }
    if use.model == "starter":
        ways = {"bare": lambda: cosines(asked, *bare(photos, asked)), **ways}
    qualities = {name: judge(photos, ask()) for name, ask in ways.items()}
    of = qualities["project"]
    print_table(
        f"Quality over {folder} ({of.photos} photos, {of.captions} captions, {of.labels} labels), {use.model}",
        ("path", "R@1", "R@5", "R@10", "MRR", "label mAP"),
        [[name, *_cells(quality)] for name, quality in qualities.items()],
        notes="R@k: percent of captions that find their own photo among the first k.",
    )


def cosines(asked: Sequence[str], pictures: Vectors, texts: Vectors) -> Scores:
    """The score that each query gives each photo, from unit vectors [photos, D] and [queries, D]."""
    return {text: pictures @ vector for text, vector in zip(asked, texts, strict=True)}


def _cells(quality: Quality) -> list[str]:
    recalls = [f"{value:.1f}" for value in (quality.recall_1, quality.recall_5, quality.recall_10)]
    return [*recalls, f"{quality.mrr:.3f}", f"{quality.label_map:.3f}"]


def bare(photos: Sequence[Photo], asked: Sequence[str]) -> tuple[Vectors, Vectors]:
    """Vectors of photos and texts by the shortest way there is; nothing of the project's but its files."""
    root = model_root("starter", Path())
    config = json.loads((root / "visual/preprocess_cfg.json").read_text(encoding="utf-8"))
    mean, std = (np.asarray(config[key], np.float32) for key in ("mean", "std"))
    height, width = config["size"]
    visual, textual = (
        onnxruntime.InferenceSession(root / f"{tower}/model.onnx") for tower in ("visual", "textual")
    )
    tokenizer = Tokenizer.from_file(str(root / "textual/tokenizer.json"))

    def see(path: Path) -> Vectors:
        with Image.open(path) as picture:
            resized = picture.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
        values = (np.asarray(resized, np.float32) / 255 - mean) / std
        vector: Vectors = visual.run(None, {"image": values.transpose(2, 0, 1)[None]})[0][0]
        return vector

    def read(text: str) -> Vectors:
        vector: Vectors = textual.run(None, {"text": np.array([tokenizer.encode(text).ids], np.int32)})[0][0]
        return vector

    return np.stack([see(photo.path) for photo in photos]), np.stack([read(text) for text in asked])


def project(photos: Sequence[Photo], asked: Sequence[str], use: Use | None = None) -> tuple[Vectors, Vectors]:
    """Vectors of photos and texts as a worker and a search make them."""
    return asyncio.run(_project(photos, asked, use or Use()))


async def _project(photos: Sequence[Photo], asked: Sequence[str], use: Use) -> tuple[Vectors, Vectors]:
    with tempfile.TemporaryDirectory() as data_path:
        settings = load(use.settings, DATA_PATH=data_path)
        encoder = await open_encoder(settings, towers=frozenset({"image", "text"}))
    limits = DecodeLimits(settings.max_pixels, settings.decode_timeout_seconds, settings.decode_memory_bytes)
    async with Decoder(limits, os.cpu_count() or 1) as decoder:

        async def pixels(photo: Photo) -> NDArray[np.uint8]:
            fd = os.open(photo.path, os.O_RDONLY)
            try:
                rendered = await decoder.render(fd, sizes=(), pixels=encoder.pixels)
            finally:
                os.close(fd)
            if rendered.pixels is None:
                raise RuntimeError(f"no pixels of {photo.path}")
            return rendered.pixels

        batch = np.stack(await asyncio.gather(*(pixels(photo) for photo in photos)))
    pictures = await encoder.encode_images(batch)
    texts = np.stack([await encoder.encode_text(text) for text in asked])
    await encoder.close()
    # As kept by the database; a query's vector is cast to the same type.
    return _halved(pictures), _halved(texts)


def _halved(vectors: Vectors) -> Vectors:
    return vectors.astype(np.float16).astype(np.float32)
