"""What people change about an asset, and the folders and tags they keep."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID


class Unset(Enum):
    """That a field is not to be changed, which None can't say where None is a value."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Changes:
    """New values for some fields of an asset. Folder and tags are in their clean form."""

    #: None: stays for ever.
    expires_at: datetime | Unset | None = UNSET
    #: The path in the owner's own tree; None: in no folder.
    folder: str | Unset | None = UNSET
    #: Instead of a path: a folder of the owner's or one that they may add to; None: in no folder.
    folder_id: UUID | Unset | None = UNSET
    #: Replaces all tags.
    tags: tuple[str, ...] | Unset = UNSET
    description: str | Unset = UNSET
    favourite: bool | Unset = UNSET
    #: 1 to 5, or None for none.
    rating: int | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class TagSummary:
    """A tag and how many assets carry it, trashed ones not counted."""

    name: str
    assets: int


@dataclass(frozen=True, slots=True)
class ListKey:
    """The place after a row in a list, newest first: its time and id."""

    at: datetime
    id: UUID
