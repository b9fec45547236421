"""Bodies of selections that are fetched as archives."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from web.schemas.base import Schema
from web.schemas.narrowing import Narrowing


class DownloadBody(Schema):
    """What is to be in the archive: assets by their ids, or all that meets a filter."""

    ids: list[UUID] | None = Field(None, min_length=1, max_length=20_000)
    filter: Narrowing | None = None
    name: str = Field(
        "photos",
        min_length=1,
        max_length=100,
        pattern=r"^[^/\\\x00-\x1f\x7f]+$",
        description="What the archive is called, without `.zip`.",
    )


class Download(Schema):
    """A selection that may be fetched until it expires."""

    id: UUID
    url: str = Field(description="Where to fetch it, as often as you like.")
    files: int
    bytes: int = Field(description="Of the originals; the archive is a little larger.")
    expires_at: datetime
