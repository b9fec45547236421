"""Bodies of what leaves by itself, and of purges."""

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from appliance.records import expiry as records
from web.schemas.assets import PageQuery
from web.schemas.base import Schema
from web.schemas.folders import Person


class LeavingQuery(Schema):
    """How far ahead."""

    days: int = Field(30, ge=1, le=3660, description="From now on.")
    zone: str = Field(
        "UTC",
        max_length=64,
        pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$",
        description="The time zone whose days are meant, as in `Europe/Berlin`.",
    )


class LeavingPageQuery(PageQuery):
    """How far ahead, and which page."""

    days: int = Field(30, ge=1, le=3660, description="From now on.")


class LeavingDay(Schema):
    """What leaves, or left, on one day."""

    day: date
    assets: int
    bytes: int

    @classmethod
    def of(cls, day: records.LeavingDay) -> "LeavingDay":
        """The body of a day."""
        return cls(**asdict(day))


class EmptyTrash(Schema):
    """What is to go at the next purge, without waiting."""

    ids: list[UUID] | None = Field(None, max_length=10_000, description="All of your trash if left out.")


class Emptied(Schema):
    """How many go at the next purge."""

    emptied: int


class PurgeHold(Schema):
    """That a purge stopped to ask; nothing is purged until it is released."""

    id: int
    held_at: datetime
    due: int = Field(description="Assets that were due then and that nobody had asked to go.")
    due_bytes: int
    library: int = Field(description="Assets of everybody at that time.")


class OwnersDue(Schema):
    """How much of one person's is due."""

    owner: Person
    assets: int
    bytes: int


class PurgePlan(Schema):
    """What the next purge does."""

    due: int = Field(description="Assets that may be purged now.")
    due_bytes: int
    unasked: int = Field(description="Of these, those that nobody emptied out of their trash or agreed to.")
    asks: bool = Field(description="Whether so many are due that a purge stops and asks.")
    hold: PurgeHold | None
    owners: list[OwnersDue]
    soon: list[LeavingDay] = Field(description="What is purged on the days of the next week, in UTC.")
    past: list[LeavingDay] = Field(description="What was purged on the days of the last month, in UTC.")

    @classmethod
    def of(cls, plan: records.PurgePlan) -> "PurgePlan":
        """The body of a plan."""
        hold = plan.hold
        return cls(
            due=plan.due.assets,
            due_bytes=plan.due.bytes,
            unasked=plan.due.unasked,
            asks=plan.asks,
            hold=hold
            and PurgeHold(
                id=hold.id, held_at=hold.held_at, due=hold.due, due_bytes=hold.due_bytes, library=hold.library
            ),
            owners=[
                OwnersDue(
                    owner=Person(id=each.owner.id, name=each.owner.name), assets=each.assets, bytes=each.bytes
                )
                for each in plan.owners
            ],
            soon=[LeavingDay.of(day) for day in plan.soon],
            past=[LeavingDay.of(day) for day in plan.past],
        )


class Release(Schema):
    """Which hold is meant; what was due when it began is agreed to, nothing later."""

    hold: int = Field(ge=1, le=2**63 - 1)
