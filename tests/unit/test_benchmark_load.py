"""What a measurement cost and who disturbed it is told truly."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks.support.apart import Rounds, quartiles
from benchmarks.support.costs import ALL, ONE, Cost, Costs
from benchmarks.support.load import Spent, Watch, cpu_seconds, memory_bytes, peak_of, tree
from benchmarks.support.stages import FULL, VECTOR

_BURN = "import time\nwhile time.process_time() < 0.3: pass"


def test_the_cpu_time_of_children_counts_also_when_they_have_ended() -> None:
    watch = Watch([os.getpid()])
    watch.start()
    subprocess.run([sys.executable, "-c", _BURN], check=True)
    assert watch.stop().cpu_seconds >= 0.28


def test_what_others_use_is_told_apart_from_what_is_measured() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as own,
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other,
    ):
        try:
            time.sleep(0.3)
            alone, together = Watch([own.pid]), Watch([own.pid, other.pid])
            alone.start()
            together.start()
            time.sleep(0.5)
            without, with_it = alone.stop(), together.stop()
        finally:
            own.kill()
            other.kill()
    assert without.cpu_seconds < 0.02
    assert without.others > 0.1
    assert not without.quiet
    assert with_it.cpu_seconds > 0.05
    assert with_it.others < without.others


def test_a_round_is_quiet_up_to_a_tenth_of_a_core() -> None:
    assert Spent(1.0, 1.0, others=0.1, stolen=0.0).quiet
    assert not Spent(1.0, 1.0, others=0.06, stolen=0.06).quiet


def test_a_process_that_has_gone_costs_and_holds_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert tree([gone.pid]) == set()
    assert memory_bytes([gone.pid]) == (0, 0)
    with pytest.raises(OSError):
        cpu_seconds(gone.pid)


def test_the_peak_is_that_of_all_processes_below() -> None:
    with peak_of([os.getpid()], every_seconds=0.01) as peak:
        code = (
            "data = bytearray(100 << 20); data[::4096] = b'x' * len(data[::4096]); import time; time.sleep(1)"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        assert peak() > 100 << 20


def test_figures_per_file_and_their_quartiles() -> None:
    rounds = Rounds(10, [Spent(seconds, 2 * seconds, 0.0, 0.0) for seconds in (5.0, 1.0, 2.0, 4.0, 3.0)])
    assert quartiles(rounds.wall_ms) == (200, 300, 400)
    assert quartiles(rounds.cpu_ms) == (400, 600, 800)
    assert rounds.quiet == 5


def test_the_limit_is_what_all_cores_can_do_in_the_sum_of_the_minima(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.support.costs.cores", lambda: 2)
    stages = {name: Cost(10.0, 12.0) for name in (*FULL, *VECTOR)}
    costs = Costs({ONE: stages, ALL: stages}, 5, 5)
    assert costs.limits(everything=False)[ONE] == pytest.approx(2 * 1000 / (10 * len(VECTOR)))
    faster = Costs({one: {"inference": Cost(1.0, 1.0)} for one in (ONE, ALL)}, 4, 5)
    merged = costs.with_those_of(faster)
    assert merged.quiet == 4
    assert merged.limits(everything=True)[ALL] == pytest.approx(2 * 1000 / (10 * len(FULL) - 9))
