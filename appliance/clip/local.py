"""The encoder that runs a model folder in this process, on one thread of its own."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from appliance.clip.agreement import batch_of
from appliance.clip.batch import BatchSize
from appliance.clip.card import card
from appliance.clip.encoder import Pictures, TowerName, Vectors
from appliance.clip.folder import ModelFolder, Preprocessing
from appliance.clip.joint import graph_of
from appliance.clip.lane import Lane, Priority
from appliance.clip.preprocess import normalise
from appliance.clip.providers import CUDA, Hardware
from appliance.clip.query_cache import QueryCache, query_key
from appliance.clip.session import OutOfMemory, Session
from appliance.clip.tokenizer import TextTokenizer
from appliance.clip.towers import ImageTower, TextTower
from appliance.clip.watch import Watch
from appliance.errors import ModelUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Pictures per run: throughput is flat from four on, and a query waits for one run at most.
SLICE = 4
#: A GPU needs more at a time to be busy, and is through them sooner.
GPU_SLICE = 32


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
        hardware: Hardware | None = None,
    ) -> None:
        """Load and try the towers; blocks for as long as reading the files takes.

        Raises:
            ModelUnavailable: the folder's files can't be used, or are of different models; or they need hardware
                that is not there.
            SettingsError: the settings insist on hardware that the installed build of ONNX Runtime does not drive.
        """
        preprocessing = folder.preprocessing
        self.name = name
        self.pixels = preprocessing.pixels
        # Before anything is read, so that a file that changes meanwhile is noticed.
        self._watch = Watch(folder.root)
        self.identity = self._watch.identity
        load = partial(Session, threads=threads, hardware=hardware, precision=folder.precision)
        self._images = self._texts = None
        if "image" in towers:
            self._images = _Images(load(folder.visual, graph=graph_of(folder, "image")), preprocessing)
        if "text" in towers:
            self._texts = _Texts(load(folder.textual, graph=graph_of(folder, "text")), folder)
        self.dimension = _agreed_dimension(folder, self._images, self._texts)
        self._watch.check_unchanged()
        #: What runs each tower that is loaded, for example ``CPUExecutionProvider``.
        self.providers = frozenset(session.provider for session in self._sessions())
        #: What it is computed in: ``fp32``, ``fp16``, ``bf16`` or ``int8``.
        self.precision = _precision(folder, self._images)
        self.has_agreement = folder.has_agreement
        self.card = replace(card(name, folder, self.dimension), precision=self.precision)
        #: The least part of a tower's operations that the best provider asked for runs, 0 to 1.
        self.share = min((session.share for session in self._sessions()), default=1.0)
        #: Threads of one run by the CPU.
        self.threads = max((session.threads for session in self._sessions()), default=0)
        #: Pictures of one run.
        self.batch = BatchSize(batch_of(folder.root) or _slice(self._images))
        #: The vectors of the last texts.
        self.queries = QueryCache(text_cache_size)
        self._lane = Lane(f"encode-{name}")
        log.info("%s runs by %s in %s", name, ", ".join(sorted(self.providers)), self.precision)

    async def encode_images(self, pictures: Pictures) -> Vectors:
        """See :class:`Encoder`."""
        images = self._images
        if images is None:
            raise ModelUnavailable("This process has not loaded the model's image encoder.")
        parts: list[Vectors] = []
        start = 0
        while start < len(pictures):
            part = np.stack(list(pictures[start : start + self.batch.size]))
            try:
                parts.append(
                    await self._lane.run(Priority.BATCH, partial(self._checked, images.encode, part))
                )
            except OutOfMemory as error:
                self.batch.failed(len(part), error.message)
                log.warning("memory did not suffice for %d pictures; trying %d", len(part), self.batch.size)
                continue
            self.batch.fitted(len(part))
            start += len(part)
        return np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)

    async def encode_text(self, text: str, *, language: str | None = None) -> Vectors:
        """See :class:`Encoder`; ``language`` is the text's in BCP 47, for a model that is told and knows it."""
        texts = self._texts
        if texts is None:
            raise ModelUnavailable("This process has not loaded the model's text encoder.")
        words = query_key(text)
        code = texts.language(language)
        key = f"\0{code}\0{words}" if code else words
        known = self.queries.get(key)
        if known is not None:
            return known
        work = partial(self._checked, partial(texts.encode, code=code), words)
        return self.queries.put(key, await self._lane.run(Priority.QUERY, work))

    def check_unchanged(self) -> None:
        """Nothing, as long as the model's files are those that were loaded; done before each run.

        Raises:
            EncoderUnavailable: they are others.
        """
        self._watch.check_unchanged()

    async def close(self) -> None:
        """See :class:`Encoder`."""
        await self._lane.close()
        self._images = self._texts = None
        self.queries.clear()

    def _checked(self, encode: Callable[[T], Vectors], what: T) -> Vectors:
        self.check_unchanged()
        return encode(what)

    def _sessions(self) -> list[Session]:
        return [tower.session for tower in (self._images, self._texts) if tower]


class _Images:
    """Decoded pixels to vectors; loading it encodes one grey picture."""

    def __init__(self, session: Session, preprocessing: Preprocessing) -> None:
        spec = preprocessing.pixels
        self.session = session
        self._preprocessing = preprocessing
        self._tower = ImageTower(session, height=spec.height, width=spec.width)
        grey = np.full((1, spec.height, spec.width, 3), 128, np.uint8)
        self.dimension: int = self.encode(grey).shape[1]

    def encode(self, batch: NDArray[np.uint8]) -> Vectors:
        return self._tower.encode(normalise(batch, self._preprocessing))


class _Texts:
    """A text to its vector; loading it encodes one short text."""

    def __init__(self, session: Session, folder: ModelFolder) -> None:
        self.session = session
        self._tower = TextTower(session)
        self._tokenizer = TextTokenizer(folder.tokenization, length=self._tower.length)
        self.dimension: int = len(self.encode("a photo"))

    def language(self, tag: str | None) -> str | None:
        return self._tokenizer.language(tag)

    def encode(self, text: str, code: str | None = None) -> Vectors:
        parts = [self._tokenizer.told(part, code) for part in self._tokenizer.parts(text)]
        return self._tower.encode_parts(parts)


def _slice(images: _Images | None) -> int:
    """Pictures per run.

    One where an 8-bit graph takes its scales over the whole batch: a picture's vector would depend on its neighbours.
    """
    if images is None or images.session.depends_on_batch:
        return 1
    return GPU_SLICE if images.session.provider == CUDA else SLICE


def _precision(folder: ModelFolder, images: _Images | None) -> str:
    """The folder's word, or what its picture graph turns out to be made of."""
    if folder.precision == "fp32" and images is not None:
        if images.session.eight_bits:
            return "int8"
        if images.session.inputs[0].dtype is np.float16:
            return "fp16"
    return folder.precision


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
