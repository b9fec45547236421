"""What a tag looks like, learnt from its word and from what people said yes and no to; one direction in the space.

1. The word, as text, scores pictures; the scores are counted in what chance gives (``relevance``).
2. Pictures that carry the tag are a prototype: their mean less the mean of all. It is seen against how pictures
   differ anyway, by the inverse of their covariance, as in linear discriminant analysis; what is refused counts
   against it. (Fisher 1936; for vectors of pictures and texts Wang et al. 2024, "A Hard-to-Beat Baseline for
   Training-free CLIP-based Adaptation", ICLR.) The more examples, the more it counts beside the word.
3. Both are linear, so that their sum is a vector, and whatever finds the nearest finds what may want the tag.

``make bench ARGS=tagging`` prints what it gives on captioned photos.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.db.tag_examples import Examples
from appliance.library.relevance import Scale

#: How much the covariance is drawn towards that of a ball, 0 to 1 (Ledoit and Wolf 2004): it is known from few.
SHRINKAGE = 0.3

#: Weight of many examples beside the word, and examples that give half of that.
EXAMPLES_WEIGHT, HALF_WEIGHT_AT = 2.0, 3

#: Weight of what was refused, beside what was accepted.
REFUSED_WEIGHT = 0.25

#: Fewer pictures than these say nothing of what is usual.
LEAST_PICTURES = 8

#: More pictures than these say little more.
MOST_PICTURES = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """How pictures differ among themselves: what anything is compared to."""

    #: Unit vectors, shape (n, D).
    pictures: NDArray[np.float32]
    #: Shape (D,).
    mean: NDArray[np.float32]
    #: The inverse of the shrunk covariance, shape (D, D).
    inverse: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A tag as a direction: its unit vector, shape (D,), and what chance gives along it."""

    vector: NDArray[np.float32]
    #: The cosine that stands for nothing above chance, and one standard deviation of chance's cosines.
    zero: float
    unit: float
    #: How many pictures that carry the tag it comes from.
    examples: int

    def above_chance(self, score: float) -> float:
        """How many standard deviations a cosine is above chance."""
        return (score - self.zero) / self.unit


def usual_of(pictures: NDArray[np.float32]) -> Usual | None:
    """How these pictures differ, or None where they are too few; blocking, some 100 ms."""
    if len(pictures) < LEAST_PICTURES:
        return None
    mean = pictures.mean(axis=0)
    centred = (pictures - mean).astype(np.float64)
    covariance = centred.T @ centred / len(pictures)
    ball = np.trace(covariance) / len(mean)
    if ball <= 0:
        return None
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * ball * np.eye(len(mean))
    return Usual(pictures, mean, np.linalg.inv(shrunk).astype(np.float32))


def learn(
    text: NDArray[np.float32], chance: Scale | None, carried: Examples, refused: Examples, usual: Usual
) -> Learnt | None:
    """The tag's direction, or None where its word and its examples cancel out.

    ``text`` is the unit vector of its word, shape (D,), and ``chance`` what chance gives for that; None: not known,
    then the viewer's own pictures have to tell.
    """
    word = _Part(text, chance.zero, chance.unit) if chance else _among(text, usual)
    prototype = np.zeros_like(usual.mean)
    if carried.mean is not None:
        prototype += carried.mean - usual.mean
    if refused.mean is not None:
        prototype -= REFUSED_WEIGHT * _trust(refused.count) * (refused.mean - usual.mean)
    shown = _among(usual.inverse @ prototype, usual)
    weight = _trust(carried.count) if carried.count else REFUSED_WEIGHT * _trust(refused.count)
    parts = [(1.0, word), (EXAMPLES_WEIGHT * weight, shown)]
    total = np.zeros_like(usual.mean)
    zero = square = 0.0
    for each, part in parts:
        if part is not None:
            total += each / part.unit * part.direction
            zero += each / part.unit * part.zero
            square += each * each
    norm = float(np.linalg.norm(total))
    if norm < 1e-6:
        return None
    vector = np.asarray(total / norm, dtype=np.float32)
    return Learnt(vector, zero / norm, float(np.sqrt(square)) / norm, carried.count)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    direction: NDArray[np.float32]
    zero: float
    unit: float


def _among(direction: NDArray[np.float32], usual: Usual) -> _Part | None:
    """A direction with the middle and the deviation of usual pictures; None where they don't differ along it."""
    scores = usual.pictures @ direction
    middle = float(np.median(scores))
    # Of the lower half alone: above it are those that the tag is for, which may be many.
    deviation = float(np.sqrt(np.mean(np.square(scores[scores <= middle] - middle))))
    return _Part(direction, middle, deviation) if deviation > 1e-9 else None


def _trust(count: int) -> float:
    return count / (count + HALF_WEIGHT_AT)
