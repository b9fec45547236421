"""Bodies and query parameters of groups of alike pictures."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from appliance.records import groups as records
from web.schemas.assets import Asset
from web.schemas.base import Schema
from web.schemas.edits import Edit


class GroupQuery(Schema):
    """Which page of the groups."""

    kind: Literal["duplicate", "burst"] = Field(
        "duplicate",
        description="`duplicate`: nearly the same picture. `burst`: taken seconds apart, of the same.",
    )
    limit: int = Field(50, ge=1, le=200, description="How many groups at most.")
    after: str | None = Field(None, max_length=200, description="`next` of the page before.")


class Best(Schema):
    """The one to keep, if one is to be kept."""

    id: UUID
    why: list[records.Reason] = Field(
        description="What it has that not all others have, the weightiest first: `most_pixels`, `original_format`"
        " (a camera's), `favourite`, `rated`, `in_albums`, `tagged`, `oldest` (came first)."
    )


class AlikeGroup(Schema):
    """Pictures that are alike, as the one who asks sees them."""

    id: UUID
    kind: records.GroupKind = Field(description="`alike`: what hangs together by both of the other kinds.")
    newest: datetime = Field(description="When the latest of them came.")
    members: list[Asset] = Field(
        description="Those that you may see and that are not in the trash, oldest first."
    )
    best: Best

    @classmethod
    def of(cls, group: records.FoundGroup) -> "AlikeGroup":
        """The body for this group."""
        return cls(
            id=group.id,
            kind=group.kind,
            newest=group.newest,
            members=[Asset.of(asset) for asset in group.members],
            best=Best(id=group.best.id, why=list(group.best.why)),
        )


class GroupPage(Schema):
    """Some groups."""

    items: list[AlikeGroup]
    total: int = Field(description="How many there are on all pages.")
    next: str | None = Field(
        description="What to give as `after` for the next page; null: this was the last."
    )


class ApartBody(Schema):
    """Which pictures of a group are like no other of it."""

    ids: list[UUID] | None = Field(
        None, max_length=200, description="Without it no two of the group are alike."
    )


class KeepBody(Schema):
    """Which one stays and which ones go to the trash."""

    keep: UUID
    trash: list[UUID] = Field(min_length=1, max_length=499, description="Others of the group.")


class UndoBody(Schema):
    """What is to be taken back."""

    edits: list[UUID] = Field(
        min_length=1, max_length=500, description="`edits` of what keeping one answered."
    )


class Kept(Schema):
    """What was done."""

    kept: UUID
    trashed: list[UUID]
    edits: list[UUID] = Field(description="To be given to `POST /api/duplicates/undo`, within 30 days.")
    left_out: list[UUID] = Field(
        description="Albums that are full or closed to you, and so without the kept one."
    )

    @classmethod
    def of(cls, kept: records.Kept) -> "Kept":
        """The body for this."""
        return cls(
            kept=kept.kept,
            trashed=list(kept.trashed),
            edits=[edit.id for edit in kept.edits],
            left_out=list(kept.left_out),
        )


class Undone(Schema):
    """What was taken back."""

    edits: list[Edit] = Field(description="With `kept` where something was changed since, which stays.")
