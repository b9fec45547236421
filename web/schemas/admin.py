"""Bodies about the appliance as a whole, for whoever runs it."""

from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import Field

from appliance.library.failures import remedy
from appliance.library.presence import Presence
from appliance.records.doctor import Finding, Level
from appliance.records.work import FailedKind, Holdings
from web.schemas.base import Schema


class HealthFinding(Schema):
    """One thing that was looked at."""

    name: str = Field(description="The area, or the area and what of it: `database`, `database.schema`.")
    level: Level
    text: str
    remedy: str = Field(description="What mends it; empty where nothing has to be mended.")

    @classmethod
    def of(cls, finding: Finding) -> "HealthFinding":
        """The body of a finding."""
        return cls(name=finding.name, level=finding.level, text=finding.text, remedy=finding.remedy)


class WorkerSeen(Schema):
    """When a worker was last heard of."""

    state: Presence = Field(
        description="`unknown`: this server was started a moment ago, and has heard of none."
    )
    seconds: float | None = Field(description="How long ago; null: never.")


class Health(Schema):
    """How the whole installation is, as far as the server itself can tell."""

    version: str
    up_seconds: float = Field(description="For how long this server process has run.")
    at: datetime = Field(description="When this was found; somewhat earlier while something hangs.")
    failures: int = Field(description="How many findings say that something does not work.")
    warnings: int = Field(description="How many say that something should be changed.")
    findings: list[HealthFinding]
    worker: WorkerSeen


class FailedReason(Schema):
    """Pictures of everybody that failed for one reason."""

    code: str
    remedy: str = Field(description="What helps.")
    assets: int
    people: int = Field(description="Whose pictures these are, how many people.")

    @classmethod
    def of(cls, kind: FailedKind) -> "FailedReason":
        """The body of a reason."""
        return cls(code=kind.code, remedy=remedy(kind.code), assets=kind.assets, people=kind.people)


class WorkReport(Schema):
    """How everybody's work goes, in numbers."""

    pending: int
    running: int
    done: int
    failed: int
    background: int = Field(
        description="Of those pending and running, how many are for a model that does not answer searches."
    )
    per_second: float = Field(description="Done per second, lately.")
    seconds_left: float | None = Field(description="At that rate; null: nothing was done lately.")
    oldest_seconds: float | None = Field(
        description="For how long the longest waiting one has been due; null: none waits."
    )
    worker: WorkerSeen
    reasons: list[FailedReason]


class RetryEverybodys(Schema):
    """Which failed pictures are to be tried again."""

    code: str | None = Field(None, pattern=r"^[a-z_]{1,64}$", description="Only those with this code.")


class Kept(Schema):
    """How many pictures there are, and how much they take up."""

    assets: int
    bytes: int


class RenditionsKept(Schema):
    """What the smaller copies take up, which can always be made again."""

    path: Path
    bytes: int | None = Field(description="Null: there are too many to count now.")
    free_bytes: int


class StorageReport(Schema):
    """The disk of the originals, and what is where."""

    path: Path
    identity: UUID = Field(description="Of the disk that this library belongs to.")
    state: Literal["online", "missing", "foreign"]
    writable: bool
    mount: Path | None = Field(description="Where its file system is mounted; null where that can't be told.")
    file_system: str
    free_bytes: int
    total_bytes: int
    floor_bytes: int = Field(description="Nothing is added any more when less than this would be left.")
    trash_days: float = Field(description="How long what is in the trash can be restored.")
    originals: Kept
    trash: Kept = Field(description="In the trash, or about to be purged.")
    renditions: RenditionsKept

    @staticmethod
    def kept(holdings: Holdings) -> tuple[Kept, Kept]:
        """The originals outside the trash, and those in it."""
        return (
            Kept(assets=holdings.assets, bytes=holdings.bytes),
            Kept(assets=holdings.trashed, bytes=holdings.trashed_bytes),
        )
