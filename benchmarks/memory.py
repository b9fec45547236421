"""Memory: what each process of a running instance holds, idle after some work, and whether it grows.

RSS counts shared pages in full for each process; PSS divides them among those that share, so that sums are true.
``rest``: a few large photos with the starter model. ``growth``: thousands of small ones, with the starter and with a
model of ViT-B/32's size; sampled every 500 pictures when nothing waits, with some searches each time.
"""

import argparse
from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.support.figures import texts
from benchmarks.support.instance import photos, running
from benchmarks.support.load import memory_bytes, tree
from benchmarks.support.tables import print_table
from benchmarks.support.vit import FP32, vit_models
from tests.support.remote import Script
from tests.support.up import Up
from tests.support.waiting import eventually

MIB = 1024 * 1024

PICTURES = 48

GROWTH_PICTURES, STEP, SMALL_MEGAPIXELS, SEARCHES = 5000, 500, 0.03, 10

_MODELS = ("starter", "vit")


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks memory",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--parts", nargs="+", choices=("rest", "growth"), default=("rest", "growth"), help="default: both"
    )
    parser.add_argument(
        "--pictures", type=int, default=GROWTH_PICTURES, help="of the growth, default %(default)s"
    )
    parser.add_argument("--models", nargs="+", choices=_MODELS, default=_MODELS, help="default: both")
    asked = parser.parse_args(arguments)
    if "rest" in asked.parts:
        _rest()
    if "growth" in asked.parts:
        for model in asked.models:
            _growth(model, asked.pictures)


def _rest() -> None:
    with running() as (up, script):
        before = _table(up)
        for number, picture in enumerate(photos(PICTURES, megapixels=12)):
            script.upload(picture, f"{number}.jpg")
        eventually(partial(_idle, script), 300)
        script.get_json("/api/search", q="a photo of the sea")
        after = _table(up)
    figures = {name: (*before[name][1:], *after[name][1:]) for name in after}
    sums = [sum(column) for column in zip(*figures.values(), strict=True)]
    print_table(
        f"Memory, MiB: just started, and idle after {PICTURES} photos of 12 MP and a search",
        ["process", "number", "RSS start", "PSS start", "RSS after", "PSS after"],
        [
            *(
                texts(name, after[name][0], *(value / MIB for value in values))
                for name, values in figures.items()
            ),
            texts("all", sum(number for number, _, _ in after.values()), *(value / MIB for value in sums)),
        ],
    )


def _table(up: Up) -> dict[str, tuple[int, int, int]]:
    """Number, RSS and PSS in bytes of each kind of process."""
    web, worker = up.child("web.serve"), up.child("workers.main")
    kinds = {
        "supervisor (up)": {up.process.pid},
        "web": {web},
        "web's decoders": tree([web]) - {web},
        "worker": {worker},
        "worker's decoders": tree([worker]) - {worker},
        "PostgreSQL": tree([up.postgres.pid]),
        "Valkey": {up.valkey.pid},
    }
    return {name: (len(pids), *memory_bytes(pids)) for name, pids in kinds.items()}


def _growth(model: str, pictures: int) -> None:
    """Samples of worker and web while a library grows, and what a straight line through them says."""
    settings = {"CLIP_MODEL": FP32, "MODELS_PATH": str(vit_models())} if model == "vit" else {}
    samples: list[tuple[int, list[float]]] = []
    with running(**settings) as (up, script):
        for done in range(0, pictures, STEP):
            step = min(STEP, pictures - done)
            _import(script, done, step)
            samples.append((done + step, _sample(up)))
    columns = [f"{kind} {what}" for kind in ("worker", "web") for what in ("RSS", "PSS", "with decoders")]
    slopes = [_slope([(number, values[i]) for number, values in samples]) for i in range(len(columns))]
    print_table(
        f"Memory over {pictures:,} pictures of {SMALL_MEGAPIXELS:g} MP, MiB, {_title(model)}",
        ["pictures", *columns],
        [
            *(texts(f"{number:,}", *values) for number, values in samples),
            texts("growth per 1,000", *slopes),
        ],
        notes="growth: of a straight line through all samples but the first third, in which caches and pools fill."
        " with decoders: PSS; their number changes, since they are replaced now and then.",
    )


def _sample(up: Up) -> list[float]:
    """Of worker and web, MiB: RSS and PSS alone, and PSS with the decoders below it."""
    found: list[float] = []
    for pid in (up.child("workers.main"), up.child("web.serve")):
        found += [*memory_bytes([pid]), memory_bytes(tree([pid]))[1]]
    return [value / MIB for value in found]


def _title(model: str) -> str:
    return "a model of ViT-B/32's size" if model == "vit" else "the starter model"


def _import(script: Script, first: int, count: int) -> None:
    """Upload pictures that nobody has sent before, wait until all have vectors, and search."""
    for number, picture in enumerate(_small(first, count)):
        script.upload(picture, f"{first + number}.jpg")
    eventually(partial(_idle, script), 600)
    for number in range(SEARCHES):
        script.get_json("/api/search", q=f"a photo of the sea, {first + number}")


def _small(first: int, count: int) -> list[bytes]:
    return photos(count, megapixels=SMALL_MEGAPIXELS, first=first)


def _idle(script: Script) -> bool:
    jobs = script.get_json("/api/status")["jobs"]
    return bool(jobs["pending"] == jobs["running"] == 0)


def _slope(samples: Sequence[tuple[int, float]]) -> float:
    """MiB per 1,000 pictures, by least squares over all but the first third; NaN when that leaves one sample."""
    kept = samples[len(samples) // 3 :]
    if len(kept) < 2:
        return float("nan")
    numbers, values = zip(*kept, strict=True)
    return float(np.polyfit(np.array(numbers, np.float64), np.array(values, np.float64), 1)[0] * 1000)
