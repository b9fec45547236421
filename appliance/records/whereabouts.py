"""Where an asset is to be found besides in the library: albums, other people's sight, and a group of alike ones."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from appliance.records.accounts import Named
from appliance.records.search import Group


class Way(StrEnum):
    """By what somebody comes upon a picture."""

    FOLDER = "folder"
    ALBUM = "album"


@dataclass(frozen=True, slots=True)
class InAlbum:
    """An album that an asset is in, as somebody sees it."""

    id: UUID
    name: str
    owner: Named
    mine: bool
    by_rule: bool
    #: Whether this person may take the asset out of it.
    removable: bool


@dataclass(frozen=True, slots=True)
class SeenBy:
    """Somebody, or everybody, who sees an asset, and by which folder or album."""

    person: Named | None
    way: Way
    #: The name of the folder or album.
    name: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All of it. ``seen_by`` is None for who does not own the asset."""

    albums: tuple[InAlbum, ...]
    seen_by: tuple[SeenBy, ...] | None
    group: Group | None
