"""Puts what is called by the words among what looks like them: reciprocal rank fusion, page by page.

Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
SIGIR 2009: a row's score is the sum of 1 / (60 + its rank) over the orders that it is in. A row that is in both
orders is shown where the two put it together, and left out of the order by distance. That place is worked out once,
with the first page, and carried from page to page, so that no row is skipped or met twice while others come and go.
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from appliance.records.search import SearchHit
from appliance.records.words import Named

#: The constant of the paper.
_K = 60
#: What being called so counts, where looking so counts 1.
_WEIGHT = 1.0
#: The rank of a file that is called exactly so: before everything.
_EXACT = 3
#: What is called by the words and put among what looks like them, at most.
MOST_CALLED = 100


def due_of(called: Sequence[Named], distances: Sequence[float]) -> tuple[tuple[UUID, int], ...]:
    """Before which row of the order by distance each of the called comes, 1 being its first; in their order.

    ``distances`` is the beginning of that order, without the called.
    """
    places = []
    for number, named in enumerate(called, start=1):
        score = _WEIGHT / (_K + number)
        if named.distance is not None:
            rank = 1 + bisect.bisect_left(distances, named.distance)
            if rank <= len(distances) or not distances:
                score += 1 / (_K + rank)
        is_exact = named.rank == _EXACT
        row = 1 if is_exact else max(1, math.ceil(1 / score - _K))
        places.append((not is_exact, -score, number, named.id, row))
    return tuple((asset, row) for *_, asset, row in sorted(places))


@dataclass(frozen=True, slots=True)
class Merged:
    """One page."""

    hits: tuple[SearchHit, ...]
    #: How many of the order by distance are on it.
    taken: int
    #: What was due and is not on it, in its order.
    due: tuple[tuple[UUID, int], ...]


def merge(
    near: Sequence[SearchHit],
    due: Sequence[tuple[UUID, int]],
    called: dict[UUID, SearchHit],
    *,
    rank: int,
    limit: int,
) -> Merged:
    """A page of at most ``limit`` rows; ``rank`` rows of the order by distance were shown before.

    ``called`` has what is due first, as much as one page can take.
    """
    left = list(due)
    hits: list[SearchHit] = []
    taken = 0
    while len(hits) < limit and (left or taken < len(near)):
        if left and (taken == len(near) or left[0][1] <= rank + taken + 1):
            hits.append(called[left.pop(0)[0]])
        else:
            hits.append(near[taken])
            taken += 1
    return Merged(tuple(hits), taken, tuple(left))
