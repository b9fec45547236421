"""Selections that are fetched as one archive."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Download:
    """A selection of one person's choosing that may be fetched until it expires."""

    id: UUID
    name: str
    assets: tuple[UUID, ...]
    expires_at: datetime
