"""What reading originals again finds, and what a run of it has done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Outcome(StrEnum):
    """What an original turned out to be."""

    OK = "ok"
    #: There is no such file on the volume, though the volume is there.
    MISSING = "missing"
    #: Its bytes are other ones, or more, or fewer.
    DAMAGED = "damaged"
    #: The file is there, and the disk does not give all of it.
    UNREADABLE = "unreadable"


class Ended(StrEnum):
    """Why a run ended."""

    #: Everything that it was to check is checked.
    DONE = "done"
    #: Its time was up; the next run goes on from there.
    BUDGET = "budget"
    #: It was asked to stop.
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Expected:
    """An original as it was taken in."""

    id: UUID
    filename: str
    sha256: bytes
    bytes: int
    #: None: never since it was taken in.
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was read in an original's place. The length and the hash are None where they were not come to."""

    outcome: Outcome
    sha256: bytes | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What was found for an asset, and when."""

    expected: Expected
    found: Found
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """An original that is not as it should be. Hashes are in hexadecimal digits, as ``sha256sum`` prints them."""

    id: UUID
    #: The name of the account that the asset belongs to.
    owner: str
    filename: str
    outcome: Outcome
    expected_bytes: int
    expected_sha256: str
    found_bytes: int | None
    found_sha256: str | None
    checked_at: datetime
    #: When its bytes were last known to be right: at an earlier check, or when they were taken in.
    good_at: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the library has been gone through."""

    #: All assets, those in the trash too.
    assets: int
    #: Of these, how many were never read again since they were taken in.
    unchecked: int
    #: Of these, how many are not as they should be.
    bad: int
    #: The oldest of the checks; None before the first one.
    oldest_check: datetime | None


@dataclass(frozen=True, slots=True)
class ScrubReport:
    """What a run did, and how the library stands after it."""

    #: None: nothing was read, this only says how things stand.
    ended: Ended | None
    #: Originals read by this run, and their bytes.
    checked: int
    bytes: int
    seconds: float
    assets: int
    unchecked: int
    oldest_check: datetime | None
    #: Since when every original has been read again; None while there are some that never were.
    whole_since: datetime | None
    #: All that are known to be bad, also by earlier runs: how many, and the first of them.
    bad: int
    findings: tuple[Finding, ...]
