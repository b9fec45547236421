"""How well words find pictures: the usual figures, from the order in which each query ranks all pictures.

Recall at k: the share of captions that rank their own picture among the first k, in percent. MRR: the mean of
1/rank of the own picture. mAP: over labels that fit two pictures or more, the mean average precision of finding all
pictures with the label. (Manning, Raghavan, Schütze: Introduction to Information Retrieval, 8.4)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.photos import Photo


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of one way of searching one folder."""

    photos: int
    captions: int
    labels: int
    #: Percent of captions.
    recall_1: float
    recall_5: float
    recall_10: float
    #: 0 to 1.
    mrr: float
    label_map: float


def queries(photos: Sequence[Photo]) -> list[str]:
    """Every caption and every label that is used, once each."""
    return sorted({caption for photo in photos for caption in photo.captions} | set(used_labels(photos)))


def used_labels(photos: Sequence[Photo]) -> list[str]:
    """The labels that fit at least two of the photos."""
    labels = {label for photo in photos for label in photo.labels}
    return sorted(label for label in labels if sum(label in photo.labels for photo in photos) >= 2)


def judge(photos: Sequence[Photo], scores: Mapping[str, NDArray[np.floating]]) -> Quality:
    """The figures, from the scores that each query gave the photos, in their order; more is better."""
    ranks = np.array(
        [
            1 + np.count_nonzero(scores[caption] > scores[caption][number])
            for number, photo in enumerate(photos)
            for caption in photo.captions
        ]
    )
    labels = used_labels(photos)
    precisions = [
        average_precision(scores[label], np.array([label in photo.labels for photo in photos]))
        for label in labels
    ]
    return Quality(
        photos=len(photos),
        captions=len(ranks),
        labels=len(labels),
        recall_1=100 * float(np.mean(ranks <= 1)),
        recall_5=100 * float(np.mean(ranks <= 5)),
        recall_10=100 * float(np.mean(ranks <= 10)),
        mrr=float(np.mean(1 / ranks)),
        label_map=float(np.mean(precisions)) if precisions else float("nan"),
    )


def average_precision(scores: NDArray[np.floating], relevant: NDArray[np.bool_]) -> float:
    """The mean of the precision at each relevant picture, best score first; 0 to 1."""
    hits = relevant[np.argsort(-scores, kind="stable")]
    places = np.flatnonzero(hits) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places))
