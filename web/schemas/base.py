"""What all request and response bodies have in common."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, NaiveDatetime, WithJsonSchema

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _read_day(value: object) -> object:
    """The date of a text like 2026-01-31, and nothing else: pydantic takes ``0`` for a day in 1970."""
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("A day looks like 2026-01-31.")
    return date.fromisoformat(value)


#: A day of the calendar, as RFC 3339 writes it.
Day = Annotated[date, BeforeValidator(_read_day)]

_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?")


def _read_local(value: object) -> object:
    """The time of a text like 2026-01-31T12:00:00, and nothing else: pydantic takes ``0`` for one in 1970."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _LOCAL.fullmatch(value):
        raise ValueError("A local time looks like 2026-01-31T12:00:00, without a zone.")
    return datetime.fromisoformat(value)


#: A wall-clock time. Without a zone it is no date-time of RFC 3339; the name is from OpenAPI's registry of formats.
LocalTime = Annotated[
    NaiveDatetime,
    BeforeValidator(_read_local),
    WithJsonSchema({"type": "string", "format": "date-time-local"}),
]


class Schema(BaseModel):
    """A body or a set of query parameters: unknown names are refused, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)
