"""Albums as a person sees them, what people change about them, and the searches that they keep."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from appliance.records.accounts import Named
from appliance.records.organise import UNSET, Unset
from appliance.records.search import Filter
from appliance.records.sharing import May

#: Most albums that one person keeps, and most of these with a rule: each of these is a condition of many a query.
MAX_ALBUMS = 3000
MAX_RULES = 50

#: Most assets in one album, and most that are put there, taken out or moved at once.
MAX_ALBUM_ASSETS = 100_000
MAX_AT_ONCE = 10_000

#: Most conditions of one rule.
MAX_RULE_PARTS = 20

#: Most searches that one person keeps.
MAX_SAVED_SEARCHES = 1000


@dataclass(frozen=True, slots=True)
class AlbumSummary:
    """An album as one person sees it; counts, cover and dates are of what this person sees in it."""

    id: UUID
    name: str
    description: str
    owner: Named
    mine: bool
    may: May
    #: Whether a rule says what is in it.
    by_rule: bool
    #: Its owner's business: None for others.
    rule: Filter | None
    count: int
    #: The chosen one, or else the first one; None where there is none that this person sees.
    cover: UUID | None
    #: By the camera's local time.
    first_taken: datetime | None
    last_taken: datetime | None
    #: How many shares it has; 0 for other people's.
    shares: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AlbumChanges:
    """New values for some fields of an album, in their clean form."""

    name: str | Unset = UNSET
    description: str | Unset = UNSET
    #: One of its assets; None: the first one, whichever that is.
    cover: UUID | Unset | None = UNSET
    rule: Filter | Unset = UNSET


@dataclass(frozen=True, slots=True)
class AlbumPlace:
    """Whose an album is, and what kind of album."""

    id: UUID
    owner: UUID
    by_rule: bool


@dataclass(frozen=True, slots=True)
class AlbumKey:
    """The place after an asset in an album: its position, and the row that says that it is there."""

    position: int
    row: int


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that a person keeps: what it is narrowed to, and words where it has some."""

    id: UUID
    name: str
    where: Filter
    text: str | None
    created_at: datetime
