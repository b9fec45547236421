"""Another model takes over while people search: no answer is empty, none is of two models, whatever is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from pgvector.asyncpg import register_vector

from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from tests.support.home import picture
from tests.support.remote import Script, make_key
from tests.support.services import in_thread
from tests.support.tiny_models import Tiny, make
from tests.support.up import Up
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

PICTURES = 2000
QUERY = "a photo of a red dog"
OLD, NEW = "old", "new"


@pytest.fixture
def up(reachable_path: Path) -> Iterator[Up]:
    models = reachable_path / "models"
    make(models / OLD, Tiny(image_dimension=12, text_dimension=12))
    make(models / NEW, Tiny(image_dimension=20, text_dimension=20))
    with Up(
        reachable_path / "data",
        FREE_SPACE_FLOOR_BYTES="0",
        JOB_LEASE_SECONDS="5",
        MODELS_PATH=str(models),
        CLIP_MODEL=OLD,
    ) as running:
        yield running


def model_verb(up: Up, *arguments: str) -> Any:
    """What ``scene-sense model …`` says, as JSON."""
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "scene-sense"),
            "--data",
            str(up.data),
            "model",
            *arguments,
            "--json",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"MODELS_PATH": str(up.data.parent / "models"), "CLIP_MODEL": OLD},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def set_of(up: Up, name: str) -> dict[str, int]:
    """How many of the model's vectors and waiting jobs there are."""

    async def counted() -> dict[str, int]:
        connection = await asyncpg.connect(up.postgres.url)
        try:
            row = await connection.fetchrow(
                "SELECT (SELECT count(*) FROM embedding e WHERE e.model = m.id) AS vectors,"
                " (SELECT count(*) FROM job j WHERE j.model = m.id AND j.state IN ('pending', 'running')) AS waiting"
                " FROM model m WHERE m.name = $1",
                name,
            )
        finally:
            await connection.close()
        return dict(row)

    return in_thread(counted)


@dataclass(frozen=True, slots=True)
class Answer:
    model: str
    scores: dict[str, float]


class Searching:
    """Somebody who searches all the time; what does not reach the server while it is restarted is counted apart."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._client = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._search)
        self.answers: list[Answer] = []
        self.unreached = 0
        self.refused: list[str] = []

    def __enter__(self) -> "Searching":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def models(self) -> set[str]:
        return {answer.model for answer in self.answers}

    def _search(self) -> None:
        while not self._stop.is_set():
            try:
                answer = self._client.get("/api/search", params={"q": QUERY, "limit": 20})
            except httpx.TransportError:
                self.unreached += 1
                time.sleep(0.05)
                continue
            if not answer.is_success:
                self.refused.append(answer.text)
                continue
            body = answer.json()
            self.answers.append(Answer(body["model"], {hit["id"]: hit["score"] for hit in body["items"]}))


def stored_vectors(up: Up) -> dict[str, dict[str, NDArray[np.float32]]]:
    """The vectors of each model, by asset."""

    async def fetched() -> dict[str, dict[str, NDArray[np.float32]]]:
        connection = await asyncpg.connect(up.postgres.url)
        try:
            await register_vector(connection)
            rows = await connection.fetch(
                "SELECT m.name, e.asset, e.vector FROM embedding e JOIN model m ON m.id = e.model"
            )
        finally:
            await connection.close()
        found: dict[str, dict[str, NDArray[np.float32]]] = {}
        for row in rows:
            found.setdefault(row["name"], {})[str(row["asset"])] = row["vector"].to_numpy().astype(np.float32)
        return found

    return in_thread(fetched)


def query_vector(folder: Path) -> NDArray[np.float32]:
    async def encoded() -> NDArray[np.float32]:
        encoder = LocalEncoder(
            folder.name, read_folder(folder), towers=frozenset({"text"}), threads=1, text_cache_size=1
        )
        try:
            return await encoder.encode_text(QUERY)
        finally:
            await encoder.close()

    return in_thread(encoded)


def kill(up: Up, module: str) -> None:
    """Kill it with signal 9, and return when another one is in its place."""
    first = up.child(module)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: up.child(module) not in {0, first}, 60)


def test_a_swap_leaves_no_search_empty_and_mixes_no_models_though_it_is_killed_twice(up: Up) -> None:
    with Script(up.url, make_key(up.url, up.setup_token())) as script:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: script.upload(picture(number), f"{number}.jpg"), range(PICTURES)))
        eventually(lambda: set_of(up, OLD)["vectors"] == PICTURES, 300)

        with Searching(up.url, script.headers) as searching:
            filled = model_verb(up, "fill", NEW)
            assert filled["assets"] == PICTURES
            eventually(lambda: set_of(up, NEW)["vectors"] > PICTURES // 8, 120)
            kill(up, "workers.main")
            late = script.upload(picture(PICTURES), "late.jpg")
            eventually(lambda: set_of(up, NEW)["vectors"] > PICTURES // 2, 120)
            up.kill_everything()
            up.start()
            up.wait_ready()
            assert model_verb(up, "fill", NEW, "--wait")["waiting"] == 0
            assert searching.models() == {OLD}

            model_verb(up, "switch", NEW)
            eventually(lambda: searching.answers[-1].model == NEW, 30)
            model_verb(up, "undo")
            eventually(lambda: searching.answers[-1].model == OLD, 30)
            model_verb(up, "switch", NEW)
            eventually(lambda: searching.answers[-1].model == NEW, 30)
            vectors = stored_vectors(up)

    assert {name: len(found) for name, found in vectors.items()} == {OLD: PICTURES + 1, NEW: PICTURES + 1}
    assert late in vectors[NEW]
    assert searching.refused == []
    assert len(searching.answers) > 100
    assert [answer for answer in searching.answers if len(answer.scores) != 20] == []
    queries = {name: query_vector(up.data.parent / "models" / name) for name in (OLD, NEW)}
    for answer in searching.answers:
        for asset, score in answer.scores.items():
            assert score == pytest.approx(
                float(queries[answer.model] @ vectors[answer.model][asset]), abs=2e-3
            )
