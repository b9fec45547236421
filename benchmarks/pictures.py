"""Pictures: from a file to a vector and to everything, next to how others do it, and how near the limit that is.

Ways run in turn, round by round, each in a process of its own that sleeps while others run; each figure is the
median of the rounds, with quartiles. ``load`` is the most that other programs used in a round, in cores: above 0.1
a round is not quiet, and the figure is worth less. The model has the size of ViT-B/32.

stages    CPU time of each stage alone: on one core, and with the other core doing the same. Their sum is the limit.
paths     images per second, CPU time and memory of every way, and the share of the limit that ours reach.
worker    a running instance (Dramatiq, Valkey, PostgreSQL) next to the same work without them.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from appliance.cores import cores
from benchmarks.support.apart import Maker, Rounds, Vectors, interleaved, quartiles, ratios, started
from benchmarks.support.bare import Naive, NaiveFull
from benchmarks.support.corpus import CLASSES, camera_photos
from benchmarks.support.costs import Costs, measure_stages
from benchmarks.support.figures import texts
from benchmarks.support.ours import Ours
from benchmarks.support.peers import ImmichPath, RclipPath
from benchmarks.support.served import measure_worker
from benchmarks.support.tables import print_table
from benchmarks.support.vit import FP32, INT8, PHOTOS, vit_models

MIB = 1024 * 1024

ROUNDS, FILES, STAGE_FILES = 5, 32, 6

#: Of the way that decodes everything twice and encodes slowly: fewer files are enough.
FULL_NAIVE_FILES = 8

NAIVE, PEER, PREVIEW, RCLIP = "naive", "Immich's path", "Immich's path, 1440 preview posted", "rclip's path"
VECTOR, VECTOR_8 = "ours, vector only, fp32", "ours, vector only, int8"
NAIVE_FULL, NAIVE_SAME = "naive, everything (WebP 1440 + 256)", "naive, everything (our formats)"
FULL, FULL_8 = "ours, everything, fp32", "ours, everything, int8"

REAL = "real photos"

PARTS = ("stages", "paths", "worker")


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks pictures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="default: all")
    parser.add_argument(
        "--classes", nargs="+", choices=[*CLASSES, REAL], default=[*CLASSES, REAL], help="default: all"
    )
    parser.add_argument("--files", type=int, default=FILES, help="pictures of a class, default %(default)s")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="default %(default)s")
    parser.add_argument("--photos", type=Path, default=PHOTOS, help="folder with the real photos")
    asked = parser.parse_args(arguments)
    models = vit_models()
    for name in asked.classes:
        files = _files(name, asked.files, asked.photos)
        sheet = _Sheet(name, files, models, asked.rounds)
        if "stages" in asked.parts:
            sheet.stages()
        if "paths" in asked.parts:
            sheet.paths()
        if "worker" in asked.parts:
            sheet.worker()


def _files(name: str, count: int, photos: Path) -> list[str]:
    if name in CLASSES:
        return camera_photos(name, count)
    found = sorted(str(path) for path in photos.rglob("*.jpg"))[:count]
    if not found:
        raise SystemExit(f"{photos} has no *.jpg")
    return found


@dataclass
class _Sheet:
    """The tables of one class of pictures."""

    name: str
    files: Sequence[str]
    models: Path
    rounds: int
    #: Of the stages, by precision; empty until they are measured.
    costs: dict[str, Costs] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What the pictures are."""
        megabytes = sum(Path(file).stat().st_size for file in self.files) / len(self.files) / 1e6
        return f"{self.name}, {len(self.files)} JPEGs of {megabytes:.2f} MB, {cores()} cores, {self.rounds} rounds"

    def stages(self) -> None:
        """CPU time by stage."""
        some = self.files[:STAGE_FILES]
        for precision, model in (("fp32", FP32), ("int8", INT8)):
            only = None if precision == "fp32" else frozenset({"inference"})
            self.costs[precision] = measure_stages(self.models / model, some, rounds=self.rounds, only=only)
        self.costs["int8"] = self.costs["fp32"].with_those_of(self.costs["int8"])
        self.costs["fp32"].print(f"Stages, CPU-ms per picture: {self.name}, {len(some)} files")
        self.costs["int8"].print_limits(f"Limit with int8: {self.name}")

    def paths(self) -> None:
        """All ways side by side."""
        makers = self._makers()
        few = {NAIVE_FULL, NAIVE_SAME}
        files = {name: self.files[:FULL_NAIVE_FILES] if name in few else self.files for name in makers}
        with started(makers) as ways:
            measured, vectors = interleaved(ways, files, rounds=self.rounds)
            peaks = {name: way.peak_bytes(files[name]) for name, way in ways.items()}
        rows = [
            self._row(name, measured, peaks[name], _least_cosine(vectors[name], vectors[NAIVE]))
            for name in makers
        ]
        print_table(
            f"From a file to a vector: {self.title}",
            ["", "images/s", "quartiles", "CPU-ms", "quartiles", "x Immich", "x preview", "cores", "peak MiB",
             "min cos", "load", "quiet"],
            rows,
            notes=_NOTES.format(few=FULL_NAIVE_FILES),
        )  # fmt: skip
        self._print_goals(measured)
        if self.costs:
            self._print_shares(measured)

    def worker(self) -> None:
        """A running instance next to the bare loop."""
        rows = [
            measure_worker(self.models / model, self.files, rounds=self.rounds).row(precision)
            for precision, model in (("fp32", FP32), ("int8", INT8))
        ]
        print_table(
            f"Worker through Dramatiq, Valkey and PostgreSQL: {self.title}",
            ["", "bare images/s", "worker images/s", "worker / bare", "quartiles", "bare CPU-ms",
             "worker CPU-ms", "bare / worker", "load", "quiet"],
            rows,
            notes="Renditions and vector of each original; CPU-ms of the whole instance, its servers included.",
        )  # fmt: skip

    def _makers(self) -> dict[str, Maker]:
        full, eight = self.models / FP32, self.models / INT8
        return {
            NAIVE: partial(Naive, full),
            PEER: partial(ImmichPath, full),
            PREVIEW: partial(ImmichPath, full, previews=self.files),
            RCLIP: partial(RclipPath, full),
            VECTOR: partial(Ours, full),
            VECTOR_8: partial(Ours, eight),
            NAIVE_FULL: partial(NaiveFull, full, "WEBP", (256,)),
            NAIVE_SAME: partial(NaiveFull, full, "JPEG", (480, 240)),
            FULL: partial(Ours, full, renditions=True, hashed=True),
            FULL_8: partial(Ours, eight, renditions=True, hashed=True),
        }

    def _row(self, name: str, measured: Mapping[str, Rounds], peak: int, cosine: float) -> list[str]:
        own = measured[name]
        return texts(
            name,
            *_spread([1000 / ms for ms in own.wall_ms]),
            *_spread(own.cpu_ms),
            *(quartiles(ratios(measured[base].wall_ms, own.wall_ms))[1] for base in (PEER, PREVIEW)),
            sum(own.cpu_ms) / sum(own.wall_ms),
            peak // MIB,
            f"{cosine:.5f}",
            own.most_others,
            f"{own.quiet}/{len(own.spent)}",
        )

    def _print_goals(self, measured: Mapping[str, Rounds]) -> None:
        rows = []
        for own, other in (
            (VECTOR, PEER), (VECTOR_8, PEER), (VECTOR, PREVIEW), (VECTOR_8, PREVIEW), (VECTOR, RCLIP),
            (FULL, NAIVE_FULL), (FULL, NAIVE_SAME), (FULL_8, NAIVE_FULL),
        ):  # fmt: skip
            rows.append(
                texts(
                    f"{own}, next to {other}",
                    *_spread(ratios(measured[other].wall_ms, measured[own].wall_ms)),
                    *_spread(ratios(measured[other].cpu_ms, measured[own].cpu_ms)),
                )
            )
        columns = ["", "times as fast", "quartiles", "times less CPU time", "quartiles"]
        print_table(f"Side by side: {self.name}", columns, rows)

    def _print_shares(self, measured: Mapping[str, Rounds]) -> None:
        rows = []
        for name, precision in ((VECTOR, "fp32"), (VECTOR_8, "int8"), (FULL, "fp32"), (FULL_8, "int8")):
            for setting, limit in self.costs[precision].limits(everything=name in {FULL, FULL_8}).items():
                by_wall = [100 * 1000 / ms / limit for ms in measured[name].wall_ms]
                by_cpu = [100 * 1000 * cores() / ms / limit for ms in measured[name].cpu_ms]
                rows.append(texts(f"{name}; {setting}", limit, *_spread(by_wall), *_spread(by_cpu)))
        print_table(
            f"Share of the limit: {self.name}",
            ["", "limit, images/s", "% reached", "quartiles", "% by CPU time", "quartiles"],
            rows,
            notes="by CPU time: the stages' minima by what the whole took; what waiting costs is not in it.",
        )


_NOTES = """\
x: how many times as many images per second, median of the rounds. cores: CPU time by wall time.
min cos: least cosine with the vector of the naive way. Rows that do everything naively: {few} files.
Renditions of the preview row were made before and are not in its figures."""


def _spread(values: Sequence[float]) -> tuple[float, str]:
    low, middle, high = quartiles(values)
    return middle, _range(low, high)


def _range(low: float, high: float) -> str:
    return "-".join(texts(low, high))


def _least_cosine(vectors: Vectors | None, base: Vectors | None) -> float:
    if vectors is None or base is None:
        return float("nan")
    both = min(len(vectors), len(base))
    lengths = np.linalg.norm(vectors[:both], axis=1) * np.linalg.norm(base[:both], axis=1)
    return float((np.einsum("nd,nd->n", vectors[:both], base[:both]) / lengths).min())
