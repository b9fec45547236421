"""What has changed, as whoever asks for it now and then gets it."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from appliance.records.live import Event
from web.schemas.base import Schema

Name = Literal[
    "hello", "assets", "library", "folders", "albums", "tags", "shares", "edit", "jobs", "models", "volume",
    "purge", "resync", "end",
]  # fmt: skip


class ChangesQuery(Schema):
    """From where on."""

    after: int | None = Field(
        None, ge=0, lt=2**62, description="The last id that was met; left out: from now on."
    )


class EventsQuery(ChangesQuery):
    """From where on, and for how long."""

    seconds: int | None = Field(
        None, ge=0, le=86_400, description="The stream ends after so long; 0: with what was missed."
    )


class LiveEvent(Schema):
    """Something that happened; what each says is told at `GET /api/events`."""

    event: Name
    data: dict[str, Any]


class Changes(Schema):
    """What happened since, and where to go on."""

    next: int = Field(description="To be given as `after` the next time.")
    volume: Literal["online", "missing", "foreign"] = Field(description="How the storage volume is.")
    events: list[LiveEvent] = Field(description="With `resync` among them: look at everything anew.")

    @classmethod
    def of(cls, events: Sequence[Event], position: int, volume: str) -> "Changes":
        """The body for these."""
        shown = [{"event": event.name, "data": event.data} for event in events]
        return cls.model_validate({"next": position, "volume": volume, "events": shown})
