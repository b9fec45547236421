"""Negative queries: pictures of one label without another one, asked as ``one -"another"``.

Asked for are pairs of labels that stand together on some photos, each of which is found well enough by itself to be
judged. The bare ways take the vectors alone: the first label, and the difference of both at weight 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.filled import Filled
from benchmarks.support.photos import Photo
from benchmarks.support.retrieval import average_precision, used_labels
from benchmarks.support.tables import print_table

#: Labels that the model finds worse than this tell nothing of what is taken away.
_FOUND = 0.3
_FIRST = 10

Scores = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A label, one that is not wanted, and which photos have each."""

    wanted: str
    unwanted: str
    has_wanted: NDArray[np.bool_]
    has_unwanted: NDArray[np.bool_]


def print_negatives(photos: Sequence[Photo], filled: Filled, by_label: Callable[[str], Scores]) -> None:
    """Ask and print; ``by_label`` gives the cosine of each photo and a label."""
    pairs = list(_pairs(photos, by_label))
    ways: dict[str, Callable[[_Pair], Scores]] = {
        "the label alone": lambda pair: by_label(pair.wanted),
        "bare difference of the vectors": lambda pair: by_label(pair.wanted) - by_label(pair.unwanted),
        'served, label -"other"': lambda pair: filled.scores(q=f'{pair.wanted} -"{pair.unwanted}"'),
    }
    rows = []
    for name, ask in ways.items():
        answers = [(pair, ask(pair)) for pair in pairs]
        found = [average_precision(s, pair.has_wanted & ~pair.has_unwanted) for pair, s in answers]
        met = [
            float(np.mean(pair.has_unwanted[np.argsort(-s, kind="stable")[:_FIRST]])) for pair, s in answers
        ]
        rows.append([name, f"{np.mean(found):.3f}", f"{np.mean(met):.3f}"] if pairs else [name, "", ""])
    print_table(
        f"Negative queries ({len(pairs)} pairs of labels)",
        ("way", "mAP", f"unwanted in first {_FIRST}"),
        rows,
        notes="mAP: of the photos with the first label and without the other.",
    )


def _pairs(photos: Sequence[Photo], by_label: Callable[[str], Scores]) -> list[_Pair]:
    has = {
        label: np.array([label in photo.labels for photo in photos], dtype=bool)
        for label in used_labels(photos)
    }
    good = {label for label in has if average_precision(by_label(label), has[label]) > _FOUND}
    both, alone = (3, 5) if len(photos) >= 200 else (1, 1)
    return [
        _Pair(one, other, has[one], has[other])
        for one in sorted(good)
        for other in sorted(good)
        if one != other
        and np.count_nonzero(has[one] & has[other]) >= both
        and np.count_nonzero(has[one] & ~has[other]) >= alone
    ]
