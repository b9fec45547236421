"""Pictures that are alike: pairs of them, groups, and which one of a group to keep."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from appliance.records.assets import Asset
from appliance.records.edits import Edit
from appliance.records.organise import ListKey


class GroupKind(StrEnum):
    """Why pictures are in one group."""

    #: Nearly the same picture: compressed, scaled, cut or toned anew.
    DUPLICATE = "duplicate"
    #: Taken with one camera, seconds apart, of the same.
    BURST = "burst"
    #: Either, and what hangs together by both: what is one hit of a search.
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Pair:
    """That two assets are alike; ``one`` has the lower id. The higher ``closeness``, up to 1, the more."""

    kind: GroupKind
    one: UUID
    other: UUID
    closeness: float


@dataclass(frozen=True, slots=True)
class Membership:
    """That an asset is in a group."""

    asset: UUID
    owner: UUID
    kind: GroupKind
    group: UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """What an asset is compared by."""

    id: UUID
    owner: UUID
    filename: str
    media_version: int
    #: When it was taken by its file, where that says so.
    taken_at: datetime | None
    #: Its print, if that is of this version of it.
    print: bytes | None


class Reason(StrEnum):
    """What the best one of a group is ahead of others by."""

    MOST_PIXELS = "most_pixels"
    #: Of a format that cameras write, or with what the camera noted.
    ORIGINAL_FORMAT = "original_format"
    FAVOURITE = "favourite"
    RATED = "rated"
    IN_ALBUMS = "in_albums"
    TAGGED = "tagged"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Best:
    """The one to keep, if one is to be kept, and why."""

    id: UUID
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group as somebody sees it: the members that they may see and that are not in the trash, oldest first."""

    id: UUID
    kind: GroupKind
    #: When the latest of them came.
    newest: datetime
    members: tuple[Asset, ...]
    best: Best


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Some of one's groups, the one with the latest picture first."""

    groups: tuple[FoundGroup, ...]
    #: How many there are on all pages.
    total: int
    next: ListKey | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping one and trashing the others did: edits in the order in which they were made."""

    kept: UUID
    trashed: tuple[UUID, ...]
    edits: tuple[Edit, ...]
    #: Albums that the kept one could not be put into, as they may not be added to any more or are full.
    left_out: tuple[UUID, ...]
