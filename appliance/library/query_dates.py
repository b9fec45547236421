"""Days, months and years as people write them in a query, and back."""

import calendar
import re
from datetime import date, timedelta

_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?", re.ASCII)
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_DAYS_AGO = {"today": 0, "heute": 0, "yesterday": 1, "gestern": 1}

#: The words that stand for a day.
DAY_WORDS = tuple(_DAYS_AGO)

Period = tuple[date | None, date | None]


def read_period(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day of ``2024``, ``2024-05``, ``2024-05-31``, ``31.5.2024`` or ``yesterday``.

    None: the text is nothing of the kind.
    """
    ago = _DAYS_AGO.get(text.strip().lower())
    if ago is not None:
        return (day := today - timedelta(ago)), day
    if found := _GERMAN.fullmatch(text.strip()):
        parts = (int(found[3]), int(found[2]), int(found[1]))
    elif found := _DATE.fullmatch(text.strip()):
        parts = (int(found[1]), int(found[2] or 0), int(found[3] or 0))
        if any(part is not None and int(part) == 0 for part in found.groups()):
            return None
    else:
        return None
    return _period(*parts)


def read_range(text: str, today: date) -> Period | None:
    """The days of one period, or from the first to the last of two, ``2019..2021``; one of them may be left out."""
    start, dots, end = text.partition("..")
    if not dots:
        return read_period(text, today)
    first = read_period(start, today) if start.strip() else None
    last = read_period(end, today) if end.strip() else None
    if (
        (first is None and start.strip())
        or (last is None and end.strip())
        or (first is None and last is None)
    ):
        return None
    return first and first[0], last and last[1]


def write_range(first: date | None, last: date | None) -> str:
    """What :func:`read_range` reads as these days, as short as can be; one of them at least is given."""
    if first is not None and last is not None:
        for text in (_year(first), _month(first), first.isoformat()):
            if read_period(text, first) == (first, last):
                return text
    return f"{write_start(first) if first else ''}..{write_end(last) if last else ''}"


def write_start(day: date) -> str:
    """The longest period that begins with this day."""
    if day.day > 1:
        return day.isoformat()
    return _month(day) if day.month > 1 else _year(day)


def write_end(day: date) -> str:
    """The longest period that ends with this day."""
    if day.day < calendar.monthrange(day.year, day.month)[1]:
        return day.isoformat()
    return _month(day) if day.month < 12 else _year(day)


def _year(day: date) -> str:
    return f"{day.year:04}"


def _month(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def _period(year: int, month: int, day: int) -> tuple[date, date] | None:
    try:
        if day:
            return (only := date(year, month, day)), only
        if month:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, 1, 1), date(year, 12, 31)
    except (ValueError, calendar.IllegalMonthError):
        return None
