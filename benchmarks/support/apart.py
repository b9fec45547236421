"""Ways of doing the same work, each in a process of its own that blocks while others are measured.

Sessions of ONNX Runtime in one process disturb one another by threads that spin while they wait (up to 1.65 times
slower), and what one way leaves in memory another would pay for.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.figures import percentile
from benchmarks.support.load import Spent, Watch, peak_of

Vectors = NDArray[np.float32]

#: Between two measurements, so that threads that spin on have gone to sleep.
_REST_SECONDS = 0.2

_SPAWN = multiprocessing.get_context("spawn")


class Way(Protocol):
    """One way of doing the work; made, used and closed in its own process."""

    def run(self, files: Sequence[str]) -> Vectors | None:
        """Do the work for these files, in order; vectors [n, D] where there are any."""

    def close(self) -> None:
        """Let go of everything."""


#: Makes a way in its process: a function or class of a module, or a ``partial`` of one, so that it can be sent there.
Maker = Callable[[], Way]


class Apart:
    """A way in a process of its own. A context manager; leaving it ends the process."""

    def __init__(self, maker: Maker) -> None:
        self._ours, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, maker))
        self._process.start()
        theirs.close()
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._ours.close()
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid or 0

    def run(self, files: Sequence[str]) -> tuple[float, Vectors | None]:
        """Seconds that the work took, and what it gave.

        Raises:
            RuntimeError: the way failed; the text is its own.
        """
        self._ours.send(files)
        seconds, vectors = self._answer()
        return seconds, vectors

    def measure(self, files: Sequence[str]) -> tuple[Spent, Vectors | None]:
        """What the work cost, and what it gave. Wall time is the way's own, without the transport of its answer."""
        time.sleep(_REST_SECONDS)
        watch = Watch([self.pid])
        watch.start()
        seconds, vectors = self.run(files)
        spent = watch.stop()
        return Spent(seconds, spent.cpu_seconds, spent.others, spent.stolen), vectors

    def peak_bytes(self, files: Sequence[str]) -> int:
        """The most memory (PSS) that the process and those below it held while it did the work."""
        with peak_of([self.pid]) as peak:
            self.run(files)
            return peak()

    def _answer(self) -> Any:
        try:
            failed, answer = self._ours.recv()
        except EOFError:
            raise RuntimeError("the process of a way ended") from None
        if failed:
            raise RuntimeError(answer)
        return answer


def _serve(connection: Connection, maker: Maker) -> None:
    way = None
    try:
        way = maker()
        connection.send((False, None))
        while True:
            files = connection.recv()
            started = time.perf_counter()
            vectors = way.run(files)
            connection.send((False, (time.perf_counter() - started, vectors)))
    except EOFError:
        pass
    except Exception as error:
        connection.send((True, f"{type(error).__name__}: {error}"))
    finally:
        if way is not None:
            way.close()


@dataclass(frozen=True, slots=True)
class Rounds:
    """What one way took in each of the rounds, per file."""

    files: int
    spent: Sequence[Spent]

    @property
    def wall_ms(self) -> list[float]:
        """Milliseconds per file, round by round."""
        return [1000 * spent.seconds / self.files for spent in self.spent]

    @property
    def cpu_ms(self) -> list[float]:
        """CPU milliseconds per file, round by round."""
        return [1000 * spent.cpu_seconds / self.files for spent in self.spent]

    @property
    def quiet(self) -> int:
        """How many rounds were quiet."""
        return sum(spent.quiet for spent in self.spent)

    @property
    def most_others(self) -> float:
        """The most that others used in a round, cores; what the hypervisor took counts."""
        return max(spent.others + spent.stolen for spent in self.spent)


@contextmanager
def started(makers: Mapping[str, Maker]) -> Iterator[dict[str, Apart]]:
    """All of these ways, each ready and idle, by name."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Apart(maker)) for name, maker in makers.items()}


def interleaved(
    ways: Mapping[str, Apart], files: Mapping[str, Sequence[str]], *, rounds: int
) -> tuple[dict[str, Rounds], dict[str, Vectors | None]]:
    """All ways in turn, ``rounds`` times, after a short first go of each; and the vectors that each gave last."""
    for name, way in ways.items():
        way.run(files[name][:4])
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    vectors: dict[str, Vectors | None] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            measured, vectors[name] = way.measure(files[name])
            spent[name].append(measured)
    return {name: Rounds(len(files[name]), spent[name]) for name in ways}, vectors


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The lower quartile, the median and the upper quartile, by nearest rank."""
    return percentile(values, 0.25), percentile(values, 0.5), percentile(values, 0.75)


def ratios(base: Sequence[float], other: Sequence[float]) -> list[float]:
    """How many times more the base is, round by round."""
    return [one / two for one, two in zip(base, other, strict=True)]
