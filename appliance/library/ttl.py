"""Reads how long something is to live, as people write it."""

import re
from datetime import datetime, timedelta

from appliance import clock
from appliance.errors import UsageError

#: What ``never`` is in a TTL field.
NEVER = "never"

SHORTEST = timedelta(minutes=1)
#: A hundred years; further off is a slip, and soon beyond what a date can say.
LONGEST = timedelta(days=36525)

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PATTERN = re.compile(r"(?:(\d{1,12})w)?(?:(\d{1,12})d)?(?:(\d{1,12})h)?(?:(\d{1,12})m)?(?:(\d{1,12})s?)?")

_HELP = "A time to live looks like 30m, 12h, 7d, 2w, 1d12h, a number of seconds, or `never`"


def parse_ttl(text: str | int) -> timedelta | None:
    """How long to live, or None for ever. ``m`` is minutes; a bare number is seconds.

    Raises:
        UsageError: not readable, less than a minute, or more than 100 years.
    """
    written = str(text).strip().lower()
    if written == NEVER:
        return None
    matched = _PATTERN.fullmatch(written)
    if matched is None or not any(matched.groups()):
        raise UsageError(f"{_HELP}; not {written[:40]!r}.")
    seconds = sum(
        int(part or 0) * size for part, size in zip(matched.groups(), _SECONDS.values(), strict=True)
    )
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        raise UsageError("A time to live is at least 1 minute and at most 100 years.")
    return timedelta(seconds=seconds)


def expiry_after(ttl: timedelta | None) -> datetime | None:
    """The moment at which something that lives so long from now on expires."""
    return None if ttl is None else clock.now() + ttl


def checked_expiry(at: datetime) -> datetime:
    """The same moment, if an asset may expire then.

    Raises:
        UsageError: without a zone, less than a minute away or past, or more than 100 years away.
    """
    if at.tzinfo is None:
        raise UsageError("A moment of expiry needs its zone, for example 2027-01-31T12:00:00Z.")
    if not SHORTEST <= at - clock.now() <= LONGEST:
        raise UsageError("An expiry is at least 1 minute and at most 100 years away.")
    return at
