"""A search, what it is narrowed to, and its answer.

A filter is a tree: leaves say one thing, ``And``, ``Or`` and ``Not`` join them. ``appliance.db.filters`` turns a
tree into SQL.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from appliance.records.assets import Asset
from appliance.records.leaves import (
    AlbumCalled,
    CameraLike,
    ExpiresBefore,
    ExpiresWithin,
    FolderCalled,
    IsExpiring,
    IsLarger,
    IsOriented,
    IsSmaller,
    IsUntagged,
    LensLike,
    NameLike,
    OwnedBy,
    UploadedBetween,
)
from appliance.records.organise import ListKey
from appliance.records.query import Flaw


@dataclass(frozen=True, slots=True)
class InFolder:
    """In this folder of the viewer's own tree or below it; the path uses ``/``."""

    path: str


@dataclass(frozen=True, slots=True)
class InFolderId:
    """In this folder or below it, whosever it is; nothing where the viewer may not see the folder."""

    id: UUID


@dataclass(frozen=True, slots=True)
class HasTag:
    """Carries this tag or one below it, ``animal/dog`` below ``animal``, upper and lower case being the same.

    The tags of an asset are its owner's words.
    """

    name: str


@dataclass(frozen=True, slots=True)
class TakenBetween:
    """Taken on or after ``first`` and on or before ``last``, by the camera's local date.

    A picture without a taken date counts by the day it was uploaded, in UTC.
    """

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class IsKind:
    """Of this kind (``image``, ``video``) or of this exact MIME type (``image/heic``)."""

    value: str


@dataclass(frozen=True, slots=True)
class IsUndated:
    """Without a date at which it was taken."""


@dataclass(frozen=True, slots=True)
class InAlbum:
    """In this album, whosever it is; nothing where the viewer may not see the album."""

    id: UUID


@dataclass(frozen=True, slots=True)
class IsFavourite:
    """A favourite of the viewer's, who owns it."""


@dataclass(frozen=True, slots=True)
class RatedAtLeast:
    """One of the viewer's own with this rating, 1 to 5, or a better one."""

    rating: int


@dataclass(frozen=True, slots=True)
class HasCamera:
    """Taken with the camera of this very name; the empty one stands for those that don't say."""

    name: str


@dataclass(frozen=True, slots=True)
class And:
    """All of these; none at all means everything."""

    of: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these; none at all means nothing."""

    of: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but this."""

    of: "Filter"


Leaf = (
    InFolder
    | InFolderId
    | InAlbum
    | HasTag
    | TakenBetween
    | IsUndated
    | IsKind
    | IsFavourite
    | RatedAtLeast
    | HasCamera
    | CameraLike
    | LensLike
    | NameLike
    | FolderCalled
    | AlbumCalled
    | OwnedBy
    | UploadedBetween
    | IsOriented
    | IsLarger
    | IsSmaller
    | IsExpiring
    | ExpiresBefore
    | ExpiresWithin
    | IsUntagged
)
Filter = Leaf | And | Or | Not

#: A tree deeper than this is not a person's: neither read nor made into SQL, whose parser would have to nest so far.
MAX_DEPTH = 32


def leaves_of(where: Filter) -> Iterator[Leaf]:
    """All that a filter says, from left to right."""
    match where:
        case And(of=parts) | Or(of=parts):
            for part in parts:
                yield from leaves_of(part)
        case Not(of=part):
            yield from leaves_of(part)
        case _:
            yield where


def with_leaves(where: Filter, change: Callable[[Leaf], Leaf]) -> Filter:
    """The filter with each leaf as ``change`` gives it; of what is the same then, one stays."""
    match where:
        case And(of=parts):
            return And(tuple(dict.fromkeys(with_leaves(part, change) for part in parts)))
        case Or(of=parts):
            return Or(tuple(dict.fromkeys(with_leaves(part, change) for part in parts)))
        case Not(of=part):
            return Not(with_leaves(part, change))
        case _:
            return change(where)


@dataclass(frozen=True, slots=True)
class TextTerm:
    """Words that describe what is looked for; quoted: as they stand, in this order."""

    text: str
    weight: float = 1.0
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class AssetTerm:
    """A picture of the library; what looks like it is looked for, itself left out."""

    asset_id: UUID
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class PictureTerm:
    """A picture that is not of the library, as its vector: shape (dimension,), L2-normalised, of this model."""

    vector: NDArray[np.float32]
    model_id: int
    weight: float = 1.0


Term = TextTerm | AssetTerm | PictureTerm


class Strength(StrEnum):
    """Where an answer ends: how far above chance its last row has to be; ``ALL``: nowhere."""

    LOOSE = "loose"
    BALANCED = "balanced"
    STRICT = "strict"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class PageKey:
    """The place after a row in the order (distance, id) of one model's distances."""

    distance: float
    id: UUID
    model_id: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page of a ranking goes on."""

    model_id: int
    #: The last row of the order by distance; None: none of it was shown yet.
    key: PageKey | None = None
    #: How many rows of it were shown.
    rank: int = 0
    #: What is called by the words and was not shown yet, each with the row of that order before which it comes.
    due: tuple[tuple[UUID, int], ...] = ()
    #: What is called by the words and was shown.
    shown: tuple[UUID, ...] = ()
    #: The least score of what is shown; None: no cut.
    threshold: float | None = None
    #: Whether this is where an answer was cut, so that what follows is below it.
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class TimePlace:
    """Where the next page of an answer by time goes on; what is called better comes first."""

    key: ListKey
    rank: int = 0


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search. ``limit`` is 1 to 1,000; ``after`` is the place that the page before gave."""

    terms: tuple[Term, ...]
    where: Filter
    limit: int
    after: Place | TimePlace | None = None
    strength: Strength = Strength.ALL
    #: Assets of an earlier answer that were what was looked for, and that were not.
    right: tuple[UUID, ...] = ()
    wrong: tuple[UUID, ...] = ()
    #: Whether near-duplicates are one hit.
    collapse: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What a hit stands for: itself and others that are nearly the same."""

    id: UUID
    #: How many the group has, the hit among them.
    size: int


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A found asset. ``distance`` is the cosine distance, 0 to 2; ``score`` is 1 - distance, -1 to 1.

    Both are None where there is nothing to compare: no vector yet, no model, or nothing but filters.
    """

    asset: Asset
    score: float | None
    distance: float | None
    #: How many standard deviations the score is above what chance gives; None: not known.
    above_chance: float | None = None
    #: Where its words were met: ``name``, ``folder``, ``tag``, ``description``, ``camera``, ``text``.
    matched: frozenset[str] = frozenset()
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class NearHit(SearchHit):
    """A hit of an order by distance, which always has one."""

    score: float
    distance: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Where an answer was ended: below this score, a cosine; ``nothing``: not even the best is above chance."""

    strength: Strength
    threshold: float
    nothing: bool


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Ranked hits, best first."""

    hits: tuple[SearchHit, ...]
    #: Whether every row was compared, or an approximate index was asked.
    exact: bool
    #: The name of the model that answered; empty where none was needed or there is none.
    model: str
    took_ms: float
    next: Place | TimePlace | None
    #: How many the filter leaves; None: not counted.
    matched: int | None = None
    #: Whether there may be more than that, as counting ended there.
    matched_at_least: bool = False
    cut: Cut | None = None
    #: Where to go on with what lies below the cut.
    beyond: Place | None = None
    #: Where nothing is found: what is called by some of the words, and what comes nearest.
    nearest: tuple[SearchHit, ...] = ()
    #: Why only words were compared: ``loading``, ``encoder_down`` or ``no_model``.
    degraded: str | None = None
    flaws: tuple[Flaw, ...] = ()
    #: What else the asker should know, as codes.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two models found for the same words, best first."""

    query: str
    one: tuple[SearchHit, ...]
    other: tuple[SearchHit, ...]

    @property
    def shared(self) -> int:
        """How many assets both found."""
        return len({hit.asset.id for hit in self.one} & {hit.asset.id for hit in self.other})
