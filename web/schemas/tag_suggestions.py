"""Bodies and query parameters of suggested tags."""

from uuid import UUID

from pydantic import Field

from appliance.library.edits import MAX_IDS
from appliance.library.tag_suggestions import MOST_ASSETS
from appliance.records import helps as records
from web.schemas.assets import Asset
from web.schemas.base import Schema
from web.schemas.edits import Edit

_ABOVE = "How far above chance, in standard deviations."


class TagSuggestionQuery(Schema):
    """Tags for one picture."""

    asset: UUID = Field(description="A picture of yours.")
    limit: int = Field(10, ge=1, le=100)


class TagSuggestionBody(Schema):
    """Tags for a selection."""

    ids: list[UUID] = Field(min_length=1, max_length=MOST_ASSETS, description="Pictures of yours.")
    limit: int = Field(10, ge=1, le=100)


class TagSuggestion(Schema):
    """A tag of yours that pictures may want."""

    id: UUID
    name: str
    above_chance: float = Field(description=f"{_ABOVE} Of the picture that wants it most.")
    ids: list[UUID] = Field(description="Which of the pictures may want it, those that want it most first.")


class TagSuggestions(Schema):
    """Tags that pictures may want; none is put on them by this."""

    items: list[TagSuggestion] = Field(description="Most above chance first.")
    waiting: int = Field(description="Tags whose words are not known to the model yet: ask again for these.")

    @classmethod
    def of(cls, found: records.TagSuggestions) -> "TagSuggestions":
        """The body for these suggestions."""
        return cls(
            items=[
                TagSuggestion(
                    id=each.id,
                    name=each.name,
                    above_chance=round(each.above_chance, 3),
                    ids=list(each.assets),
                )
                for each in found.items
            ],
            waiting=found.waiting,
        )


class CandidateQuery(Schema):
    """How many pictures."""

    limit: int = Field(50, ge=1, le=500)


class Candidate(Schema):
    """A picture that may want a tag."""

    id: UUID
    asset: Asset
    above_chance: float = Field(description=_ABOVE)


class Candidates(Schema):
    """Pictures that may want a tag, most above chance first."""

    items: list[Candidate]


class Verdicts(Schema):
    """What you say of suggestions of one tag."""

    accept: list[UUID] = Field(
        default_factory=list, max_length=MAX_IDS, description="Pictures of yours that get the tag."
    )
    reject: list[UUID] = Field(
        default_factory=list, max_length=MAX_IDS, description="Those for which it is not suggested again."
    )


class Judged(Schema):
    """What became of it."""

    edit: Edit | None = Field(
        description="What put the tag on, to be undone at `/api/edits`; null for nothing."
    )
    rejected: int = Field(description="How many were not refused before.")
