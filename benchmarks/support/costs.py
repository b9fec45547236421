"""What the stages cost: measured in turn, alone on one core and on all cores at once, and the limit that they set."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from appliance.cores import cores
from benchmarks.support.apart import Apart, Vectors
from benchmarks.support.figures import texts
from benchmarks.support.load import QUIET_CORES, Watch
from benchmarks.support.stages import FULL, INFORMATION, ON_ALL_CORES, VECTOR, Stages
from benchmarks.support.tables import print_table

ONE, ALL = "stages alone on one core", "stages on all cores at once"


@dataclass(frozen=True, slots=True)
class Cost:
    """One stage, CPU-ms per picture: the mean over the files of each one's minimum and median."""

    minimum: float
    median: float


@dataclass(frozen=True, slots=True)
class Costs:
    """All stages in both settings, by setting and name."""

    by_setting: dict[str, dict[str, Cost]]
    #: Of the rounds, how many were without a load by others.
    quiet: int
    rounds: int

    def with_those_of(self, other: "Costs") -> "Costs":
        """These, with what ``other`` has in place of the own."""
        merged = {name: {**own, **other.by_setting[name]} for name, own in self.by_setting.items()}
        return Costs(merged, min(self.quiet, other.quiet), self.rounds)

    def limits(self, *, everything: bool) -> dict[str, float]:
        """Images per second by setting, when all cores do nothing but these stages, each at its minimum."""
        stages = FULL if everything else VECTOR
        return {
            setting: 1000 * cores() / sum(costs[stage].minimum for stage in stages)
            for setting, costs in self.by_setting.items()
        }

    def print(self, title: str) -> None:
        """Every stage, and the limits."""
        one, every = self.by_setting[ONE], self.by_setting[ALL]
        named = dict.fromkeys((*FULL, *VECTOR, *INFORMATION))
        rows = [
            texts(
                name, one[name].minimum, one[name].median, every[name].minimum, every[name].median,
                "x" if name in VECTOR else "", "x" if name in FULL else "",
            )
            for name in named
        ]  # fmt: skip
        print_table(
            title,
            ["", "one core: min", "median", "all cores: min", "median", "vector", "everything"],
            rows,
            notes=f"{self.quiet} of {self.rounds} rounds quiet (others used at most {QUIET_CORES:g} cores).",
        )
        self.print_limits("Limit with fp32")

    def print_limits(self, title: str) -> None:
        """What the minima allow."""
        rows = []
        for name, everything in (("vector only", False), ("everything", True)):
            limits = self.limits(everything=everything)
            stages = FULL if everything else VECTOR
            sums = [sum(costs[stage].minimum for stage in stages) for costs in self.by_setting.values()]
            rows.append(
                texts(name, *(value for pair in zip(sums, limits.values(), strict=True) for value in pair))
            )
        columns = [column for setting in self.by_setting for column in (f"{setting}: CPU-ms", "images/s")]
        print_table(title, ["", *columns], rows)


def measure_stages(
    model: Path, files: Sequence[str], *, rounds: int, only: frozenset[str] | None = None
) -> Costs:
    """The stages, or some of them, in turn, for so many rounds after one that does not count."""
    names = [name for name in dict.fromkeys((*FULL, *VECTOR, *INFORMATION)) if only is None or name in only]
    times: dict[tuple[str, str], list[Vectors]] = defaultdict(list)
    quiet = 0
    with ExitStack() as stack:
        apart = [stack.enter_context(Apart(partial(Stages, model, files))) for _ in range(cores())]
        pool = stack.enter_context(ThreadPoolExecutor(len(apart)))
        for number in range(rounds + 1):
            watch = Watch([one.pid for one in apart])
            watch.start()
            for name in names:
                times[ONE, name] += _run(pool, apart[:1], name)
                # What takes all cores by itself has them for itself in both settings.
                times[ALL, name] += _run(pool, apart[:1] if name in ON_ALL_CORES else apart, name)
            spent = watch.stop()
            if number == 0:
                times.clear()
            else:
                quiet += spent.quiet
    settings = {setting: {name: _cost(times[setting, name]) for name in names} for setting in (ONE, ALL)}
    return Costs(settings, quiet, rounds)


def _run(pool: ThreadPoolExecutor, those: Sequence[Apart], name: str) -> list[Vectors]:
    """CPU-ms [files, 1] by each of the processes, which do it at the same time."""
    answers = [vectors for _, vectors in pool.map(lambda one: one.run([name]), those)]
    return [vectors for vectors in answers if vectors is not None]


def _cost(rounds: Sequence[Vectors]) -> Cost:
    """Of CPU-ms [files, 1] in each round."""
    table = np.concatenate(rounds, axis=1)
    return Cost(float(table.min(axis=1).mean()), float(np.median(table, axis=1).mean()))
