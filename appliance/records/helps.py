"""What helps to search and to tag: recent searches, suggestions while typing, and tags that pictures may want."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from appliance.records.assets import Asset


@dataclass(frozen=True, slots=True)
class RecentSearch:
    """What a person looked for, as it was written, and when last."""

    text: str
    used_at: datetime


class SuggestionKind(StrEnum):
    """What a suggestion is the name of."""

    TAG = "tag"
    FOLDER = "folder"
    ALBUM = "album"
    CAMERA = "camera"
    OWNER = "owner"
    YEAR = "year"
    TYPE = "type"
    #: A search that the person keeps, by its name; its text is the whole of what it was.
    SAVED = "saved"
    RECENT = "recent"
    #: A name before a colon, or a value that is the same for everybody.
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a filter can be about."""

    kind: SuggestionKind
    #: As a person reads it.
    label: str
    #: As the clause's value says it.
    value: str
    #: How many pictures it finds; None: not counted.
    assets: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How what is being written may go on: ``text`` in place of the characters from ``start`` to ``end``."""

    kind: SuggestionKind
    #: Character positions in what was written, the second one behind the last character.
    start: int
    end: int
    text: str
    #: What it is called, without signs of the syntax.
    label: str
    #: How many pictures it finds by itself; None: not counted.
    assets: int | None


@dataclass(frozen=True, slots=True)
class TagSuggestion:
    """A tag of the viewer's that pictures may want."""

    id: UUID
    name: str
    #: Standard deviations above what chance gives, of the picture that wants it most.
    above_chance: float
    #: Which of the pictures asked about may want it, those that want it most first.
    assets: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TagSuggestions:
    """What is suggested, best first."""

    items: tuple[TagSuggestion, ...]
    #: Tags whose words are not encoded yet; they are suggested when it is asked again.
    waiting: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that may want a tag, and how far above chance, in standard deviations."""

    asset: Asset
    above_chance: float


@dataclass(frozen=True, slots=True)
class News:
    """How much of what a kept search finds has come since it was last looked at; at most so many are counted."""

    search: UUID
    new: int
    at_least: bool
