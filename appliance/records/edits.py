"""Edits: one change of many assets, how far it has come, and how it is taken back."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from appliance.records.organise import Changes
from appliance.records.search import Filter


class Act(StrEnum):
    """What an edit does with the life of its assets."""

    TRASH = "trash"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class EditChanges:
    """What is to become of each asset. Names are in their clean form, and a folder's path has become its id."""

    #: Values that all get alike.
    set: Changes = field(default_factory=Changes)
    act: Act | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    #: How much longer what expires is to live.
    extend_seconds: int | None = None
    #: What lives longer than until then lives until then.
    expires_by: datetime | None = None
    #: How much later what has a date was taken.
    shift_taken_minutes: int | None = None
    #: Albums put together by hand, of the owner's or open to them.
    add_to_album: UUID | None = None
    remove_from_album: UUID | None = None


class EditState(StrEnum):
    """How far an edit has come."""

    RUNNING = "running"
    DONE = "done"
    #: It could not go on; what was done until then stays, and can be taken back.
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which assets an edit is about: those of a list as it was at some revision."""

    where: Filter
    revision: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit, as its owner sees it."""

    id: UUID
    owner: UUID
    #: As they are kept: JSON values by name.
    changes: dict[str, Any]
    state: EditState
    total: int
    done: int
    #: Not changed: not the owner's, or in no state for it.
    skipped: int
    #: Taken back, and left as somebody had changed them since.
    undone: int
    kept: int
    error_code: str | None
    error_text: str | None
    created_at: datetime
    finished_at: datetime | None
    #: Tags that were not there before it, which go with its undo where nothing else carries them.
    made_tags: tuple[UUID, ...]

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be done."""
        return self.state in {EditState.RUNNING, EditState.UNDOING}
