"""Bodies of tags."""

from uuid import UUID

from pydantic import Field

from appliance.records.tags import TagSummary
from web.schemas.base import Schema

_COLOR = r"^#[0-9a-fA-F]{6}$"


class Tag(Schema):
    """A word on pictures that one sees, or a word of one's own; ``animal/dog`` lies below ``animal``."""

    id: UUID | None = Field(description="Null: only others have this word.")
    name: str
    color: str | None = Field(description="`#rrggbb`, as you chose it.")
    count: int = Field(description="Assets that carry it.")
    count_below: int = Field(
        description="Assets that carry it or a word below it: what it finds as a filter."
    )
    mine: bool = Field(description="Whether it is a word of yours: only then you may change it.")

    @classmethod
    def of(cls, tag: TagSummary) -> "Tag":
        """The body for this tag."""
        return cls(
            id=tag.id,
            name=tag.name,
            color=None if tag.color is None else f"#{tag.color:06x}",
            count=tag.assets,
            count_below=tag.below,
            mine=tag.mine,
        )


class NewTag(Schema):
    """A tag to make."""

    name: str = Field(max_length=1000, description="Words joined by `/`, the broadest first.")
    color: str | None = Field(None, pattern=_COLOR, description="`#rrggbb`.")


class TagPatch(Schema):
    """Changes of a tag; what is left out stays, and what is below it goes with it."""

    name: str | None = Field(
        None, max_length=1000, description="The whole name, with what it is to lie below."
    )
    color: str | None = Field(None, pattern=_COLOR, description="`#rrggbb`; null: none.")
    merge: bool = Field(False, description="Whether to make one tag of both where the name is taken.")


class TagMerge(Schema):
    """Where a tag is to go."""

    into: UUID = Field(description="Another tag of yours, which stays.")


def color_of(text: str | None) -> int | None:
    """0xRRGGBB of ``#rrggbb``."""
    return None if text is None else int(text[1:], 16)
