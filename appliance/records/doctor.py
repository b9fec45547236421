"""What an examination of the appliance found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    #: It works, and something should be changed.
    WARNING = "warning"
    #: Something does not work, or would not.
    FAILURE = "failure"
    #: It could not be looked at, or is not there to be looked at; the text says why.
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    #: The area, or the area and what of it: ``database``, ``database.schema``.
    name: str
    level: Level
    text: str
    #: What mends it; empty where nothing has to be mended.
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, in the order in which they are told."""

    findings: tuple[Finding, ...]
    #: Whether something that did not end in time may still be running in this process.
    abandoned: bool = False

    def count(self, level: Level) -> int:
        """How many findings are of this level."""
        return sum(finding.level is level for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Collation:
    """The versions of the rules by which a database sorts text, then and now; None where they have none."""

    database: str
    recorded: str | None
    actual: str | None


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """How the jobs are doing."""

    failed: int
    #: Due, and not begun.
    waiting: int
    running: int
    #: Of the running ones, those whose worker has fallen silent.
    expired: int
    #: When the longest waiting one became due; None when none waits.
    waiting_since: datetime | None
    #: When a worker last began or ended one; None before the first.
    last_change: datetime | None
    #: The database server's clock.
    now: datetime
