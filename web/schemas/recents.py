"""Bodies and query parameters of recent searches."""

from datetime import datetime

from pydantic import Field

from appliance.library.recent_searches import MAX_TEXT
from web.schemas.base import Schema


class RecentSearch(Schema):
    """What you looked for."""

    text: str = Field(description="As you wrote it.")
    used_at: datetime


class RecentSearches(Schema):
    """What you looked for lately."""

    keeps: bool = Field(description="Whether what you look for is remembered.")
    items: list[RecentSearch] = Field(description="The latest first; at most 50.")


class RecentSwitch(Schema):
    """Whether to remember what you look for."""

    keeps: bool


class ForgetQuery(Schema):
    """Which of them to forget."""

    text: str | None = Field(None, max_length=MAX_TEXT, description="This one; left out: all of them.")
