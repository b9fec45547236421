"""The timeline: how it is laid out, and counts of what a filter leaves."""

from dataclasses import dataclass
from uuid import UUID

#: The ratio of the sides as a byte: 48 steps up for twice as wide, each 1.45 %; 128 is a square.
RATIO_STEPS, SQUARE = 48, 128


@dataclass(frozen=True, slots=True)
class TimelineRows:
    """What the layout needs of each asset, in the timeline's order, 20 bytes each, all numbers big-endian.

    Microseconds since the year 2000 (8 bytes, signed, local time), width and height in pixels and the mean colour as
    0x00RRGGBB (4 bytes each). The time of the undated ones is zero.
    """

    revision: str
    dated: bytes
    undated: bytes


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of the timeline as the text of a JSON object of arrays, and the revision of which it is."""

    revision: str
    text: str
    #: The assets in it, of other people's those that don't leave by themselves: each an id (16 bytes) and its media
    #: version (4 bytes, big-endian).
    shown: bytes


@dataclass(frozen=True, slots=True)
class Count:
    """How many assets a value is found with."""

    value: str
    assets: int


@dataclass(frozen=True, slots=True)
class FolderCount:
    """How many assets lie in a folder or below it; the path is that which the viewer sees."""

    id: UUID
    path: str
    assets: int
    #: Whether it is a folder of the viewer's own.
    mine: bool


@dataclass(frozen=True, slots=True)
class OwnerCount:
    """How many assets are this person's."""

    id: UUID
    name: str
    assets: int


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many assets a word finds.

    ``id`` is that of the viewer's own tag; None for other people's words, and for one that is only above others.
    """

    id: UUID | None
    name: str
    assets: int


@dataclass(frozen=True, slots=True)
class Facets:
    """What further narrowing a filter by one value would find, most first; years the latest first.

    An undated picture is in the year of its upload, as in every filter by date. An empty camera stands for pictures
    that don't say.
    """

    revision: str
    total: int
    undated: int
    years: tuple[Count, ...]
    folders: tuple[FolderCount, ...]
    tags: tuple[TagCount, ...]
    cameras: tuple[Count, ...]
    kinds: tuple[Count, ...]
    types: tuple[Count, ...]
    owners: tuple[OwnerCount, ...]
