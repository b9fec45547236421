"""One file in the library, what is known of it, and what is still to be done with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID


class Lifecycle(StrEnum):
    """Where an asset is on its way out. An active asset whose expiry has passed counts as trashed at once."""

    ACTIVE = "active"
    TRASHED = "trashed"
    PURGING = "purging"


class Kind(StrEnum):
    """What sort of file an asset is."""

    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Taken:
    """When a picture was taken, as its camera says."""

    #: Local wall-clock time, naive on purpose: cameras rarely know their zone.
    local: datetime
    #: Minutes east of UTC, where the file says so.
    offset_minutes: int | None
    #: Where it came from, for example ``exif``.
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What one look at the bytes tells. Sizes are in pixels, after the EXIF orientation is applied."""

    mime: str
    kind: Kind
    width: int
    height: int
    taken: Taken | None
    camera: str | None
    lens: str | None
    #: Degrees, WGS 84, north and east positive.
    latitude: float | None
    longitude: float | None
    #: ThumbHash bytes (https://evanw.github.io/thumbhash/), 5 to 25 of them.
    thumbhash: bytes
    #: 0xRRGGBB in sRGB.
    mean_color: int


@dataclass(frozen=True, slots=True)
class Staged:
    """Bytes that lie complete and synced in the volume's incoming folder, not yet an asset."""

    #: Becomes the asset's id.
    id: UUID
    part: Path
    sha256: bytes
    bytes: int


@dataclass(frozen=True, slots=True)
class Original:
    """Where an asset's bytes belong on the volume, and how many they are."""

    id: UUID
    filename: str
    bytes: int


@dataclass(frozen=True, slots=True)
class JobState:
    """How far one piece of background work on an asset has come."""

    kind: str
    model: str | None
    #: ``pending``, ``running``, ``done`` or ``failed``.
    state: str
    attempts: int
    error_code: str | None
    error_text: str | None


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in the library, as one person sees it; other people's ``favourite`` and ``rating`` are not shown."""

    id: UUID
    owner: UUID
    owner_name: str
    #: Whether it belongs to whom it is shown.
    mine: bool
    #: Of somebody else's tree, from the topmost folder that is shared.
    folder: str | None
    folder_id: UUID | None
    filename: str
    sha256: bytes
    bytes: int
    facts: Facts
    uploaded_at: datetime
    media_version: int
    description: str
    favourite: bool
    rating: int | None
    tags: tuple[str, ...]
    expires_at: datetime | None
    trashed_at: datetime | None
    purge_after: datetime | None
    #: ``active``, ``trashed`` (also when expired and not yet swept) or ``purging``.
    state: Lifecycle
    revision: int
    jobs: tuple[JobState, ...]


@dataclass(frozen=True, slots=True)
class Media:
    """Where the bytes of an asset are: its name, the version that its renditions are of, and its size upright."""

    filename: str
    version: int
    width: int
    height: int
    #: How long the person who asked may still see it, as far as that ends by itself; seconds.
    seconds_left: float | None = None
