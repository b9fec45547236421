"""The cores that a process counts are those that it gets."""

import os
from pathlib import Path

import pytest

from appliance.cores import cores


@pytest.fixture(autouse=True)
def _eight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("quota", "counted"), [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1),
                           ("1600000 100000", 8)],
)  # fmt: skip
def test_a_quota_counts_as_the_cores_that_it_is_worth(tmp_path: Path, quota: str, counted: int) -> None:
    groups = write(tmp_path / "cgroup", "0::/box/service\n")
    write(tmp_path / "tree/box/service/cpu.max", quota)
    assert cores(groups, tmp_path / "tree") == counted


def test_the_narrowest_of_the_groups_around_counts(tmp_path: Path) -> None:
    groups = write(tmp_path / "cgroup", "0::/box/service\n")
    write(tmp_path / "tree/box/service/cpu.max", "max 100000")
    write(tmp_path / "tree/box/cpu.max", "300000 100000")
    assert cores(groups, tmp_path / "tree") == 3


def test_a_container_that_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    groups = write(tmp_path / "cgroup", "0::/\n")
    write(tmp_path / "tree/cpu.max", "400000 100000")
    assert cores(groups, tmp_path / "tree") == 4


def test_the_older_hierarchy_of_groups(tmp_path: Path) -> None:
    groups = write(tmp_path / "cgroup", "3:memory:/box\n4:cpu,cpuacct:/box\n")
    write(tmp_path / "tree/cpu,cpuacct/box/cpu.cfs_quota_us", "250000\n")
    write(tmp_path / "tree/cpu,cpuacct/box/cpu.cfs_period_us", "50000\n")
    assert cores(groups, tmp_path / "tree") == 5
    write(tmp_path / "tree/cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n")
    assert cores(groups, tmp_path / "tree") == 8


def test_without_groups_the_cores_that_the_process_may_run_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cores(tmp_path / "nothing", tmp_path) == 8
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5})
    assert cores(tmp_path / "nothing", tmp_path) == 1
