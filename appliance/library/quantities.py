"""Quantities as people read and write them."""

import re
from decimal import Decimal

from appliance.errors import UsageError

#: Bytes of a unit. A letter alone counts as disks' makers don't: by 1,024.
_UNITS = {"": 1, "b": 1} | {
    letter + ending: base**power
    for power, letter in enumerate("kmgtp", start=1)
    for ending, base in (("", 1024), ("ib", 1024), ("b", 1000))
}


def bytes_text(count: int) -> str:
    """A size as people read it: ``3.2 MB``."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def duration_text(seconds: float) -> str:
    """A time span as people read it: ``3 minutes``, ``2 days``."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(round(seconds / size), unit)
    return counted(max(0, round(seconds)), "second")


def counted(count: int, unit: str) -> str:
    """So many of a unit whose plural ends in s: ``1 picture``, ``2 pictures``."""
    return f"{count} {unit}{'' if count == 1 else 's'}"


def read_bytes(text: str) -> int:
    """Bytes, from what people write: ``1073741824``, ``50 GiB``, ``50G`` (the same), ``50 GB`` (of 1,000 each).

    Raises:
        UsageError: it is no quantity, or larger than anything.
    """
    found = re.fullmatch(r"\s*(\d{1,20}(?:\.\d{1,20})?)\s*([a-zA-Z]{0,3})\s*", text, re.ASCII)
    unit = _UNITS.get(found[2].lower()) if found else None
    size = int(Decimal(found[1]) * unit) if found and unit else -1
    if not 0 <= size < 2**63:
        raise UsageError(f"{text[:50]!r} is no quantity of bytes; write 50 GiB, for example.")
    return size
