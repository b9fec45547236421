"""Bodies of edits: what is to become of many assets, and how far that has come."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from appliance.records import edits as records
from web.schemas.assets import AssetPatch
from web.schemas.base import Schema
from web.schemas.narrowing import Narrowing

#: A hundred years.
_MOST_MINUTES = 52_594_560


class EditChanges(AssetPatch):
    """What is to become of each asset; what is left out stays."""

    add_tags: list[str] | None = Field(None, max_length=100, description="Tags to put on.")
    remove_tags: list[str] | None = Field(
        None, max_length=100, description="Tags to take off; those below them stay."
    )
    extend: str | int | None = Field(
        None, description="How much longer to live: `7d`, for example; what has no expiry stays without."
    )
    at_most: str | int | None = Field(
        None, description="How long to live from now on at most; what leaves sooner still does."
    )
    shift_taken_minutes: int | None = Field(
        None,
        ge=-_MOST_MINUTES,
        le=_MOST_MINUTES,
        description="How much later it was taken than is known; what has no date stays without.",
    )
    add_to_album: UUID | None = Field(
        None, description="An album put together by hand, yours or open to you, behind what is in it."
    )
    remove_from_album: UUID | None = Field(
        None, description="Such an album; out of somebody else's goes what you put there."
    )
    trash: Literal[True] | None = Field(None, description="Into the trash; goes alone.")
    restore: Literal[True] | None = Field(
        None, description="Out of the trash, in which `filter` then looks; goes alone."
    )


class NewEdit(Schema):
    """An edit: either of `ids`, or of all that `filter` lets through."""

    changes: EditChanges
    ids: list[UUID] | None = Field(None, min_length=1, max_length=10_000, description="Assets of yours.")
    filter: Narrowing | None = Field(
        None, description="Of what it finds, yours are changed and those of others skipped."
    )
    revision: str | None = Field(
        None, max_length=200, description="With `filter`: that of the list that you saw."
    )


class Edit(Schema):
    """One change of many assets."""

    id: UUID
    state: records.EditState = Field(
        description="`running` and `undoing` go on; `failed` could not, for the reason in `error_text`, and what was"
        " done can be taken back."
    )
    changes: dict[str, Any] = Field(description="What was asked for, as it was understood.")
    total: int
    done: int
    skipped: int = Field(description="Not yours, or in no state for it.")
    undone: int = Field(description="Taken back.")
    kept: int = Field(description="Not taken back, as it was changed since, or its folder is gone.")
    error_code: str | None
    error_text: str | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, edit: records.Edit) -> "Edit":
        """The body for this edit."""
        return cls.model_validate({name: getattr(edit, name) for name in cls.model_fields})
