"""Folders as a person sees them, and with whom they are shared."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from appliance.records.accounts import Named

#: How deep a folder may lie; one at the top is at 1.
MAX_LEVELS = 20
MAX_NAME_CHARACTERS = 200


def numbered(name: str, number: int) -> str:
    """What the folder is called when that many less one have the name: ``NAME``, ``NAME 2`` and so on."""
    ending = f" {number}" if number > 1 else ""
    return name[: MAX_NAME_CHARACTERS - len(ending)] + ending


class May(StrEnum):
    """What somebody may do with a folder or an album; each includes the next. Who only looks may at most view."""

    OWN = "own"
    #: Put assets of their own in it.
    ADD = "add"
    VIEW = "view"


class SharedMay(StrEnum):
    """What a share can let somebody do."""

    ADD = "add"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an upload gets that doesn't say it itself."""

    #: How long to live.
    ttl_seconds: int | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FolderSummary:
    """A folder as one person sees it."""

    id: UUID
    #: Of a shared folder it begins with the topmost folder that is shared: what is above is not shown.
    path: str
    name: str
    #: None at the top, and where the folder above is not to be seen.
    parent: UUID | None
    #: How many assets this person sees directly in it, trashed ones not counted.
    assets: int
    owner: Named
    mine: bool
    may: May
    #: How many shares it has itself; 0 for other people's.
    shares: int
    #: What it says itself.
    defaults: Defaults = Defaults()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a folder lies in its owner's tree."""

    id: UUID
    owner: UUID
    parent: UUID | None
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shared, or could be."""

    kind: Literal["folder", "album"]
    id: UUID


@dataclass(frozen=True, slots=True)
class Share:
    """That a folder and all below it, or an album, are open to somebody, or to everybody (``subject`` None)."""

    id: UUID
    subject: Named | None
    may: SharedMay
    created_at: datetime
