"""Bodies and query parameters of the audit log."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from appliance.records.audit import AuditFilter, Entry
from web.schemas.base import Day, Schema


class AuditQuery(Schema):
    """What the log is narrowed to, and which page of it."""

    action: str = Field(
        "", max_length=100, description="An action such as `auth.login`, or its first word: `auth`."
    )
    actor: UUID | None = Field(None, description="What this person did.")
    outcome: Literal["ok", "refused", "error"] | None = None
    from_: Day | None = Field(None, alias="from", description="On this day or later, UTC.")
    to: Day | None = Field(None, description="On this day or earlier, UTC.")
    limit: int = Field(100, ge=1, le=500, description="How many at most.")
    after: int | None = Field(None, ge=1, lt=2**63, description="`next` of the page before.")

    def filter(self) -> AuditFilter:
        """The filter that is meant."""
        since = None if self.from_ is None else datetime.combine(self.from_, time(), UTC)
        # The last day of the calendar has no day after it, and needs none.
        until = (
            None
            if self.to is None or self.to == self.to.max
            else datetime.combine(self.to + timedelta(days=1), time(), UTC)
        )
        return AuditFilter(self.action, self.actor, self.outcome, since, until)


class AuditActor(Schema):
    """Who did it."""

    id: UUID
    name: str = Field(description="Empty when the account is gone.")


class AuditEntry(Schema):
    """One thing that was done or tried."""

    id: int
    at: datetime
    actor: AuditActor | None = Field(description="Null: nobody who is known, or the appliance itself.")
    session: str = Field(description="The beginning of the id of the session or key.")
    ip: str
    action: str
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
