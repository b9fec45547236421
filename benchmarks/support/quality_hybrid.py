"""Hybrid search next to vectors alone, in a library that is described as homes describe theirs: here and there.

Of the photos with a label, three in ten carry it as a tag; every fifth photo has its first caption as its
description. Asked are file names with and without their ending, the labels, and the captions: the first ones of
described photos, and all but the first ones.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.filled import Filled
from benchmarks.support.photos import Photo
from benchmarks.support.retrieval import average_precision, used_labels
from benchmarks.support.tables import print_table

_TAGGED = 0.3
_DESCRIBED = 5

Scores = NDArray[np.floating]
Ask = Callable[[str], Scores]
#: Queries and the places of the photos that each should find.
Wanted = Sequence[tuple[str, NDArray[np.bool_]]]


def print_hybrid(photos: Sequence[Photo], filled: Filled, by_text: Ask) -> None:
    """Describe the photos, ask and print; ``by_text`` gives the cosine of each photo and a text."""
    _describe(photos, filled)
    groups = _groups(photos)

    def served(text: str) -> Scores:
        return filled.scores(q=text)

    rows = []
    for name, wanted in groups.items():
        for way, ask in (("vectors alone", by_text), ("hybrid", served)):
            rows.append([f"{name} ({len(wanted)})", way, *_figures(wanted, ask)])
    print_table(
        "Hybrid search next to vectors alone",
        ("queries", "way", "R@1", "R@10", "MRR", "mAP"),
        rows,
        notes="R@k: percent of queries that find one of their photos among the first k.",
    )


def said(caption: str) -> str:
    """A caption without what the syntax of queries would take for its own."""
    return " ".join(re.sub(r'[-+*:"“”„«»]', " ", caption).split())


def _describe(photos: Sequence[Photo], filled: Filled) -> None:
    rng = np.random.default_rng(5)
    tags: dict[int, list[str]] = {}
    for label in used_labels(photos):
        places = [place for place, photo in enumerate(photos) if label in photo.labels]
        for place in rng.choice(places, max(1, round(_TAGGED * len(places))), replace=False):
            tags.setdefault(int(place), []).append(re.sub(r"^(an?|the) ", "", label))
    for place, photo in enumerate(photos):
        changes: dict[str, object] = {"tags": tags[place]} if place in tags else {}
        if place % _DESCRIBED == 0 and photo.captions:
            changes["description"] = photo.captions[0]
        if changes:
            filled.edit(place, **changes)


def _groups(photos: Sequence[Photo]) -> Mapping[str, Wanted]:
    def one(place: int) -> NDArray[np.bool_]:
        return np.asarray(np.arange(len(photos)) == place)

    numbered = list(enumerate(photos))
    return {
        "file names": [(photo.path.name, one(place)) for place, photo in numbered],
        "file names without ending": [(photo.path.stem, one(place)) for place, photo in numbered],
        "labels": [
            (label, np.array([label in photo.labels for photo in photos])) for label in used_labels(photos)
        ],
        "captions that are descriptions": [
            (said(photo.captions[0]), one(place)) for place, photo in numbered[::_DESCRIBED] if photo.captions
        ],
        "other captions": [
            (said(photo.captions[-1]), one(place)) for place, photo in numbered if photo.captions
        ],
    }


def _figures(wanted: Wanted, ask: Ask) -> list[str]:
    ranks, precisions = [], []
    for text, relevant in wanted:
        scores = ask(text)
        order = np.argsort(-scores, kind="stable")
        ranks.append(1 + int(np.flatnonzero(relevant[order])[0]))
        precisions.append(average_precision(scores, relevant))
    places = np.array(ranks)
    recalls = [100 * float(np.mean(places <= k)) for k in (1, 10)]
    return [
        *(f"{share:.1f}" for share in recalls),
        f"{np.mean(1 / places):.3f}",
        f"{np.mean(precisions):.3f}",
    ]
