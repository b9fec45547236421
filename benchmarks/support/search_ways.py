"""The ways in which a library is searched, over HTTP and without it, for one client or many."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.db.engine import Database
from appliance.db.search import Nearest, find_nearest, get_vector
from appliance.records.accounts import Viewer
from appliance.records.models import Model
from appliance.records.search import And, Filter, HasCamera
from benchmarks.support.bulk import CAMERA
from benchmarks.support.replay import Remembering, replay

LIMIT = 50

_WORDS = (
    "a dog",
    "the sea",
    "a red bus",
    "two people",
    "food on a table",
    "a street at night",
    "snow",
    "a train",
)
_PLACES = ("in the morning", "at home", "in the city", "on a hill", "in the rain", "by the river", "far away")

CACHED, NEW, LIKE = "words asked before", "new words", "more like a picture"
HANDED, FILTERED = "a picture handed in", "words, one in twenty let through"
NAMED, SERVED_NOTHING = "words that are a file's name", "no search (GET /api/me/keys)"

#: Asks once; gives the milliseconds that the server says the search took, 0 where it says none.
Ask = Callable[[], Awaitable[float]]


@dataclass(kw_only=True)
class Ways:
    """One instance and what is asked of it."""

    http: httpx.AsyncClient
    db: Database
    connection: "asyncpg.Connection"
    encoder: Encoder
    model: Model
    viewer: Viewer
    #: Assets, their names, and a picture that was handed in.
    ids: list[str]
    names: list[str]
    picture: str
    #: All vectors, one below the other.
    vectors: NDArray[np.float32]
    exact: dict[str, bool] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def served(self) -> Mapping[str, Ask]:
        """Over HTTP, each way with its name."""
        handed: dict[str, Ask] = {
            HANDED: lambda: self._search(HANDED, terms=[{"picture": self.picture}]),
        }
        return {
            SERVED_NOTHING: self._nothing,
            CACHED: lambda: self._search(CACHED, q=self._old_words()),
            NEW: lambda: self._search(NEW, q=self.new_words()),
            LIKE: lambda: self._search(LIKE, terms=[{"asset": self._one(self.ids)}]),
            **(handed if self.picture else {}),
            FILTERED: lambda: self._search(FILTERED, q=self._old_words(), camera=CAMERA),
            NAMED: lambda: self._search(NAMED, q=self._one(self.names)),
        }

    def new_words(self) -> str:
        """Words that nobody asked for before."""
        number = next(self._numbers)
        return f"{_WORDS[number % len(_WORDS)]} {_PLACES[number % len(_PLACES)]} {number}"

    async def bare(self, way: str) -> Callable[[], Awaitable[None]]:
        """Sends the statements of one search alone; those are made here, which is not to be measured."""
        where: Filter = HasCamera(CAMERA) if way == FILTERED else And(())
        like = UUID(self._one(self.ids)) if way == LIKE else None
        vector = await self.encoder.encode_text(self._old_words())
        remembering = Remembering(self.db.engine)
        if like is not None:
            found = await get_vector(remembering, self.viewer, like, model_id=self.model.id)
            vector = vector if found is None else found
        nearest = Nearest(
            viewer=self.viewer,
            vector=vector,
            model_id=self.model.id,
            where=where,
            besides=(like,) if like else (),
            limit=LIMIT,
            after=None,
        )
        await find_nearest(remembering, nearest)
        return lambda: replay(self.connection, remembering.statements)

    async def brute_force(self) -> Callable[[], None]:
        """The product with all vectors and the best of it, in this process."""
        vector = await self.encoder.encode_text(self._old_words())

        def work() -> None:
            scores = self.vectors @ vector
            best = np.argpartition(scores, -LIMIT)[-LIMIT:]
            best[np.argsort(-scores[best])]

        return work

    def _old_words(self) -> str:
        return _WORDS[next(self._numbers) % len(_WORDS)]

    def _one(self, among: list[str]) -> str:
        return among[next(self._numbers) % len(among)]

    async def _search(self, way: str, **asked: Any) -> float:
        answer = await self.http.post("/api/search", json={**asked, "limit": LIMIT})
        body = answer.raise_for_status().json()
        self.exact[way] = bool(body["exact"])
        return float(body["took_ms"])

    async def _nothing(self) -> float:
        (await self.http.get("/api/me/keys")).raise_for_status()
        return 0.0


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds that answers took as the client saw it, and as the server says the search in it took."""

    seen: list[float]
    said: list[float]


async def by_one(ask: Ask, count: int) -> Times:
    """Ask so often, one after the other."""
    times = Times([], [])
    for _ in range(count):
        started = time.perf_counter()
        said = await ask()
        times.seen.append(1000 * (time.perf_counter() - started))
        times.said.append(said)
    return times


async def by_many(ask: Ask, count: int, *, clients: int) -> tuple[Times, float]:
    """Ask so often in all, each of so many clients one question at a time; also the answers per second."""
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(by_one(ask, max(1, count // clients))) for _ in range(clients)]
    seconds = time.perf_counter() - started
    all_times = [task.result() for task in tasks]
    seen = [value for times in all_times for value in times.seen]
    return Times(seen, [value for times in all_times for value in times.said]), len(seen) / seconds
