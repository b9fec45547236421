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
class Corrected:
    """When a picture was taken, as a person knows better than its file."""

    #: Wall-clock time where it was taken, naive on purpose.
    local: datetime
    #: Minutes east of UTC, where that is known.
    offset_minutes: int | None


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
    #: When it was really taken; None: as the file says.
    taken: Corrected | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class ListKey:
    """The place after a row in a list, newest first: its time and id."""

    at: datetime
    id: UUID
