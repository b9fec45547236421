"""Bodies and query parameters of searches."""

from uuid import UUID

from pydantic import Field

from appliance.records.query import Flaw as FlawRecord
from appliance.records.search import SearchHit as HitRecord
from web.schemas.assets import Asset, FilterQuery
from web.schemas.base import Schema
from web.schemas.narrowing import MAX_QUERY, Narrowing


class SearchQuery(FilterQuery):
    """A search by words, or for what looks like an asset."""

    q: str | None = Field(
        None,
        max_length=MAX_QUERY,
        description='What the picture shows, in the syntax of the search box: `bike -helmet tag:holiday "old town"`.',
    )
    like: UUID | None = Field(None, description="The id of an asset; what looks like it is found.")
    limit: int = Field(50, ge=1, le=1000, description="How many at most.")


class SearchTerm(Schema):
    """Words or an asset; a negative weight looks for the opposite."""

    text: str | None = Field(None, min_length=1, max_length=1000)
    asset: UUID | None = None
    weight: float = Field(1.0, ge=-10, le=10)


class SearchBody(Narrowing):
    """A search of several terms."""

    q: str | None = Field(None, max_length=10_000, description="As in the search box; besides the terms.")
    terms: list[SearchTerm] = Field(default_factory=list, max_length=20)
    limit: int = Field(50, ge=1, le=1000)
    after: str | None = Field(None, max_length=200)


class SearchHit(Schema):
    """A found asset."""

    id: UUID
    score: float = Field(description="1 - distance: 1 is the same, 0 unrelated.")
    distance: float = Field(description="Cosine distance, 0 to 2.")
    asset: Asset

    @classmethod
    def of(cls, hit: HitRecord) -> "SearchHit":
        """The body for this hit."""
        return cls(id=hit.asset.id, score=hit.score, distance=hit.distance, asset=Asset.of(hit.asset))


class Flaw(Schema):
    """A part of `q` that can't be understood, without which was searched."""

    start: int = Field(description="Where it begins, in characters (code points) from 0.")
    end: int = Field(description="Behind its last character.")
    code: str = Field(description="What is wrong: `quote.open`, `filter.unknown`, `value.date` and others.")
    meant: str = Field(description="What would be understood there; may be empty.")

    @classmethod
    def of(cls, flaw: FlawRecord) -> "Flaw":
        """The body for this flaw."""
        return cls(start=flaw.start, end=flaw.end, code=flaw.code, meant=flaw.meant)


class SearchAnswer(Schema):
    """Found assets, best first."""

    items: list[SearchHit]
    exact: bool = Field(description="Whether every picture was compared, or an approximate index was asked.")
    model: str
    took_ms: float
    next: str | None = Field(
        description="What to give as `after` for the next page; null: this was the last."
    )
    flaws: list[Flaw] = Field(description="What of `q` could not be understood; the rest was searched.")
