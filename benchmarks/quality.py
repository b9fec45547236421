"""Quality: how well captions and labels find their photos.

Three ways side by side over the same photos, so that what the project's own path loses shows:

bare      Pillow and ONNX Runtime alone: whole decode, one resize, one run per item, in float32.
project   the decoder's child process, then the encoder, as a worker and a search use them; vectors in the half
          precision in which the database keeps them.
served    a running instance: every photo uploaded, every caption and label asked, over HTTP with a key.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
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
from benchmarks.support.instance import running
from benchmarks.support.photos import DEFAULT, Photo, read_photos
from benchmarks.support.retrieval import Quality, judge, queries
from benchmarks.support.tables import print_table
from tests.support.waiting import eventually

Vectors = NDArray[np.float32]
Scores = Mapping[str, NDArray[np.floating]]

#: The most rows that one search gives.
LIMIT = 1000


def main(arguments: Sequence[str]) -> None:
    """Measure one folder of photos and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks quality", description=__doc__)
    parser.add_argument("--photos", type=Path, default=DEFAULT, help="folder with captions.json")
    folder = parser.parse_args(arguments).photos
    photos = read_photos(folder)
    asked = queries(photos)
    rows = []
    for name, ask in (("bare", _ask_bare), ("project", _ask_project), ("served", ask_served)):
        started = time.perf_counter()
        quality = judge(photos, ask(photos, asked))
        rows.append([name, *_cells(quality), f"{time.perf_counter() - started:.1f}"])
    print_table(
        f"Quality over {folder} ({quality.photos} photos, {quality.captions} captions, {quality.labels} labels)",
        ("path", "R@1", "R@5", "R@10", "MRR", "label mAP", "seconds"),
        rows,
        notes="R@k: percent of captions that find their own photo among the first k.",
    )


def _ask_bare(photos: Sequence[Photo], asked: Sequence[str]) -> Scores:
    return cosines(asked, *bare(photos, asked))


def _ask_project(photos: Sequence[Photo], asked: Sequence[str]) -> Scores:
    return cosines(asked, *project(photos, asked))


def ask_served(photos: Sequence[Photo], asked: Sequence[str]) -> Scores:
    """Minus the place of each photo in the answer of a running instance to each query."""
    with running() as (_, script):
        place = {script.upload(photo.path.read_bytes(), photo.path.name): i for i, photo in enumerate(photos)}
        eventually(lambda: script.get_json("/api/status")["jobs"]["pending"] == 0, 300)
        eventually(lambda: script.get_json("/api/status")["jobs"]["running"] == 0, 60)
        scores = {}
        for text in asked:
            found = script.get_json("/api/search", q=text, limit=min(len(photos), LIMIT))["items"]
            scores[text] = np.full(len(photos), -np.inf)
            scores[text][[place[item["id"]] for item in found]] = -np.arange(len(found))
        return scores


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


def project(photos: Sequence[Photo], asked: Sequence[str]) -> tuple[Vectors, Vectors]:
    """Vectors of photos and texts as a worker and a search make them."""
    return asyncio.run(_project(photos, asked))


async def _project(photos: Sequence[Photo], asked: Sequence[str]) -> tuple[Vectors, Vectors]:
    with tempfile.TemporaryDirectory() as data_path:
        settings = load({}, DATA_PATH=data_path)
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
