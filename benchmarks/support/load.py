"""What a measurement costs and what disturbs it: CPU time of a tree of processes, and that of everybody else.

Another load changes conclusions, not only figures: a way that keeps both cores busy loses more by a neighbour than
one that waits a lot. So each measurement tells how much of the machine others used meanwhile.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

#: More than this by others, in cores, and a measurement does not count as quiet.
QUIET_CORES = 0.1

_TICKS = os.sysconf("SC_CLK_TCK")

#: Linux's number for the CPU-time clock of a process (``clock_getcpuclockid``): ~pid << 3, and 2 for scheduler time.
_SCHEDULER_CLOCK = 2

#: Fields of the first line of /proc/stat: user, nice, system, irq, softirq; then steal.
_BUSY, _STEAL = (0, 1, 2, 5, 6), 7


@dataclass(frozen=True, slots=True)
class Spent:
    """One measurement."""

    seconds: float
    #: Of the processes that were asked about, with all that they started.
    cpu_seconds: float
    #: Cores that everybody else used meanwhile, on average; this process too, where it was not asked about.
    others: float
    #: Cores that the hypervisor gave to somebody else.
    stolen: float

    @property
    def quiet(self) -> bool:
        """Whether what was measured had the machine for itself."""
        return self.others + self.stolen <= QUIET_CORES


class Watch:
    """Measures what ``roots``, and whatever they started, spend between ``start`` and ``stop``."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = roots

    def start(self) -> None:
        """Begin; the processes are there."""
        self._cpu = tree_cpu_seconds(self._roots)
        self._busy, self._stolen = _machine()
        self._started = time.perf_counter()

    def stop(self) -> Spent:
        """What it was since the start."""
        seconds = time.perf_counter() - self._started
        busy, stolen = _machine()
        cpu = tree_cpu_seconds(self._roots) - self._cpu
        others = max(0.0, busy - self._busy - cpu)
        return Spent(seconds, cpu, others / seconds, (stolen - self._stolen) / seconds)


def tree_cpu_seconds(roots: Sequence[int]) -> float:
    """CPU time of these processes, of those below them, and of children that ended and were waited for."""
    return sum(_with_ended_children(pid) for pid in tree(roots))


def tree(roots: Sequence[int]) -> set[int]:
    """These processes and all below them."""
    found: set[int] = set()
    for root in roots:
        try:
            found |= {root, *(child.pid for child in psutil.Process(root).children(recursive=True))}
        except psutil.NoSuchProcess:
            continue
    return found


def memory_bytes(pids: Sequence[int] | set[int]) -> tuple[int, int]:
    """RSS and PSS of these processes; PSS divides shared pages among those who share, so that its sum is true."""
    sums = {"Rss": 0, "Pss": 0}
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for line in lines:
            name, _, value = line.partition(":")
            if name in sums:
                sums[name] += int(value.split()[0]) * 1024
    return sums["Rss"], sums["Pss"]


@contextmanager
def peak_of(roots: Sequence[int], *, every_seconds: float = 0.05) -> Iterator[Callable[[], int]]:
    """Gives a function for the most PSS, bytes, that the processes and those below them held together so far.

    Looking costs some CPU time: not for while anything is timed.
    """
    most = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(every_seconds):
            most = max(most, memory_bytes(tree(roots))[1])

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield lambda: most
    finally:
        done.set()
        thread.join()


def cpu_seconds(pid: int) -> float:
    """CPU time of one process that lives, with all its threads, to the nanosecond; not that of its children.

    Raises:
        OSError: there is no such process.
    """
    return time.clock_gettime(~pid << 3 | _SCHEDULER_CLOCK)


def _with_ended_children(pid: int) -> float:
    try:
        own = cpu_seconds(pid)
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ProcessLookupError):
        return 0.0
    # cutime and cstime: fields 16 and 17 of proc(5), of which two are before the last bracket.
    return own + (int(fields[13]) + int(fields[14])) / _TICKS


def _machine() -> tuple[float, float]:
    """CPU seconds, of all cores since the boot: busy, and stolen by the hypervisor."""
    with Path("/proc/stat").open() as file:
        ticks = [int(field) for field in file.readline().split()[1:]]
    return sum(ticks[place] for place in _BUSY) / _TICKS, ticks[_STEAL] / _TICKS
