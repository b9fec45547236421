"""Bodies of what kept searches find that is new."""

from uuid import UUID

from pydantic import Field

from web.schemas.base import Schema


class News(Schema):
    """How much of what a kept search finds has come since you last looked."""

    id: UUID = Field(description="Of the kept search.")
    new: int
    at_least: bool = Field(description="Whether there may be more: counting ends at 100.")
