"""What became of each file of an import, and of all of them together."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from appliance.cli.collect import shown
from appliance.cli.context import bytes_text
from appliance.errors import (
    EmptyFile,
    FileTooLarge,
    RejectedFile,
    SceneSenseError,
    UnsupportedFile,
    VideoUnsupported,
)
from appliance.library.quantities import counted

#: A file that is called like this and is no picture is a picture that broke, not a companion of one.
_PICTURE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)


class Status(StrEnum):
    """What became of a file; of a dry run, what would."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    RESTORED = "restored"
    #: Not a picture: a sidecar, a thumbnail database, a video.
    SKIPPED = "skipped"
    #: A picture that can't be taken.
    REJECTED = "rejected"
    #: It could not be read here, or the library could not take it now.
    FAILED = "failed"
    NEW = "new"
    KNOWN = "known"
    TRASHED = "trashed"


_BAD = frozenset({Status.REJECTED, Status.FAILED})

#: The order of the summary, and how each is said for one and for many.
_SAID = {
    Status.STORED: "{} stored",
    Status.NEW: "{} would be sent",
    Status.DUPLICATE: "{} there already",
    Status.KNOWN: "{} there already",
    Status.RESTORED: "{} back from the trash",
    Status.TRASHED: "{} would come back from the trash",
    Status.SKIPPED: "{} not pictures",
    Status.REJECTED: "{} rejected",
    Status.FAILED: "{} failed",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    path: Path
    status: Status
    id: UUID | None = None
    #: The stable code of a refusal.
    code: str | None = None
    reason: str | None = None
    folder: str | None = None
    #: Of the file, where it was read.
    bytes: int | None = None

    def as_json(self) -> dict[str, Any]:
        """One line of ``--json``."""
        return {
            "path": shown(self.path),
            "status": self.status,
            "id": self.id,
            "code": self.code,
            "reason": self.reason,
            "folder": self.folder,
            "bytes": self.bytes,
        }

    def line(self) -> str:
        """For people."""
        return f"{self.status:9} {shown(self.path)}" + (f": {self.reason}" if self.reason else "")


def refused(path: Path, error: Exception, *, folder: str | None = None, size: int | None = None) -> Outcome:
    """The outcome of a file that ``error`` is about."""
    status, code = Status.FAILED, None
    if isinstance(error, SceneSenseError):
        reason, code = error.message, error.code
        if isinstance(error, RejectedFile):
            status = Status.SKIPPED if _is_companion(path, error) else Status.REJECTED
    elif isinstance(error, OSError):
        reason = f"can't be read: {(error.strerror or str(error)).lower()}"
    else:
        reason = str(error)
    return Outcome(path, status, code=code, reason=reason, folder=folder, bytes=size)


def _is_companion(path: Path, error: RejectedFile) -> bool:
    if isinstance(error, VideoUnsupported):
        return True
    unread = isinstance(error, UnsupportedFile | FileTooLarge | EmptyFile)
    return unread and path.suffix.lower() not in _PICTURE_SUFFIXES


@dataclass(slots=True)
class Report:
    """All files of an import so far."""

    files: int
    dry_run: bool = False
    counts: Counter[Status] = field(default_factory=Counter)
    #: Of files that were new; with ``dry_run`` those that would be sent.
    bytes: int = 0
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """One more is known."""
        self.counts[outcome.status] += 1
        if outcome.status in {Status.STORED, Status.NEW}:
            self.bytes += outcome.bytes or 0

    @property
    def ok(self) -> bool:
        """Whether every picture is in the library."""
        return not any(self.counts[status] for status in _BAD) and not self.left

    @property
    def left(self) -> int:
        """Files that were not come to."""
        return self.files - self.counts.total()

    def as_json(self) -> dict[str, Any]:
        """The last line of ``--json``."""
        counts = {str(status): self.counts[status] for status in _SAID if self._belongs(status)}
        return {
            "summary": {
                "files": self.files,
                "dry_run": self.dry_run,
                **counts,
                "left": self.left,
                "bytes": self.bytes,
                "seconds": round(self.seconds, 3),
            }
        }

    def line(self) -> str:
        """For people."""
        said = [_SAID[status].format(self.counts[status]) for status in _SAID if self.counts[status]]
        if self.left:
            said.append(f"{self.left} not come to")
        sent = "to send, looked at" if self.dry_run else "sent"
        counts = ", ".join(said) or "nothing to do"
        return f"{counted(self.files, 'file')}: {counts}; {bytes_text(self.bytes)} {sent} in {self.seconds:.1f} s"

    def _belongs(self, status: Status) -> bool:
        only_dry = {Status.NEW, Status.KNOWN, Status.TRASHED}
        only_real = {Status.STORED, Status.DUPLICATE, Status.RESTORED}
        return status not in (only_real if self.dry_run else only_dry)
