"""The figures that the quality table prints are what their names say."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main, tables
from benchmarks.support.photos import DEFAULT, Photo, read_photos
from benchmarks.support.retrieval import average_precision, judge, queries


def test_recall_rank_and_precision_by_hand() -> None:
    photos = [
        Photo(Path("0"), ("dog", "pet"), frozenset({"animal"})),
        Photo(Path("1"), ("cat",), frozenset({"animal"})),
        Photo(Path("2"), ("car",), frozenset({"thing"})),
    ]
    scores = {
        "dog": np.array([0.9, 0.1, 0.0]),  # its own first
        "pet": np.array([0.5, 0.6, 0.0]),  # second
        "cat": np.array([0.9, 0.1, 0.5]),  # third
        "car": np.array([0.0, 0.0, 0.4]),  # first
        "animal": np.array([0.3, 0.1, 0.2]),  # first and third
    }
    quality = judge(photos, scores)
    assert (quality.captions, quality.labels) == (4, 1)
    assert (quality.recall_1, quality.recall_5, quality.recall_10) == (50, 100, 100)
    assert quality.mrr == pytest.approx((1 + 1 / 2 + 1 / 3 + 1) / 4)
    assert quality.label_map == pytest.approx((1 + 2 / 3) / 2)
    assert queries(photos) == ["animal", "car", "cat", "dog", "pet"]


def test_average_precision_is_one_only_when_all_relevant_come_first() -> None:
    relevant = np.array([True, False, True])
    assert average_precision(np.array([3.0, 1.0, 2.0]), relevant) == 1
    assert average_precision(np.array([1.0, 3.0, 2.0]), relevant) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_every_photo_of_the_suite_may_be_passed_on_and_is_attributed() -> None:
    sources = (DEFAULT / "SOURCES.md").read_text(encoding="utf-8")
    photos = read_photos(DEFAULT)
    assert {photo.path for photo in photos} == set((DEFAULT / "images").iterdir())
    assert all(f"`{photo.path.name}` | [CC BY" in sources for photo in photos)


def test_every_benchmark_has_a_title_and_an_unknown_one_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert all(callable(module.main) and module.__doc__ for module in tables().values())
    assert main(["nonsense"]) == 2
    assert "quality" in capsys.readouterr().out
