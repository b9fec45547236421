"""Uploads that come in pieces, and files that were refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

TransferStatus = Literal["receiving", "finishing", "stored", "duplicate", "restored", "rejected"]


@dataclass(frozen=True, slots=True)
class TransferWish:
    """What an upload said of itself when it began, as it was written; it is read again when all bytes are there."""

    #: In its safe form.
    filename: str
    folder: str | None = None
    folder_id: str | None = None
    tags: tuple[str, ...] = ()
    ttl: str | None = None
    #: The header in which it came, which is given back.
    metadata: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """An upload that comes in pieces, or what became of it."""

    id: UUID
    owner: UUID
    #: As it was announced; of all bytes once they are there.
    sha256: bytes | None
    bytes: int
    wish: TransferWish
    created_at: datetime
    expires_at: datetime
    #: Before its first byte: when it gives its room back. None: it has it for as long as it lives.
    reserved_until: datetime | None = None
    #: From here on bytes may be on the volume that nobody has verified yet.
    unverified_from: int | None = None
    status: TransferStatus = "receiving"
    asset: UUID | None = None
    error_code: str | None = None
    error_text: str | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing is going to change any more."""
        return self.status not in {"receiving", "finishing"}


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one piece add up to: ``sha1`` or ``sha256``."""

    algorithm: Literal["sha1", "sha256"]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Uploading:
    """An upload of some bytes that is under way, and how many of them are here."""

    id: UUID
    offset: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that was refused for good."""

    id: UUID
    filename: str
    bytes: int
    error_code: str
    error_text: str
    rejected_at: datetime
