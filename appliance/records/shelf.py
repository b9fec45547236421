"""The models of this machine as their owner sees them: added, listed, verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from appliance.records.models import SetStatus


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a model came from and what its files were then. Shapes no vector."""

    #: An address or a folder, without user, password and query.
    source: str
    added_at: datetime
    identity: str
    dimension: int
    precision: str
    languages: tuple[str, ...]
    licence: str
    #: The sha256, in hex, of each file that counts, by its path in the folder.
    files: Mapping[str, str]
    #: Of the archive that it was packed in, in hex; empty when there was none.
    archive_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an add is about to fetch over the network."""

    name: str
    #: Address and size in bytes of each file; None when the server doesn't say.
    files: tuple[tuple[str, int | None], ...]
    #: Of all this, what an earlier call has brought already, bytes.
    here_bytes: int
    licence: str

    @property
    def total_bytes(self) -> int | None:
        """Of all files; None when one isn't known."""
        sizes = [size for _, size in self.files]
        return None if None in sizes else sum(size or 0 for size in sizes)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was seen when both encoders of a model ran."""

    identity: str
    dimension: int
    precision: str
    #: What runs it, for example ``CPUExecutionProvider``.
    provider: str
    languages: tuple[str, ...]
    licence: str


@dataclass(frozen=True, slots=True)
class Added:
    """A model that is on the shelf now."""

    name: str
    path: str
    identity: str
    dimension: int
    precision: str
    provider: str
    languages: tuple[str, ...]
    licence: str
    bytes: int
    #: Whether it was there before, the same to the byte.
    already_there: bool = False


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model was when it was measured here."""

    provider: str
    images_per_second: float
    text_ms: float
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A model of this machine, working or not."""

    name: str
    path: str
    #: ``active``, the state of its set, or ``unused``; empty when the library can't be asked.
    state: str
    #: How full its set is; None when it has none.
    set: SetStatus | None
    #: As recorded when it was added, else by its set; empty when neither knows. ``model verify`` computes it.
    identity: str
    dimension: int | None
    precision: str
    languages: tuple[str, ...]
    licence: str
    bytes: int
    source: str
    speed: Speed | None
    #: Why it can't be used; empty when nothing was seen.
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at every byte of a model found."""

    name: str
    identity: str
    #: What it was compared with, in words.
    compared_with: tuple[str, ...]
    #: A line for each thing that is wrong; empty when all is well.
    problems: tuple[str, ...]
