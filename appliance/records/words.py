"""Words that names are looked through for, and what is found by them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from appliance.records.assets import Asset


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that belong together, folded: without accents, in small letters."""

    #: As they were written, with single blanks.
    text: str
    #: The words that tell anything, each once.
    words: tuple[str, ...]
    #: Whether they have to stand as they were written.
    quoted: bool


@dataclass(frozen=True, slots=True)
class Named:
    """An asset that is called by the words."""

    id: UUID
    #: 3: its file is called exactly so; 2: the words stand in a name as they were written; 1: all of them are there.
    rank: int
    #: The cosine distance to what is looked for; None where there is no vector of it, or nothing to compare with.
    distance: float | None
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """The same as it is shown."""

    asset: Asset
    distance: float | None
