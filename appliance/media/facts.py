"""Facts as JSON and back. What comes back is checked: it may come from a child that hostile bytes took over."""

import base64
import binascii
import math
from datetime import datetime
from typing import Any

from appliance.media.exif import MAX_TEXT
from appliance.media.formats import MIME_TYPES
from appliance.records.assets import Facts, Kind, Taken

_MIME_TYPES = frozenset(MIME_TYPES.values()) | {"image/heic"}
_SOURCES = frozenset({"exif"})


def facts_to_json(facts: Facts) -> dict[str, Any]:
    """Plain values that ``facts_from_json`` understands."""
    taken = facts.taken
    return {
        "mime": facts.mime,
        "kind": facts.kind.value,
        "width": facts.width,
        "height": facts.height,
        "taken": taken and [taken.local.isoformat(), taken.offset_minutes, taken.source],
        "camera": facts.camera,
        "lens": facts.lens,
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "thumbhash": base64.b64encode(facts.thumbhash).decode("ascii"),
        "mean_color": facts.mean_color,
    }


def facts_from_json(values: dict[str, Any]) -> Facts:
    """The facts that ``facts_to_json`` was given.

    Raises:
        ValueError: these are not facts of a picture.
    """
    try:
        return Facts(
            mime=_one_of(values["mime"], _MIME_TYPES),
            kind=Kind(values["kind"]),
            width=_whole(values["width"], 1, 2**31 - 1),
            height=_whole(values["height"], 1, 2**31 - 1),
            taken=_taken(values["taken"]),
            camera=_text(values["camera"]),
            lens=_text(values["lens"]),
            latitude=_degrees(values["latitude"], 90),
            longitude=_degrees(values["longitude"], 180),
            thumbhash=_thumbhash(values["thumbhash"]),
            mean_color=_whole(values["mean_color"], 0, 0xFFFFFF),
        )
    except (KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise ValueError(f"not facts: {error!r}") from error


def _one_of(value: Any, allowed: frozenset[str]) -> str:
    if value not in allowed:
        raise ValueError("a type that is not read here")
    return str(value)


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("a number out of range")
    return value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= MAX_TEXT:
        raise ValueError("a text that was not cleaned")
    return value


def _degrees(value: Any, limit: int) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > limit:
        raise ValueError("a place that is not on Earth")
    return float(value)


def _taken(value: Any) -> Taken | None:
    if value is None:
        return None
    local, offset, source = value
    moment = datetime.fromisoformat(local)
    if moment.tzinfo is not None:
        raise ValueError("a local time with a zone")
    return Taken(moment, None if offset is None else _whole(offset, -720, 840), _one_of(source, _SOURCES))


def _thumbhash(value: Any) -> bytes:
    data = base64.b64decode(value, validate=True)
    if not 5 <= len(data) <= 25:
        raise ValueError("not a ThumbHash")
    return data
