"""Where answers end: precision and recall at each strength, and whether what is not there is said to be not there.

Beside it the best flat threshold that this very run allows, which no library has: the one whose lesser of mean
precision and mean recall is greatest, and the one that also finds nothing for nine absurd queries of ten.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.filled import Filled
from benchmarks.support.photos import Photo
from benchmarks.support.retrieval import average_precision, used_labels
from benchmarks.support.tables import print_table

#: Labels that the starter model finds well, by its description.
STRONG = (
    "pizza", "basketball", "a dog", "a bathroom", "a baseball player", "a laptop computer", "a bus",
    "skiing in the snow", "a bear", "a kitchen", "an airplane", "a plate of food", "a bedroom", "mountains",
    "a train", "a person riding a bike",
)  # fmt: skip

#: What is on none of the photos.
ABSURD = (
    "a tyrannosaurus rex fossil in a museum", "the eiffel tower at night", "a submarine under the ice",
    "an astronaut on the moon", "the periodic table of elements", "a dragon breathing fire",
    "a scanned tax return form", "an x-ray of a broken leg", "a chess grandmaster tournament",
    "an oil rig in a storm", "a sumo wrestling match", "a volcanic eruption with lava",
    "a microscope slide of bacteria", "an ancient egyptian mummy", "a knitting pattern", "a space shuttle launch",
    "a violin concerto in an opera house", "a coral reef with clownfish", "a penguin colony in antarctica",
    "a camel caravan in the desert", "a kangaroo with a joey", "quantum mechanics equations on a blackboard",
    "a sewing machine", "an octopus in a tank", "an igloo", "a medieval knight in armour",
    "a hot air balloon festival", "a nuclear power plant", "a rocket engine schematic",
    "a bagpipe player in a kilt", "a platypus", "a jellyfish", "an electron microscope", "a hydroelectric dam",
    "a ballet dancer in a tutu", "a snake charmer", "a lighthouse in the fog", "an accordion", "a stethoscope",
    "the stock market crashed yesterday", "monetary policy of the central bank", "asdfgh qwerty zxcvb",
    "philosophy of language", "a mushroom cloud", "a fencing duel", "a spider web with dew", "a tarantula",
    "a cello", "a gondola in venice", "a cathedral organ",
)  # fmt: skip

#: Labels with such an average precision are ranked well; how well they can be cut, is the question.
WELL = 0.7

_STRENGTHS = ("loose", "balanced", "strict")
_NOTHING = 0.9

#: Which photos each query keeps, shape (queries, photos).
Kept = NDArray[np.bool_]


def print_cut(
    photos: Sequence[Photo], filled: Filled, by_text: Callable[[str], NDArray[np.floating]]
) -> None:
    """Ask and print; ``by_text`` gives the cosine of each photo and a text."""
    has = {label: np.array([label in photo.labels for photo in photos]) for label in used_labels(photos)}
    absurd = {
        strength: np.array([_kept(filled, text, strength) for text in ABSURD]) for strength in _STRENGTHS
    }
    well = [label for label in has if average_precision(by_text(label), has[label]) >= WELL]
    for name, labels in (
        ("that the starter model is known to find", [label for label in STRONG if label in has]),
        (f"that this model ranks with an average precision of {WELL:g} or more here", well),
    ):
        rows = []
        relevant = np.array([has[label] for label in labels])
        for strength in _STRENGTHS:
            kept = np.array([_kept(filled, label, strength) for label in labels])
            rows.append([strength, "", *_figures(kept, absurd[strength], relevant)])
        of_labels = np.array([by_text(label) for label in labels])
        of_absurd = np.array([by_text(text) for text in ABSURD])
        for title, least in (("best flat threshold", 0.0), ("best that finds nothing absurd", _NOTHING)):
            threshold = _best(of_labels, of_absurd, relevant, least)
            figures = _figures(of_labels >= threshold, of_absurd >= threshold, relevant)
            rows.append([title, f"{threshold:.3f}", *figures])
        print_table(
            f"The cut ({len(labels)} labels {name}, {len(ABSURD)} absurd queries)",
            ("strength", "cosine", "precision", "recall", "absurd: nothing", "absurd: rows"),
            rows,
            notes="Means over labels; where nothing is found the precision is 0. absurd: percent, and mean rows.",
        )


def _kept(filled: Filled, text: str, strength: str) -> Kept:
    kept = np.zeros(len(filled.ids), dtype=bool)
    kept[filled.order(q=text, strength=strength)] = True
    return kept


def _best(
    of_labels: NDArray[np.floating], of_absurd: NDArray[np.floating], relevant: Kept, least_nothing: float
) -> float:
    best = (-1.0, 0.0)
    for threshold in np.quantile(of_labels, np.linspace(0.5, 1, 1000)):
        if np.mean(~(of_absurd >= threshold).any(axis=1)) < least_nothing:
            continue
        precision, recall = _precision_recall(of_labels >= threshold, relevant)
        best = max(best, (min(precision, recall), float(threshold)))
    return best[1]


def _precision_recall(kept: Kept, relevant: Kept) -> tuple[float, float]:
    right = np.count_nonzero(kept & relevant, axis=1)
    precision = right / np.maximum(1, np.count_nonzero(kept, axis=1))
    return float(np.mean(precision)), float(np.mean(right / np.count_nonzero(relevant, axis=1)))


def _figures(kept: Kept, absurd: Kept, relevant: Kept) -> list[str]:
    precision, recall = _precision_recall(kept, relevant)
    rows = np.count_nonzero(absurd, axis=1)
    return [f"{precision:.2f}", f"{recall:.2f}", f"{100 * np.mean(rows == 0):.0f}", f"{np.mean(rows):.1f}"]
