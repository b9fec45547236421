"""Bodies and query parameters of searches."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import Field

from appliance.library.picture_queries import MAX_HANDLE
from appliance.records.query import Flaw as FlawRecord
from appliance.records.search import SearchAnswer as AnswerRecord
from appliance.records.search import SearchHit as HitRecord
from appliance.records.search import Strength
from web.schemas.assets import Asset, FilterQuery
from web.schemas.base import Schema
from web.schemas.cursors import MAX_CURSOR, search_cursor
from web.schemas.narrowing import MAX_QUERY, Narrowing

#: Assets that are marked, comma separated.
_MARKED = r"^[0-9a-fA-F-]{32,36}(,[0-9a-fA-F-]{32,36})*$"
_STRENGTH = "Where the answer ends: how far above chance its last row is; `all`: nowhere."
_COLLAPSE = "Whether pictures that are nearly the same are one row, the best one."


class SearchQuery(FilterQuery):
    """A search by words, for what looks like an asset, or by filters alone."""

    q: str | None = Field(
        None,
        max_length=MAX_QUERY,
        description='What the picture shows, in the syntax of the search box: `bike -helmet tag:holiday "old town"`.',
    )
    like: UUID | None = Field(None, description="The id of an asset; what looks like it is found.")
    right: str | None = Field(
        None,
        max_length=3700,
        pattern=_MARKED,
        description="Ids of assets that were what is looked for, comma separated; the answer moves towards them.",
    )
    wrong: str | None = Field(
        None,
        max_length=3700,
        pattern=_MARKED,
        description="Ids of assets that were not; the answer moves away, and leaves them out.",
    )
    strength: Strength = Field(Strength.ALL, description=_STRENGTH)
    collapse: bool = Field(False, description=_COLLAPSE)
    limit: int = Field(50, ge=1, le=1000, description="How many at most.")
    after: str | None = Field(
        None, max_length=MAX_CURSOR, description="`next` or `beyond` of the page before."
    )


class SearchTerm(Schema):
    """Words, an asset or a picture; a negative weight looks for the opposite."""

    text: str | None = Field(None, min_length=1, max_length=10_000)
    asset: UUID | None = None
    picture: str | None = Field(
        None, max_length=MAX_HANDLE, description="What `/api/search/pictures` gave for a picture."
    )
    weight: float = Field(1.0, ge=-10, le=10)


class SearchBody(Narrowing):
    """A search of several terms, or of filters alone."""

    q: str | None = Field(None, max_length=10_000, description="As in the search box; besides the terms.")
    terms: list[SearchTerm] = Field(default_factory=list, max_length=20)
    right: list[UUID] = Field(
        default_factory=list, max_length=100, description="Assets that were what is looked for."
    )
    wrong: list[UUID] = Field(default_factory=list, max_length=100, description="Assets that were not.")
    strength: Strength = Field(Strength.ALL, description=_STRENGTH)
    collapse: bool = Field(False, description=_COLLAPSE)
    limit: int = Field(50, ge=1, le=1000)
    after: str | None = Field(
        None, max_length=MAX_CURSOR, description="`next` or `beyond` of the page before."
    )


class Group(Schema):
    """What a row stands for."""

    id: UUID
    size: int = Field(description="How many pictures are nearly the same, this one among them.")


class SearchHit(Schema):
    """A found asset."""

    id: UUID
    score: float | None = Field(
        description="1 - distance: 1 is the same, 0 unrelated; null where nothing was compared."
    )
    distance: float | None = Field(description="Cosine distance, 0 to 2; null where nothing was compared.")
    above_chance: float | None = Field(
        description="How many standard deviations the score is above what chance gives in this library."
    )
    matched: list[str] = Field(
        description="Where its words were met: `name`, `folder`, `tag`, `description`, `camera`."
    )
    group: Group | None = None
    asset: Asset

    @classmethod
    def of(cls, hit: HitRecord) -> "SearchHit":
        """The body for this hit."""
        return cls(
            id=hit.asset.id,
            score=hit.score,
            distance=hit.distance,
            above_chance=None if hit.above_chance is None else round(hit.above_chance, 3),
            matched=sorted(hit.matched),
            group=Group(id=hit.group.id, size=hit.group.size) if hit.group else None,
            asset=Asset.of(hit.asset),
        )


class Cut(Schema):
    """Where an answer was ended."""

    strength: Strength
    threshold: float = Field(description="The score below which nothing is shown.")
    nothing: bool = Field(description="Whether not even the best is above chance.")


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
    model: str = Field(description="What compared; empty where nothing had to be compared.")
    took_ms: float
    next: str | None = Field(
        description="What to give as `after` for the next page; null: this was the last."
    )
    matched: int | None = Field(description="How many the filters leave; null on a later page.")
    matched_at_least: bool = Field(description="Whether there are more than `matched`.")
    cut: Cut | None = Field(description="Where the answer ends; null where it was not cut.")
    beyond: str | None = Field(description="What to give as `after` for what lies below the cut.")
    nearest: list[SearchHit] = Field(
        description="Where nothing is found: what is called by some of the words, and what comes nearest."
    )
    degraded: Literal["loading", "encoder_down", "no_model"] | None = Field(
        description="Why only names were looked through for the words; null: pictures were compared."
    )
    flaws: list[Flaw] = Field(description="What of `q` could not be understood; the rest was searched.")
    notes: list[str] = Field(description="What else to know: `query.all_negative`, `query.unknown_script`.")

    @classmethod
    def of(cls, answer: AnswerRecord, flaws: Sequence[FlawRecord]) -> "SearchAnswer":
        """The body for this answer."""
        cut = answer.cut
        return cls.model_validate(
            {
                "items": [SearchHit.of(hit) for hit in answer.hits],
                "exact": answer.exact,
                "model": answer.model,
                "took_ms": round(answer.took_ms, 3),
                "next": search_cursor(answer.next),
                "matched": answer.matched,
                "matched_at_least": answer.matched_at_least,
                "cut": cut
                and Cut(strength=cut.strength, threshold=round(cut.threshold, 6), nothing=cut.nothing),
                "beyond": search_cursor(answer.beyond),
                "nearest": [SearchHit.of(hit) for hit in answer.nearest],
                "degraded": answer.degraded,
                "flaws": [Flaw.of(flaw) for flaw in flaws],
                "notes": list(answer.notes),
            }
        )
