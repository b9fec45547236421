"""What failed, as its person is told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Failure:
    """An asset whose work failed for good."""

    id: UUID
    filename: str
    bytes: int
    code: str
    text: str
    attempts: int
    at: datetime
    #: Whether it can't be read at all, and nobody tries to until its person says so.
    set_aside: bool
