"""What happens to a library while somebody watches."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the log of changes."""

    id: int
    #: Whose things changed; None: it concerns everybody.
    owner: UUID | None
    #: ``asset``, ``tag``, ``folder``, ``album``, ``share``, ``edit``, ``job``, ``model``, ``purge``, or ``trim``.
    kind: str
    #: The assets that it is about; None where they are too many, or it is about none.
    assets: tuple[UUID, ...] | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look at the log saw."""

    #: The rows that were asked for, by their id.
    changes: tuple[Change, ...]
    #: The highest id that is visible; 0 for an empty log.
    newest: int
    #: The oldest transaction that may still commit.
    oldest: int


@dataclass(frozen=True, slots=True)
class EditProgress:
    """How far an edit of many assets is."""

    id: UUID
    state: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person who watches is told; ``data`` is JSON-like."""

    name: str
    data: dict[str, Any]
