"""Tags as a person sees them."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TagSummary:
    """A word and how many of the assets that a person sees carry it, trashed ones not counted."""

    #: None: only other people have this word.
    id: UUID | None
    name: str
    #: 0xRRGGBB, where this person has chosen one.
    color: int | None
    assets: int
    #: With those that carry a word below it.
    below: int

    @property
    def mine(self) -> bool:
        """Whether it is a word of this person's, who may change it."""
        return self.id is not None


@dataclass(frozen=True, slots=True)
class Word:
    """One tag of one person's."""

    id: UUID
    name: str
    color: int | None


@dataclass(frozen=True, slots=True)
class Renamed:
    """A tag on its way to another name."""

    id: UUID
    name: str
    #: The tag that has this name already and is not on its way itself.
    taken_by: UUID | None
