"""Text: how long until words are a vector, next to the bare run of the same graph.

In turn: bare, the graph alone, on ids of the same length that are there already, by a session with the encoder's
options; new words, by the tokenizer and the encoder as a search asks them; the same words again. Then new words
while batches of pictures are encoded all the time by the same encoder: a query waits for the slice that runs, not
for the batch.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from appliance.clip.encoder import Encoder
from appliance.clip.layouts import read_folder
from appliance.clip.opening import model_root, open_encoder
from appliance.cores import cores
from benchmarks.support.apart import Apart, Vectors, quartiles
from benchmarks.support.figures import percentile, texts
from benchmarks.support.load import Spent
from benchmarks.support.ours import settings_for
from benchmarks.support.tables import print_table
from benchmarks.support.vit import FP32, INT8, vit_models

QUERIES, ROUNDS = 40, 5

BARE, NEW, AGAIN, BUSY = "bare run", "new words", "the same words", "new words during a batch"
_WAYS = (BARE, NEW, AGAIN, BUSY)

#: The first two, query by query, so that they share what else the machine does.
_IN_TURN = "in turn"

#: An answer from memory takes so little that more of them are timed.
_REPEATS = 500

_WORDS = (
    "a dog on the beach",
    "birthday party",
    "red car in front of our old house",
    "grandmother with a cake",
)


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks text",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--queries", type=int, default=QUERIES, help="in a round, default %(default)s")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default %(default)s")
    asked = parser.parse_args(arguments)
    models = vit_models()
    folders = {
        "starter": model_root("starter", models),
        "ViT-B/32, fp32": models / FP32,
        "ViT-B/32, int8": models / INT8,
    }
    rows = []
    for name, folder in folders.items():
        rows += _measured(name, folder, rounds=asked.rounds, queries=asked.queries)
    print_table(
        f"Words to vector, ms: {asked.rounds} rounds of {asked.queries} queries, {cores()} cores",
        ["", "p50", "p95", "CPU-ms", "p50 by bare's", "quartiles", "load", "quiet"],
        rows,
        notes="by bare's: p50 of a round by that of the bare runs of the same round; the median of all rounds.",
    )


def _measured(name: str, folder: Path, *, rounds: int, queries: int) -> list[list[str]]:
    """One model's rows."""
    taken: dict[str, list[Vectors]] = {way: [] for way in _WAYS}
    spent: dict[str, list[Spent]] = {way: [] for way in _WAYS}
    with Apart(partial(Words, folder, queries=queries)) as apart:
        for work in (_IN_TURN, AGAIN, BUSY):
            apart.run([work])
        for _ in range(rounds):
            for work in (_IN_TURN, AGAIN, BUSY):
                cost, times = apart.measure([work])
                if times is None:
                    raise RuntimeError("no times")
                for number, way in enumerate((BARE, NEW) if work == _IN_TURN else (work,)):
                    taken[way].append(times[:, 2 * number : 2 * number + 2])
                    spent[way].append(cost)
    bare = [_p50(times) for times in taken[BARE]]
    return [[f"{name}: {way}", *_cells(way, taken[way], bare, spent[way])] for way in _WAYS]


def _cells(way: str, taken: Sequence[Vectors], bare: Sequence[float], spent: Sequence[Spent]) -> list[str]:
    everything = np.concatenate(taken)
    wall = everything[:, 0].tolist()
    low, middle, high = quartiles([_p50(own) / its for own, its in zip(taken, bare, strict=True)])
    return texts(
        *(
            f"{percentile(wall, share):.4f}" if way == AGAIN else percentile(wall, share)
            for share in (0.5, 0.95)
        ),
        # During a batch most of it would be the pictures'.
        "" if way in {AGAIN, BUSY} else float(np.median(everything[:, 1])),
        *(("", "") if way == AGAIN else (middle, "-".join(texts(low, high)))),
        max(cost.others + cost.stolen for cost in spent),
        f"{sum(cost.quiet for cost in spent)}/{len(spent)}",
    )


def _p50(times: Vectors) -> float:
    return percentile(times[:, 0].tolist(), 0.5)


class Words:
    """A way (:class:`benchmarks.support.apart.Way`) that is told what to do with words."""

    def __init__(self, model: Path, *, queries: int) -> None:
        self._queries = queries
        self._number = itertools.count()
        self._runner = asyncio.Runner()
        with tempfile.TemporaryDirectory() as data:
            settings = settings_for(model, Path(data))
        self._encoder: Encoder = self._runner.run(open_encoder(settings, towers=frozenset({"image", "text"})))
        self._bare = _bare(model)

    def run(self, work: Sequence[str]) -> Vectors:
        """A row for each query: pairs of milliseconds and CPU milliseconds of the process."""
        return np.array(self._runner.run(self._run(work[0])), np.float32)

    def close(self) -> None:
        """See :class:`benchmarks.support.apart.Way`."""
        self._runner.run(self._encoder.close())
        self._runner.close()

    async def _run(self, work: str) -> list[tuple[float, ...]]:
        if work == _IN_TURN:
            return [
                (*await _timed(self._run_bare()), *await _timed(self._ask(self._new())))
                for _ in range(self._queries)
            ]
        if work == AGAIN:
            return [await _timed(self._ask(_WORDS[0])) for _ in range(_REPEATS * self._queries)]
        pictures = asyncio.create_task(self._encode_on_and_on())
        try:
            found: list[tuple[float, ...]] = []
            for number in range(self._queries):
                # Not in step with the slices.
                await asyncio.sleep(0.02 + 0.001 * (number % 7))
                found.append(await _timed(self._ask(self._new())))
            return found
        finally:
            pictures.cancel()
            await asyncio.gather(pictures, return_exceptions=True)

    async def _run_bare(self) -> None:
        self._bare()

    def _new(self) -> str:
        number = next(self._number)
        return f"{_WORDS[number % len(_WORDS)]} {number}"

    async def _ask(self, text: str) -> None:
        await self._encoder.encode_text(text)

    async def _encode_on_and_on(self) -> None:
        spec = self._encoder.pixels
        batch = np.random.default_rng(0).integers(0, 256, (16, spec.height, spec.width, 3), dtype=np.uint8)
        while True:
            await self._encoder.encode_images(batch)


def _bare(model: Path) -> Callable[[], object]:
    """Runs the text graph once on the ids of one text, as the encoder's own session would."""
    folder = read_folder(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = cores(), 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(folder.textual, options, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    kind = np.int32 if port.type == "tensor(int32)" else np.int64
    tokenization = folder.tokenization
    tokenizer = Tokenizer.from_file(str(tokenization.file))
    length = port.shape[1] if isinstance(port.shape[1], int) else tokenization.context_length
    padding = [tokenizer.token_to_id(tokenization.pad_token or "")] * length
    ids = np.array([(tokenizer.encode(_WORDS[0]).ids + padding)[:length]], kind)
    return lambda: session.run(None, {port.name: ids})


async def _timed(work: Coroutine[None, None, None]) -> tuple[float, float]:
    """Milliseconds, and CPU milliseconds of the process."""
    started, cpu = time.perf_counter(), time.process_time()
    await work
    return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - cpu)
