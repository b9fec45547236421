"""Bodies and query parameters of the timeline and of counts."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from appliance.records import timeline as records
from appliance.records.search import Cut, Strength
from web.schemas.assets import Asset
from web.schemas.base import Schema
from web.schemas.narrowing import MAX_QUERY, Narrowing


class BucketQuery(Narrowing):
    """Which of the month's assets, and in which library."""

    rev: str | None = Field(
        None, max_length=100, description="`rev` of the layout: refused where the library has changed since."
    )


class TimelineBucket(Schema):
    """A month as parallel arrays, in the order of the layout with the same `rev`."""

    rev: str = Field(description="The revision of the library.")
    id: list[UUID]
    filename: list[str]
    version: list[int] = Field(
        description="Part of the address of renditions: `/media/{id}/{version}/{size}`."
    )
    ratio: list[int] = Field(
        description="0 to 255, as in the layout: width / height is 2 ** ((b - 128) / 48)."
    )
    color: list[int] = Field(description="The mean colour, 0xRRGGBB.")
    thumbhash: list[str] = Field(description="ThumbHash, base64.")
    at: list[str] = Field(
        description="When it was taken, local time: `2026-01-31T12:34:56`; of undated ones the upload, UTC."
    )
    offset_minutes: list[int | None] = Field(description="Minutes east of UTC of `at`, where that is known.")
    type: list[str] = Field(description="MIME type.")
    duration: list[int | None] = Field(description="Of a video, milliseconds; null for pictures.")
    favourite: list[bool] = Field(description="Yours alone: false where the asset is not yours.")
    rating: list[int | None] = Field(description="1 to 5; null where the asset is not yours.")
    expires_at: list[datetime | None] = Field(description="When it leaves by itself; null: never.")
    mine: list[bool]
    owner: list[UUID | None] = Field(description="Whose it is, where it is not yours.")


class FacetQuery(Narrowing):
    """What is counted: all that a filter leaves or, with words, what of it is above the cut of an answer."""

    q: str | None = Field(
        None,
        max_length=MAX_QUERY,
        description="Words and filters as in the search box, `dog year:2020..2022`.",
    )
    like: UUID | None = Field(None, description="The id of an asset; what looks like it is counted.")
    strength: Strength = Field(
        Strength.BALANCED, description="With words or `like`: where the answer ends that is counted."
    )


class FacetsCut(Schema):
    """Where the answer ends that was counted."""

    strength: Strength
    threshold: float = Field(description="The least score, a cosine, -1 to 1.")
    nothing: bool = Field(description="Whether not even the best is above chance.")
    at_least: bool = Field(description="Whether there are more: the best 10,000 are counted.")

    @classmethod
    def of(cls, cut: Cut, *, at_least: bool) -> "FacetsCut":
        """The body for this cut."""
        return cls(strength=cut.strength, threshold=cut.threshold, nothing=cut.nothing, at_least=at_least)


class Count(Schema):
    """How many assets have this value."""

    value: str
    assets: int


class FolderCount(Schema):
    """How many assets are in a folder or below it."""

    id: UUID
    path: str = Field(description="As you see it: in a shared folder from the topmost one that is shared.")
    assets: int


class TagCount(Schema):
    """How many assets carry a word, or one below it."""

    id: UUID | None = Field(
        description="Of your own tag; null for a word of somebody else's, and for one that is only above others."
    )
    name: str
    assets: int


class OwnerCount(Schema):
    """How many assets are this person's."""

    id: UUID
    name: str
    assets: int


class Facets(Schema):
    """How many assets each further filter would leave; at most 1,000 values of a kind, most first."""

    rev: str = Field(description="The revision of the library.")
    total: int = Field(description="Over how many all is counted.")
    undated: int = Field(description="Without a date at which they were taken.")
    years: list[Count] = Field(
        description="The latest first; undated ones count by their upload, as for `from`, `to`."
    )
    folders: list[FolderCount]
    tags: list[TagCount] = Field(description="Your own words first.")
    cameras: list[Count] = Field(description="Empty: those that don't say.")
    kinds: list[Count]
    types: list[Count] = Field(description="MIME types.")
    owners: list[OwnerCount] = Field(description="Whose they are.")
    cut: FacetsCut | None = Field(
        None,
        description="Of a search, over whose `total` hits all is counted; null: over all that the filter leaves.",
    )

    @classmethod
    def of(cls, facets: records.Facets, cut: FacetsCut | None = None) -> "Facets":
        """The body for these counts."""
        return cls(
            cut=cut,
            rev=facets.revision,
            total=facets.total,
            undated=facets.undated,
            years=[Count(value=each.value, assets=each.assets) for each in facets.years],
            folders=[FolderCount(id=each.id, path=each.path, assets=each.assets) for each in facets.folders],
            tags=[TagCount(id=each.id, name=each.name, assets=each.assets) for each in facets.tags],
            cameras=[Count(value=each.value, assets=each.assets) for each in facets.cameras],
            kinds=[Count(value=each.value, assets=each.assets) for each in facets.kinds],
            types=[Count(value=each.value, assets=each.assets) for each in facets.types],
            owners=[OwnerCount(id=each.id, name=each.name, assets=each.assets) for each in facets.owners],
        )


class Batch(Schema):
    """Which assets."""

    ids: list[UUID] = Field(max_length=1000)


class BatchAnswer(Schema):
    """Those of them that you may see, each once, in the order in which they were asked for."""

    items: list[Asset]
    missing: list[UUID] = Field(description="There is none, or it is not yours to see.")
