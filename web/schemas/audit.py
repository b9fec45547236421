"""Bodies and query parameters of the audit log."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field

from appliance.records.audit import AuditAction, AuditFilter, Entry
from web.schemas.base import Day, Schema


def _read_moment(value: object) -> object:
    """A text like 2026-01-31T12:00:00Z, and nothing else: pydantic takes ``0.5`` for a moment in 1970."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:", value, re.ASCII):
        raise ValueError("A moment looks like 2026-01-31T12:00:00Z.")
    return value


#: The database's calendar, in every zone.
_Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)),
    BeforeValidator(_read_moment),
]
_Action = Annotated[str, Field(min_length=1, max_length=100)]


class AuditQuery(Schema):
    """What the log is narrowed to, and which page of it."""

    action: list[_Action] = Field(
        [], max_length=20, description="Actions such as `auth.login`, or their first words: `auth`."
    )
    actor: UUID | None = Field(None, description="What this person did.")
    person: UUID | None = Field(None, description="What this person did, and what was done to them.")
    outcome: Literal["ok", "refused", "error"] | None = None
    from_: Day | None = Field(None, alias="from", description="On this day or later, UTC.")
    to: Day | None = Field(None, description="On this day or earlier, UTC.")
    since: _Moment | None = Field(None, description="At this moment or later.")
    until: _Moment | None = Field(None, description="Before this moment.")
    limit: int = Field(100, ge=1, le=500, description="How many at most.")
    after: int | None = Field(None, ge=1, lt=2**63, description="`next` of the page before.")

    def filter(self) -> AuditFilter:
        """The filter that is meant."""
        since = [] if self.from_ is None else [datetime.combine(self.from_, time(), UTC)]
        # The last day of the calendar has no day after it, and needs none.
        until = (
            []
            if self.to is None or self.to == self.to.max
            else [datetime.combine(self.to + timedelta(days=1), time(), UTC)]
        )
        return AuditFilter(
            actions=tuple(self.action),
            actor=self.actor,
            person=self.person,
            outcome=self.outcome,
            since=max([*since, *([] if self.since is None else [self.since])], default=None),
            until=min([*until, *([] if self.until is None else [self.until])], default=None),
        )


class AuditActor(Schema):
    """Somebody who did it, or whom it was done to."""

    id: UUID
    name: str = Field(description="Empty when the account is gone.")


class AuditEntry(Schema):
    """One thing that was done or tried."""

    id: int
    at: datetime
    actor: AuditActor | None = Field(description="Null: nobody who is known, or the appliance itself.")
    people: list[AuditActor] = Field(description="The accounts that the object names, in its order.")
    session: str = Field(description="The beginning of the id of the session or key.")
    key: str = Field(description="The name of the key that was used, made or revoked, while there is one.")
    ip: str
    action: AuditAction | str = Field(
        description=(
            "Those of this release are listed; rows of others may have more. After `denied` comes the operation."
        )
    )
    object: str = Field(description="What it was done to, most often an id.")
    outcome: Literal["ok", "refused", "error"]
    reason: str = Field(description="A code, where it was refused.")

    @classmethod
    def of(cls, entry: Entry) -> "AuditEntry":
        """The body for this entry."""
        return cls.model_validate(entry, from_attributes=True)


class AuditPage(Schema):
    """A page of the log, the latest first."""

    items: list[AuditEntry]
    next: int | None = Field(
        description="What to give as `after` for the next page; null: this was the last."
    )
