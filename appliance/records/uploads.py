"""What comes with an upload, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from appliance.records.assets import Asset, Facts, Original


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """How a file is to be taken in. Folder and tags are already in their clean form."""

    owner: UUID
    filename: str
    folder: str | None = None
    #: Instead of a path: a folder that the owner has or may add to.
    folder_id: UUID | None = None
    tags: tuple[str, ...] = ()
    expires_at: datetime | None = None
    #: Whether it is to stay for ever, whatever its folder says.
    forever: bool = False


class IngestStatus(StrEnum):
    """What became of an upload."""

    STORED = "stored"
    #: The owner has these very bytes already; nothing was added.
    DUPLICATE = "duplicate"
    #: The owner had these very bytes in the trash; they are back.
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of an upload, and the asset that now stands for it."""

    status: IngestStatus
    asset: Asset


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that are accepted and about to become an asset: all that the last step needs, also after a crash."""

    #: Becomes the asset's id.
    id: UUID
    request: IngestRequest
    sha256: bytes
    bytes: int
    facts: Facts
    created_at: datetime


class KnownState(StrEnum):
    """Whether a library has some bytes already."""

    NEW = "new"
    KNOWN = "known"
    TRASHED = "trashed"
    #: It has not, and their quota leaves no room for it.
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Known:
    """The answer to: do you have this file?"""

    sha256: bytes
    state: KnownState
    id: UUID | None
    #: Where its bytes belong; None for new ones.
    original: Original | None = None
