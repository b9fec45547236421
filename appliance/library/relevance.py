"""How far above chance a score is, and where an answer ends.

A cosine says little by itself: another model, another library or another query, and the same number means something
else. So a score is measured by what chance gives in this library: by the scores of its pictures with prompts about
everything, and with one another. What a query scores on average, which is high for words that fit everything a
little, counts half.

The limits were chosen on the 14 labels that the starter model ranks well (average precision of .7 or more) among 52
of 400 captioned photos, and on 50 queries of which nothing is on any of them: ``make bench ARGS=quality`` prints what
they give. There balanced has a precision of .80 and a recall of .79, and finds nothing for .96 of the 50; but both
figures flatter it, as the labels were picked by what came first on the same photos. Limits that are chosen in the
same way on half of the photos, labels and queries give .74, .77 and .95 on the other half (30 halves). On 16 labels
that are strong on other photos, these limits give .78, .69 and .96; chosen on halves they give .69, .69 and .94.

A query that has nothing to find is told from one that has by its best score; the rest of an answer may be
a little worse than that, but not much worse than the best.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from appliance.library.background import Background
from appliance.records.search import Cut, Strength

#: How much of what a query scores on average is taken off.
_OWN_MEAN = 0.5
#: Of so few pictures the average says half as much: it is made of what is looked for.
_FEW = 30


#: Photos on which the limits were chosen, and the fewest of which chance gives anything.
_CHOSEN_ON, _LEAST = 400, 8


class _Limits(NamedTuple):
    #: What the best has to reach, in standard deviations above chance.
    best: float
    #: What each has to reach.
    each: float
    #: The part of the best one's that each has to reach.
    part: float


_LIMITS = {
    Strength.LOOSE: _Limits(3.5, 3.0, 0.45),
    Strength.BALANCED: _Limits(4.2, 3.885, 0.575),
    Strength.STRICT: _Limits(4.5, 4.5, 0.7),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """What chance gives for one query."""

    #: The score that stands for nothing above chance, a cosine.
    zero: float
    #: One standard deviation of chance's scores.
    unit: float
    #: How much of its height is left to what fits one part of the query, 0 to 1: ``Mixed.focus``.
    focus: float = 1.0

    def above_chance(self, score: float) -> float:
        """How many standard deviations this cosine is above chance."""
        return (score - self.zero) / self.unit

    def cut(
        self, strength: Strength, top_score: float, *, among: int | None = None, is_there: bool = False
    ) -> Cut | None:
        """Where the answer with this best cosine ends; None where all is asked for.

        ``among``: of how many pictures, None for very many: the best that chance gives of few is lower.
        ``is_there``: a person said that something of what is looked for is there, so the best is never nothing.
        """
        if strength is Strength.ALL:
            return None
        limits, top = _LIMITS[strength], self.above_chance(top_score)
        part = self.focus * _of_few(among)
        each, best = limits.each * part, limits.best * part
        lowest = max(each, limits.part * top)
        if is_there:
            lowest = min(lowest, top)
        return Cut(
            strength=strength,
            threshold=self.zero + self.unit * lowest,
            nothing=top < best and not is_there,
        )


def _of_few(among: int | None) -> float:
    """What the greatest of so many draws is of the greatest of as many as the limits were chosen on.

    It grows as the root of twice their logarithm (Gumbel).
    """
    if among is None:
        return 1.0
    return min(1.0, math.sqrt(math.log(max(among, _LEAST)) / math.log(_CHOSEN_ON)))


def scale_of(
    vector: NDArray[np.float32],
    background: Background | None,
    *,
    pictures: float = 0.0,
    focus: float = 1.0,
) -> Scale | None:
    """What chance gives for this unit vector; None where too little is known of the library.

    ``pictures`` is the part of the query that pictures make up, 0 to 1: they score higher with one another than words
    with them. ``focus`` is what is left of the part that counts most.
    """
    if background is None or not background.is_known:
        return None
    mean, unit = background.chance(pictures)
    count = len(background.pictures)
    own = float((background.pictures @ vector).mean())
    return Scale(zero=mean + _OWN_MEAN * count / (count + _FEW) * (own - mean), unit=unit, focus=focus)
