"""Bodies and query parameters of albums and of saved searches."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from appliance.records import albums as records
from appliance.records.sharing import May
from web.schemas.base import Schema
from web.schemas.folders import Person
from web.schemas.narrowing import Narrowing

_NAME = "Any printable signs, also `/`; at most 200."


class Album(Schema):
    """An album, as the one who asks sees it: counts, cover and dates are of what you see in it."""

    id: UUID
    name: str
    description: str
    owner: Person
    mine: bool
    may: May = Field(
        description="`own`: everything; `add`: look, and put pictures of your own there; `view`: look."
    )
    by_rule: bool = Field(description="Whether a rule says what is in it; otherwise it is put there by hand.")
    rule: Narrowing | None = Field(
        description="Which of your pictures are in it; null by hand, and where it is not yours."
    )
    count: int
    cover: UUID | None = Field(description="A picture of it that you see: the chosen one, or else the first.")
    first_taken: datetime | None = Field(
        json_schema_extra={"format": "date-time-local"}, description="Of all that has a date."
    )
    last_taken: datetime | None = Field(json_schema_extra={"format": "date-time-local"})
    shares: int = Field(description="With how many it is shared; 0 where it is not yours.")
    created_at: datetime
    changed_at: datetime = Field(description="When its contents by hand or what is said of it changed last.")

    @classmethod
    def of(cls, album: records.AlbumSummary) -> "Album":
        """The body for this album."""
        return cls(
            id=album.id,
            name=album.name,
            description=album.description,
            owner=Person.of(album.owner),
            mine=album.mine,
            may=album.may,
            by_rule=album.by_rule,
            rule=None if album.rule is None else Narrowing.of(album.rule),
            count=album.count,
            cover=album.cover,
            first_taken=album.first_taken,
            last_taken=album.last_taken,
            shares=album.shares,
            created_at=album.created_at,
            changed_at=album.changed_at,
        )


class NewAlbum(Schema):
    """An album to make."""

    name: str = Field(min_length=1, max_length=1000, description=_NAME)
    description: str = Field("", max_length=10_000)
    rule: Narrowing | None = Field(
        None,
        description=(
            "Instead of putting pictures there by hand: those of your own are in it that meet all of this, whenever"
            " somebody looks."
        ),
    )


class AlbumPatch(Schema):
    """Changes of an album; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=1000, description=_NAME)
    description: str | None = Field(None, max_length=10_000)
    cover: UUID | None = Field(None, description="One of its pictures; null: the first one.")
    rule: Narrowing | None = Field(None, description="Another rule, of an album that has one.")


class AlbumAssets(Schema):
    """Which pictures of an album."""

    ids: list[UUID] = Field(min_length=1, max_length=records.MAX_AT_ONCE)


class PlacedAssets(AlbumAssets):
    """Which pictures, in their order, and where in the album."""

    before: UUID | None = Field(
        None, description="A picture of the album that they are to stand before; null: behind all others."
    )


class AlbumChanged(Schema):
    """What became of it."""

    changed: int = Field(description="How many pictures came in, or went out.")
    album: Album


class SavedSearch(Schema):
    """A search that you keep."""

    id: UUID
    name: str
    narrowing: Narrowing
    q: str | None = Field(description="What the pictures show.")
    created_at: datetime

    @classmethod
    def of(cls, saved: records.SavedSearch) -> "SavedSearch":
        """The body for this search."""
        return cls(
            id=saved.id,
            name=saved.name,
            narrowing=Narrowing.of(saved.where),
            q=saved.text,
            created_at=saved.created_at,
        )


class NewSavedSearch(Schema):
    """A search to keep: words, what it is narrowed to, or both."""

    name: str = Field(min_length=1, max_length=1000, description=_NAME)
    narrowing: Narrowing = Field(default_factory=lambda: Narrowing.model_validate({}))
    q: str | None = Field(None, max_length=1000, description="What the pictures show.")


class SavedSearchPatch(Schema):
    """Changes of a kept search; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=1000, description=_NAME)
    narrowing: Narrowing | None = None
    q: str | None = Field(None, max_length=1000, description="Null takes the words away.")
