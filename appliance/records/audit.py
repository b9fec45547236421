"""What the audit log says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Outcome = Literal["ok", "refused", "error"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something; the name is empty once the account is gone."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done or tried."""

    id: int
    at: datetime
    #: None: nobody who is known, or the appliance itself.
    actor: Actor | None
    #: The beginning of the id of the session or key that was used.
    session: str
    ip: str
    action: str
    object: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the log is narrowed to; all that is given must hold."""

    #: A whole action, or its first word: ``auth`` for everything about signing in.
    action: str = ""
    actor: UUID | None = None
    outcome: Outcome | None = None
    #: From this moment on.
    since: datetime | None = None
    #: Before this moment.
    until: datetime | None = None
