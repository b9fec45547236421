"""Suggested tags: how many are right before and after a person has said yes or no to the first ones.

Each label of the captioned photos is a tag that nothing carries yet. The photos that its word ranks first are
answered as the labels say; then the next ones are asked for, by the word alone and with what was answered.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.db.tag_examples import NO_EXAMPLES, Examples
from appliance.library.background import Background, generic_prompts
from appliance.library.relevance import Scale, scale_of
from appliance.library.tag_learning import Learnt, Usual, learn, usual_of
from appliance.library.tag_suggestions import least_above, spoken
from benchmarks.quality import project
from benchmarks.support.photos import DEFAULT, read_photos
from benchmarks.support.tables import print_table

#: Labels of fewer photos say little.
LEAST_PHOTOS = 8
#: Photos that are looked at after the answers, as many as were answered; labels with fewer left are left out.
LEAST_LEFT = 3

Vectors = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Told:
    """One label: parts that were right, 0 to 1, and counts of suggestions above the threshold."""

    first: float
    next_by_word: float
    next_after: float
    #: (right, suggested, all that there are) of all photos, by the word alone and after the answers.
    by_word: tuple[int, int, int]
    after: tuple[int, int, int]


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks tagging", description=__doc__)
    parser.add_argument("--photos", type=Path, default=DEFAULT)
    parser.add_argument("--answers", type=int, default=10)
    asked = parser.parse_args(arguments)
    photos = read_photos(asked.photos)
    labels = sorted({label for photo in photos for label in photo.labels})
    wanted = {label: np.array([label in photo.labels for photo in photos]) for label in labels}
    labels = [label for label in labels if wanted[label].sum() >= LEAST_PHOTOS]
    if not labels:
        raise SystemExit(f"no label is on {LEAST_PHOTOS} photos of {asked.photos}")
    pictures, texts = project(photos, [*(spoken(label) for label in labels), *generic_prompts()])
    words, background = texts[: len(labels)], Background(pictures, texts[len(labels) :])
    usual = usual_of(pictures)
    if usual is None:
        raise SystemExit("too few photos")
    told = [
        _ask(pictures, word, scale_of(word, background), wanted[label], usual=usual, answers=asked.answers)
        for label, word in zip(labels, words, strict=True)
    ]
    _print([each for each in told if each is not None], len(photos), asked.answers)


def _ask(
    pictures: Vectors, word: Vectors, chance: Scale | None, right: Flags, *, usual: Usual, answers: int
) -> Told | None:
    before = learn(word, chance, NO_EXAMPLES, NO_EXAMPLES, usual)
    if before is None:
        return None
    ranked = np.argsort(-(pictures @ before.vector), kind="stable")
    first, rest = ranked[:answers], ranked[answers:]
    if right[rest].sum() < LEAST_LEFT:
        return None
    after = learn(
        word,
        chance,
        _examples(pictures, first[right[first]]),
        _examples(pictures, first[~right[first]]),
        usual,
    )
    if after is None:
        return None
    again = rest[np.argsort(-(pictures[rest] @ after.vector), kind="stable")]
    return Told(
        float(right[first].mean()),
        float(right[rest[:answers]].mean()),
        float(right[again[:answers]].mean()),
        _above(pictures, right, before),
        _above(pictures, right, after),
    )


def _examples(pictures: Vectors, which: NDArray[np.intp]) -> Examples:
    return Examples(len(which), pictures[which].mean(axis=0)) if len(which) else NO_EXAMPLES


def _above(pictures: Vectors, right: Flags, learnt: Learnt) -> tuple[int, int, int]:
    suggested = (pictures @ learnt.vector - learnt.zero) / learnt.unit >= least_above(learnt)
    return int((suggested & right).sum()), int(suggested.sum()), int(right.sum())


def _print(told: Sequence[Told], photos: int, answers: int) -> None:
    def part(values: Sequence[float]) -> str:
        return f"{np.mean(values):.3f}"

    def above(counts: Sequence[tuple[int, int, int]]) -> str:
        right, suggested, there = np.sum(counts, axis=0)
        return f"{right / max(1, suggested):.2f} / {right / there:.2f}"

    halves = {"all": told, "one half": told[::2], "the other": told[1::2]}
    print_table(
        f"{len(told)} tags on {photos} photos, {answers} answers for each",
        ["", *halves],
        [
            [
                f"right of the first {answers}",
                *(part([each.first for each in half]) for half in halves.values()),
            ],
            [
                f"of the next {answers}, by the word",
                *(part([each.next_by_word for each in half]) for half in halves.values()),
            ],
            [
                f"of the next {answers}, after the answers",
                *(part([each.next_after for each in half]) for half in halves.values()),
            ],
            [
                "suggested, by the word: right / found",
                *(above([each.by_word for each in half]) for half in halves.values()),
            ],
            [
                "suggested, after the answers",
                *(above([each.after for each in half]) for half in halves.values()),
            ],
        ],
        notes="Found: of all photos with the label. Those that were answered are among both of the last rows.",
    )
