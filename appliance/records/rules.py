"""The rules of albums that are saved searches."""

from dataclasses import dataclass
from uuid import UUID

from appliance.records.search import Filter


@dataclass(frozen=True, slots=True)
class AlbumRule:
    """What an album with a rule holds at any moment: those of its owner's assets that meet the filter."""

    album: UUID
    owner: UUID
    where: Filter
    #: The JSON that the filter was read from, to see whether it still is the rule.
    stored: str
