"""The work done by Pillow and ONNX Runtime by hand, as a first script of anybody's does it; nothing of the project's.

One caller, one picture at a time, everything decoded whole.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import thumbhash
from numpy.typing import NDArray
from PIL import Image

from benchmarks.support.apart import Vectors
from benchmarks.support.vit import MEAN, SIDE, STD

_MEAN, _STD = np.array(MEAN, np.float32), np.array(STD, np.float32)


@dataclass(frozen=True, slots=True)
class Graph:
    """A picture's graph by bare ONNX Runtime."""

    session: Any
    input: str

    def encode(self, planes: NDArray[np.float32]) -> Vectors:
        """Vectors [n, D] of normalised pictures [n, 3, height, width]."""
        vectors: Vectors = self.session.run(None, {self.input: planes})[0]
        return vectors


def open_graph(path: Path, *, threads: int = 0) -> Graph:
    """The graph as ONNX Runtime opens it by default; ``threads`` within an operator, 0: its own choice."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return Graph(session, session.get_inputs()[0].name)


def covering(picture: Image.Image) -> Image.Image:
    """The picture with its shortest side brought to the model's, all of it kept."""
    width, height = picture.size
    size = (SIDE, int(height / width * SIDE)) if width < height else (int(width / height * SIDE), SIDE)
    return picture.resize(size, Image.Resampling.BICUBIC)


def centre(picture: Image.Image) -> Image.Image:
    """The middle that the model sees, at the place to which torchvision rounds."""
    left, top = round((picture.width - SIDE) / 2), round((picture.height - SIDE) / 2)
    return picture.crop((left, top, left + SIDE, top + SIDE))


def fitted(picture: Image.Image, edge: int) -> Image.Image:
    """The picture with its long edge brought to ``edge`` pixels; never enlarged."""
    scale = min(1.0, edge / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def encoded(picture: Image.Image, kind: str) -> bytes:
    """The picture in a format, at quality 80 and otherwise by Pillow's defaults."""
    out = io.BytesIO()
    picture.save(out, kind, quality=80)
    return out.getvalue()


class Naive:
    """Only the vector."""

    def __init__(self, model: Path) -> None:
        self._graph = open_graph(model / "visual/model.onnx")

    def run(self, files: Sequence[str]) -> Vectors:
        """See :class:`benchmarks.support.apart.Way`."""
        return np.stack([self._vector(file) for file in files])

    def close(self) -> None:
        """See :class:`benchmarks.support.apart.Way`."""

    def _vector(self, file: str) -> NDArray[np.float32]:
        with Image.open(file) as opened:
            picture = centre(covering(opened.convert("RGB")))
        values = (np.asarray(picture, np.float32) / np.float32(255) - _MEAN) / _STD
        vector: NDArray[np.float32] = self._graph.encode(values.transpose(2, 0, 1)[None])[0]
        return vector


class NaiveFull(Naive):
    """Everything that a library keeps of a picture: hash, renditions, placeholder, vector; decoded twice.

    ``preview`` is the format of the 1440-pixel rendition, ``heights`` are those of further ones in WebP.
    """

    def __init__(self, model: Path, preview: str, heights: Sequence[int]) -> None:
        super().__init__(model)
        self._preview, self._heights = preview, heights

    def _vector(self, file: str) -> NDArray[np.float32]:
        data = Path(file).read_bytes()
        hashlib.sha256(data).digest()
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        encoded(fitted(picture, 1440), self._preview)
        for height in self._heights:
            small = fitted(picture, round(height * max(picture.size) / picture.height))
            encoded(small, "WEBP")
        tiny = fitted(picture, 100).convert("RGBA")
        thumbhash.rgba_to_thumb_hash(tiny.width, tiny.height, tiny.tobytes())
        return super()._vector(file)
