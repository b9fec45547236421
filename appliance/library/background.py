"""What chance gives: a sample of somebody's library, and what its pictures score with words about everything.

For each model the generic prompts are encoded once, and kept in the cache's folder. For each person a sample of what
they may see is kept in memory; it is read anew in the background, soon for a small library, which changes much by
little, and rarely for a big one. A search does not wait for a new sample while there is an old one.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.clip.query_cache import QueryCache
from appliance.clip.query_store import path_of, read_queries, write_queries
from appliance.db.background import sample_vectors
from appliance.db.engine import Database
from appliance.errors import SceneSenseError
from appliance.records.accounts import Sight, Viewer
from appliance.records.models import Model

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

#: Pictures of a sample; of 512 numbers each they take 2 MB.
SAMPLE = 1024
#: Samples that are kept: one for each person who searched lately.
KEPT = 16
#: How long a search waits for the first sample, seconds; without one its answer has no end.
PATIENCE_SECONDS = 1.5
#: The life of a full sample, and of the smallest.
_LIFE_SECONDS, _LEAST_LIFE_SECONDS = 600.0, 5.0
#: With fewer pictures than these nothing can be told of chance.
_LEAST_PICTURES = 8


@dataclass(frozen=True, eq=False)
class Background:
    """What is known of chance in one person's library, for one model."""

    #: Unit vectors of a sample of what the person may see, float32 (n, dimension).
    pictures: Vectors
    #: Unit vectors of prompts about everything, float32 (m, dimension).
    generic: Vectors

    @property
    def is_sampled(self) -> bool:
        """Whether there are enough pictures to tell how they differ."""
        return len(self.pictures) >= _LEAST_PICTURES

    @property
    def is_known(self) -> bool:
        """Whether there are prompts as well, so that chance is known."""
        return self.is_sampled and len(self.generic) > 0

    def chance(self, pictures: float = 0.0) -> tuple[float, float]:
        """Mean and standard deviation of chance's cosines, for a query of which pictures make up this part."""
        (mean, unit), (mean_alike, unit_alike) = self._with_words, self._with_one_another
        return mean + pictures * (mean_alike - mean), unit + pictures * (unit_alike - unit)

    @cached_property
    def _with_words(self) -> tuple[float, float]:
        scores = self.pictures @ self.generic.T
        return float(scores.mean()), max(float(scores.std()), 1e-4)

    @cached_property
    def _with_one_another(self) -> tuple[float, float]:
        some = self.pictures[:256]
        scores = (some @ some.T)[np.triu_indices(len(some), 1)]
        mean = float(scores.mean())
        # Many pairs are alike by no chance, which makes the deviation twice what chance gives; and the same picture
        # has to be far above it, whatever the model.
        return mean, max(min(float(scores.std()) / 2, (1 - mean) / 6), 1e-4)


@dataclass(frozen=True, slots=True)
class _Kept:
    background: Background
    ends_at: float


_Key = tuple[int, UUID, Sight]


class Backgrounds:
    """The samples of one process; made once, and closed at its end."""

    def __init__(self, db: Database, cache_path: Path) -> None:
        self._db = db
        self._cache_path = cache_path
        self._generic: dict[str, Vectors] = {}
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._tasks: dict[_Key, asyncio.Task[None]] = {}
        self._encoding = asyncio.Lock()

    async def of(self, viewer: Viewer, model: Model, encoder: Encoder | None) -> Background | None:
        """The background of what the viewer may see; None while nothing is known of it."""
        key = (model.id, viewer.user_id, viewer.sight)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            if time.monotonic() >= kept.ends_at:
                self._begin(key, viewer, model, encoder)
            return kept.background
        task = self._begin(key, viewer, model, encoder)
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        kept = self._kept.get(key)
        return kept.background if kept else None

    async def close(self) -> None:
        """End what is being read."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, key: _Key, viewer: Viewer, model: Model, encoder: Encoder | None) -> asyncio.Task[None]:
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(self._read(key, viewer, model, encoder))
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def _read(self, key: _Key, viewer: Viewer, model: Model, encoder: Encoder | None) -> None:
        try:
            pictures = await sample_vectors(self._db, viewer, model_id=model.id, limit=SAMPLE)
            generic = await self._prompts(model, encoder)
        except SceneSenseError as error:
            log.warning("nothing can be told of chance in a library: %s", error.message)
            return
        if generic is None:
            return
        life = max(_LEAST_LIFE_SECONDS, _LIFE_SECONDS * len(pictures) / SAMPLE)
        background = Background(pictures.reshape(-1, generic.shape[1]), generic)
        if background.is_known:
            await asyncio.to_thread(background.chance)
        self._kept[key] = _Kept(background, time.monotonic() + life)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _prompts(self, model: Model, encoder: Encoder | None) -> Vectors | None:
        """The generic prompts' vectors: from memory, from the cache's folder, or encoded now."""
        async with self._encoding:
            found = self._generic.get(model.identity)
            if found is None:
                found = await self._read_or_encode(model, encoder)
            if found is not None:
                self._generic[model.identity] = found
            return found

    async def _read_or_encode(self, model: Model, encoder: Encoder | None) -> Vectors | None:
        texts = await asyncio.to_thread(generic_prompts)
        # A cache of its own: what people look for would push the prompts out of theirs.
        kept, path = QueryCache(len(texts)), path_of(self._cache_path / "prompts", model.identity)
        await asyncio.to_thread(read_queries, kept, path, dimension=model.dimension)
        found = [kept.get(text) for text in texts]
        if any(vector is None for vector in found):
            if encoder is None:
                return None
            for text in texts:
                kept.put(text, await encoder.encode_text(text))
            await asyncio.to_thread(write_queries, kept, path)
            found = [kept.get(text) for text in texts]
        return np.stack([vector for vector in found if vector is not None])


def generic_prompts() -> tuple[str, ...]:
    """Prompts about everything that people take pictures of."""
    listed = files("appliance.library").joinpath("generic_prompts.txt").read_text(encoding="utf-8")
    return tuple(line for line in listed.splitlines() if line)
