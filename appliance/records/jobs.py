"""Background work on assets: what a worker holds, and what people are told about it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that one worker holds until its lease runs out."""

    job_id: int
    asset_id: UUID
    filename: str
    media_version: int
    #: Proves that the job is still this worker's; all jobs of one claim share it.
    lease: UUID
    #: How often the job was begun, this time included.
    attempts: int


@dataclass(frozen=True, slots=True)
class AssetJob:
    """A job as its owner sees it."""

    asset_id: UUID
    filename: str
    kind: str
    model: str | None
    #: ``pending``, ``running``, ``done`` or ``failed``.
    state: str
    attempts: int
    error_code: str | None
    error_text: str | None


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many jobs are in each state."""

    pending: int
    running: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True)
class Expired:
    """What became of jobs whose worker fell silent."""

    #: Waiting to be done again.
    released: int
    #: Given up, as they were begun too often.
    failed: int
