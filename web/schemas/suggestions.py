"""Bodies and query parameters of suggestions while typing."""

from pydantic import Field

from appliance.records import helps as records
from web.schemas.base import Schema
from web.schemas.narrowing import MAX_QUERY


class SuggestionQuery(Schema):
    """What is being written, and where the cursor is."""

    q: str = Field("", max_length=MAX_QUERY, description="What the search box has in it.")
    at: int | None = Field(
        None, ge=0, le=MAX_QUERY, description="Characters before the cursor; left out: it is at the end."
    )
    limit: int = Field(10, ge=1, le=50)


class Suggestion(Schema):
    """How what is being written may go on: `text` in place of the characters from `start` to `end`."""

    kind: records.SuggestionKind = Field(description="`filter` is a filter's name, or a value of one.")
    start: int = Field(description="Characters before what it replaces.")
    end: int = Field(description="Characters before what stays behind it.")
    text: str
    label: str = Field(description="What to show: the name, without signs of the syntax.")
    count: int | None = Field(description="How many pictures it finds by itself; null: not counted.")

    @classmethod
    def of(cls, suggestion: records.Suggestion) -> "Suggestion":
        """The body for this suggestion."""
        return cls(
            kind=suggestion.kind,
            start=suggestion.start,
            end=suggestion.end,
            text=suggestion.text,
            label=suggestion.label,
            count=suggestion.assets,
        )


class Suggestions(Schema):
    """Suggestions for one place of one text."""

    items: list[Suggestion] = Field(description="Best first.")
    complete: bool = Field(
        description="False where what you see is still being counted: counts, and others' names, come in a moment."
    )
