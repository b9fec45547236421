"""What lists, searches, the timeline, counts and edits of many are narrowed to, said in one way."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import Field

from appliance.library.wishes import read_filter
from appliance.records.search import (
    And,
    Filter,
    HasCamera,
    HasTag,
    InAlbum,
    InFolder,
    InFolderId,
    IsFavourite,
    IsKind,
    IsUndated,
    Not,
    Or,
    RatedAtLeast,
    TakenBetween,
)
from web.schemas.base import Day, Schema


class Narrowing(Schema):
    """What is narrowed to; all that is given must hold."""

    folder: str | None = Field(None, max_length=5000, description="In this folder of yours or below it.")
    folder_id: UUID | None = Field(None, description="In this folder or below it, also a shared one.")
    album: UUID | None = Field(None, description="In this album.")
    tag: str | None = Field(None, max_length=2000, description="Carries this tag; several, comma separated.")
    from_: Day | None = Field(None, alias="from", description="Taken on this day or later.")
    to: Day | None = Field(None, description="Taken on this day or earlier.")
    undated: bool = Field(False, description="Only what has no date at which it was taken.")
    type: str | None = Field(
        None, max_length=100, pattern=r"^(image|video|[a-z]+/[a-z0-9.+-]+)$", description="Kind or MIME type."
    )
    camera: str | None = Field(
        None,
        max_length=300,
        pattern=r"^[^\x00-\x1f]*$",
        description="Taken with this camera; empty: with one that does not say.",
    )
    favourite: bool = Field(False, description="Only your favourites.")
    rating: int | None = Field(
        None, ge=1, le=5, description="Only your own with this rating or a better one."
    )

    @classmethod
    def of(cls, where: Filter) -> "Narrowing":
        """What says this filter: one that :meth:`wanted` gave, or a rule."""
        given: dict[str, Any] = {}
        for part in where.of if isinstance(where, And) else (where,):
            given |= _said(part, given)
        # Not measured again: tags that were renamed since may be longer together than what can be asked for.
        return cls.model_construct(**given)

    def wanted(self) -> Filter:
        """The filter that lets through what all of these say.

        Raises:
            UsageError: no folder or tag can be called so.
        """
        return read_filter(
            folder=self.folder,
            folder_id=self.folder_id,
            album=self.album,
            tags=[self.tag or ""],
            first=self.from_,
            last=self.to,
            undated=self.undated,
            kind=self.type,
            camera=self.camera,
            favourite=self.favourite,
            rating=self.rating,
        )


def _said(part: Filter, before: Mapping[str, object]) -> dict[str, object]:  # noqa: PLR0911, C901 (one case each)
    match part:
        case InFolder(path=path):
            return {"folder": path}
        case InFolderId(id=folder_id):
            return {"folder_id": folder_id}
        case InAlbum(id=album_id):
            return {"album": album_id}
        case HasTag(name=name):
            return {"tag": f"{before['tag']},{name}" if "tag" in before else name}
        case TakenBetween(first=first, last=last):
            return {"from": first, "to": last}
        case IsUndated():
            return {"undated": True}
        case IsKind(value=kind):
            return {"type": kind}
        case HasCamera(name=name):
            return {"camera": name}
        case IsFavourite():
            return {"favourite": True}
        case RatedAtLeast(rating=rating):
            return {"rating": rating}
        case And() | Or() | Not():
            raise ValueError("narrowing has no parts within parts")
