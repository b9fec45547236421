"""The stages between a file and what is kept of it, each alone, in CPU time; by the project's own functions.

A process (:class:`Stages`) holds what each stage takes as its input, and runs one stage over all files at a time.
The inference is run bare, as the encoder runs it: that many pictures at once, on all cores, without spinning.
"""

import asyncio
import functools
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from appliance.clip.agreement import batch_of
from appliance.clip.layouts import read_folder
from appliance.clip.local import SLICE
from appliance.clip.preprocess import normalise
from appliance.cores import cores
from appliance.media.cache import SIZES, RenditionCache
from appliance.media.limited import LimitedPool
from appliance.media.picture import Decoded, Need, decode
from appliance.media.pixels import model_pixels, pixels_need
from appliance.media.renditions import encode_rendition, placeholder, placeholder_need, rendition_size
from appliance.media.scale import fast_resizer, scaled, scaled_for_model
from benchmarks.support.apart import Vectors
from benchmarks.support.load import cpu_seconds

#: What a vector needs, and what everything needs, in their order; ``decode`` reads the file, shrinks, and makes RGB.
VECTOR = (
    "decode for the vector",
    "placeholder, vector",
    "model's pixels, vector",
    "to and fro, vector",
    "normalise",
    "inference",
)
FULL = (
    "read and hash", "decode for all", "1440 resize", "1440 encode", "480 resize", "480 encode", "240 resize",
    "240 encode", "placeholder, all", "model's pixels, all", "to and fro, all", "write", "normalise", "inference",
)  # fmt: skip

#: Parts of the above, which don't count again.
INFORMATION = (
    "read (in decode)",
    "JPEG at the largest fraction, vector",
    "JPEG at the largest fraction, all",
)

#: Stages that use all cores by themselves.
ON_ALL_CORES = frozenset({"inference"})

_MAX_PIXELS = 220_000_000


def echo(request: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], list[bytes]]:
    """What a decoder's child would answer, without the work: as many bytes as are asked for."""
    del fds
    return {"facts": request["facts"]}, [bytes(length) for length in request["lengths"]]


class Stages:
    """A way (:class:`benchmarks.support.apart.Way`) that is told the name of a stage instead of files."""

    def __init__(self, model: Path, files: Sequence[str]) -> None:
        self._files = list(files)
        self._folder = Path(tempfile.mkdtemp(prefix="scene-sense-bench-"))
        self._cache = RenditionCache(self._folder)
        folder = read_folder(model)
        self._preprocessing = folder.preprocessing
        self._spec = folder.preprocessing.pixels
        self._slice = batch_of(model) or SLICE
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cores()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            folder.visual, options, providers=["CPUExecutionProvider"]
        )
        self._runner = asyncio.Runner()
        self._pool = LimitedPool(
            f"{__name__}:echo", processes=1, timeout_seconds=60, memory_bytes=2 << 30, tasks_per_child=10**9
        )
        self._call([1])  # starts the child
        fast_resizer()
        self._prepare()

    def run(self, work: Sequence[str]) -> Vectors:
        """CPU milliseconds [files, 1] of the stage ``work[0]`` for each file."""
        stage = self._stage(work[0])
        if work[0] == "inference":
            # One run of several pictures; all files alike.
            return np.full((len(self._files), 1), self._cpu_ms(stage, 0) / self._slice, np.float32)
        return np.array([[self._cpu_ms(stage, i)] for i in range(len(self._files))], np.float32)

    def close(self) -> None:
        """See :class:`benchmarks.support.apart.Way`."""
        self._runner.run(self._pool.close())
        self._runner.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _cpu_ms(self, stage: Callable[[int], object], i: int) -> float:
        """Of this process with all its threads, and of the child that answers."""
        processes = [os.getpid(), *self._pool.pids()]
        started = sum(map(cpu_seconds, processes))
        stage(i)
        return 1000 * (sum(map(cpu_seconds, processes)) - started)

    def _prepare(self) -> None:
        self._needs: dict[str, list[Need]] = {
            "vector": [functools.partial(pixels_need, spec=self._spec), placeholder_need]
        }
        self._needs["all"] = self._needs["vector"] + [
            functools.partial(rendition_size, wanted=size) for size in SIZES
        ]
        self._for_vector = [self._decode(file, "vector") for file in self._files]
        self._for_all = [self._decode(file, "all") for file in self._files]
        self._resized = [self._renditions(picture) for picture in self._for_all]
        self._encoded = [
            {size: encode_rendition(picture, size) for size, picture in made.items()}
            for made in self._resized
        ]
        pixels = [self._model_pixels(picture) for picture in self._for_vector]
        shape = (self._spec.height, self._spec.width, 3)
        self._pixels = [np.frombuffer(data, np.uint8).reshape(shape)[None] for data in pixels]
        some = np.concatenate([self._pixels[i % len(pixels)] for i in range(self._slice)])
        self._planes: NDArray[np.float32] = normalise(some, self._preprocessing)

    def _stage(self, name: str) -> Callable[[int], object]:
        kind, _, what = name.partition(" ")
        stages: dict[str, Callable[[int], object]] = {
            "read and hash": lambda i: hashlib.sha256(Path(self._files[i]).read_bytes()).digest(),
            "read (in decode)": lambda i: Path(self._files[i]).read_bytes(),
            "decode for the vector": lambda i: self._decode(self._files[i], "vector"),
            "decode for all": lambda i: self._decode(self._files[i], "all"),
            "JPEG at the largest fraction, vector": lambda i: self._draft(i, self._for_vector[i]),
            "JPEG at the largest fraction, all": lambda i: self._draft(i, self._for_all[i]),
            "placeholder, vector": lambda i: placeholder(self._for_vector[i].pixels),
            "placeholder, all": lambda i: placeholder(self._for_all[i].pixels),
            "model's pixels, vector": lambda i: self._model_pixels(self._for_vector[i]),
            "model's pixels, all": lambda i: self._model_pixels(self._for_all[i]),
            "to and fro, vector": lambda i: self._call([self._spec.width * self._spec.height * 3]),
            "to and fro, all": lambda i: self._call(
                [len(data) for data in self._encoded[i].values()] + [self._spec.width * self._spec.height * 3]
            ),
            "write": lambda i: self._cache.write(uuid4(), 1, self._encoded[i]),
            "normalise": lambda i: normalise(self._pixels[i], self._preprocessing),
            "inference": lambda _: self._session.run(
                None, {self._session.get_inputs()[0].name: self._planes}
            ),
        }
        if what == "resize":
            return lambda i: self._resize(i, int(kind))
        if what == "encode":
            return lambda i: encode_rendition(self._resized[i][int(kind)], int(kind))
        return stages[name]

    def _decode(self, file: str, needs: str) -> Decoded:
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return decode(fd, max_pixels=_MAX_PIXELS, needs=self._needs[needs], exact=needs == "all")
        finally:
            os.close(fd)

    def _model_pixels(self, picture: Decoded) -> bytes:
        return model_pixels(picture.pixels, self._spec, picture.size, scale=scaled_for_model)

    def _draft(self, i: int, decoded: Decoded) -> None:
        """The JPEG alone, at the fraction from which ``decoded`` was shrunk."""
        with Image.open(self._files[i]) as picture:
            ratio = max(picture.size) / max(decoded.pixels.size)
            fraction = max(step for step in (1, 2, 4, 8) if step <= max(1.0, ratio))
            picture.draft(None, (picture.width // fraction, picture.height // fraction))
            picture.load()

    def _renditions(self, picture: Decoded) -> dict[int, Image.Image]:
        made: dict[int, Image.Image] = {}
        source = picture.pixels
        for size in sorted(SIZES, reverse=True):
            target = rendition_size(picture.size, size)
            source = source if source.size == target else scaled(source, target)
            made[size] = source
        return made

    def _resize(self, i: int, size: int) -> None:
        larger = [other for other in SIZES if other > size]
        source = self._resized[i][min(larger)] if larger else self._for_all[i].pixels
        target = rendition_size(self._for_all[i].size, size)
        if source.size != target:
            scaled(source, target)

    def _call(self, lengths: list[int]) -> None:
        request = {"lengths": lengths, "facts": {"thumbhash": "0" * 48, "width": 4032, "height": 3024}}
        self._runner.get_loop().run_until_complete(self._pool.call(request))
