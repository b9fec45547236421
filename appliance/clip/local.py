"""The encoder that runs a model folder in this process, on one thread of its own."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.clip.card import card
from appliance.clip.encoder import Pictures, TowerName, Vectors
from appliance.clip.folder import ModelFolder, Preprocessing
from appliance.clip.identity import identity
from appliance.clip.lane import Lane, Priority
from appliance.clip.preprocess import normalise
from appliance.clip.query_cache import QueryCache, query_key
from appliance.clip.session import Session
from appliance.clip.tokenizer import TextTokenizer
from appliance.clip.towers import ImageTower, TextTower
from appliance.errors import ModelUnavailable

#: Pictures per run: throughput is flat from four on, and a query waits for one run at most.
SLICE = 4


class LocalEncoder:
    """Runs a model folder in this process by ONNX Runtime, on one thread of its own."""

    def __init__(
        self,
        name: str,
        folder: ModelFolder,
        *,
        towers: frozenset[TowerName],
        threads: int,
        text_cache_size: int,
    ) -> None:
        """Load and try the towers; blocks for as long as reading the files takes.

        Raises:
            ModelUnavailable: the folder's files can't be used, or are of different models.
        """
        preprocessing = folder.preprocessing
        self.name = name
        self.pixels = preprocessing.pixels
        self._images = _Images(folder.visual, preprocessing, threads) if "image" in towers else None
        self._texts = _Texts(folder, threads) if "text" in towers else None
        self.dimension = _agreed_dimension(folder, self._images, self._texts)
        self.identity = identity(folder.root)
        self.card = card(name, folder, self.dimension)
        #: What runs each tower that is loaded, for example ``CPUExecutionProvider``.
        self.providers = frozenset(tower.provider for tower in (self._images, self._texts) if tower)
        #: The vectors of the last texts.
        self.queries = QueryCache(text_cache_size)
        self._lane = Lane(f"encode-{name}")

    async def encode_images(self, pictures: Pictures) -> Vectors:
        """See :class:`Encoder`."""
        images = self._images
        if images is None:
            raise ModelUnavailable("This process has not loaded the model's image encoder.")
        slices = [np.stack(list(pictures[start : start + SLICE])) for start in range(0, len(pictures), SLICE)]
        parts = [await self._lane.run(Priority.BATCH, partial(images.encode, part)) for part in slices]
        return np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)

    async def encode_text(self, text: str) -> Vectors:
        """See :class:`Encoder`."""
        texts = self._texts
        if texts is None:
            raise ModelUnavailable("This process has not loaded the model's text encoder.")
        key = query_key(text)
        known = self.queries.get(key)
        if known is not None:
            return known
        return self.queries.put(key, await self._lane.run(Priority.QUERY, partial(texts.encode, key)))

    async def close(self) -> None:
        """See :class:`Encoder`."""
        await self._lane.close()
        self._images = self._texts = None
        self.queries.clear()


class _Images:
    """Decoded pixels to vectors; loading it encodes one grey picture."""

    def __init__(self, path: Path, preprocessing: Preprocessing, threads: int) -> None:
        spec = preprocessing.pixels
        self._preprocessing = preprocessing
        self._tower = ImageTower(Session(path, threads=threads), height=spec.height, width=spec.width)
        grey = np.full((1, spec.height, spec.width, 3), 128, np.uint8)
        self.provider = self._tower.provider
        self.dimension: int = self.encode(grey).shape[1]

    def encode(self, batch: NDArray[np.uint8]) -> Vectors:
        return self._tower.encode(normalise(batch, self._preprocessing))


class _Texts:
    """A text to its vector; loading it encodes one short text."""

    def __init__(self, folder: ModelFolder, threads: int) -> None:
        self._tower = TextTower(Session(folder.textual, threads=threads))
        self._tokenizer = TextTokenizer(folder.tokenization, length=self._tower.length)
        self.provider = self._tower.provider
        self.dimension: int = len(self.encode("a photo"))

    def encode(self, text: str) -> Vectors:
        vectors = self._tower.encode(*self._tokenizer.encode(text))
        return vectors.reshape(-1)


def _agreed_dimension(folder: ModelFolder, images: _Images | None, texts: _Texts | None) -> int:
    found = {
        "config.json": folder.dimension,
        "the image encoder": images.dimension if images else None,
        "the text encoder": texts.dimension if texts else None,
    }
    said = {source: dimension for source, dimension in found.items() if dimension is not None}
    if len(set(said.values())) != 1:
        differ = ", ".join(f"{source} says {dimension}" for source, dimension in said.items())
        raise ModelUnavailable(
            f"The files in {folder.root} are of different models: for the size of a vector {differ}."
            " Copy the model's folder again."
        )
    return next(iter(said.values()))
