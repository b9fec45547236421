"""Filters as JSON, to be kept: each node is an object with one key, which says what it is.

``{"all": [{"tag": "sea"}, {"taken": {"first": "2026-01-01", "last": null}}]}``. What is read is known to the last
field, or refused: a filter of which a part was overlooked would let more through.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from appliance.records.search import (
    MAX_DEPTH,
    And,
    Filter,
    HasCamera,
    HasTag,
    InAlbum,
    InFolder,
    InFolderId,
    IsFavourite,
    IsKind,
    IsUndated,
    Leaf,
    Not,
    Or,
    RatedAtLeast,
    TakenBetween,
)

#: More nodes than this no filter has.
MAX_NODES = 200

Json = Mapping[str, Any]


def to_json(where: Filter) -> Json:
    """The filter as what ``json.dumps`` takes."""
    match where:
        case And(of=parts):
            return {"all": [to_json(part) for part in parts]}
        case Or(of=parts):
            return {"any": [to_json(part) for part in parts]}
        case Not(of=part):
            return {"not": to_json(part)}
        case _:
            return _leaf_to_json(where)


def from_json(value: object) -> Filter:
    """The filter of what ``json.loads`` gave.

    Raises:
        ValueError: it is not one, or has something in it that this release does not know.
    """
    return _Reader().read(value, depth=0)


def _leaf_to_json(leaf: Leaf) -> Json:
    value: object
    match leaf:
        case InFolder():
            key, value = "folder", leaf.path
        case InFolderId():
            key, value = "folder_id", str(leaf.id)
        case InAlbum():
            key, value = "album", str(leaf.id)
        case HasTag():
            key, value = "tag", leaf.name
        case IsKind():
            key, value = "kind", leaf.value
        case HasCamera():
            key, value = "camera", leaf.name
        case _:
            key, value = _said_to_json(leaf)
    return {key: value}


def _said_to_json(leaf: TakenBetween | IsUndated | IsFavourite | RatedAtLeast) -> tuple[str, object]:
    match leaf:
        case TakenBetween(first=first, last=last):
            return "taken", {"first": first and first.isoformat(), "last": last and last.isoformat()}
        case IsUndated():
            return "undated", True
        case IsFavourite():
            return "favourite", True
        case RatedAtLeast(rating=rating):
            return "rating", rating


class _Reader:
    """Reads one filter and counts what it is made of."""

    def __init__(self) -> None:
        self._nodes = 0

    def read(self, value: object, *, depth: int) -> Filter:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise ValueError("the filter is nested too deeply or has too many parts")
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError("a part of a filter is an object with one key")
        [(key, given)] = value.items()
        if key == "not":
            return Not(self.read(given, depth=depth + 1))
        if key in {"all", "any"}:
            if not isinstance(given, list):
                raise ValueError(f"{key} has a list")
            parts = tuple(self.read(part, depth=depth + 1) for part in given)
            return And(parts) if key == "all" else Or(parts)
        if key not in _LEAVES:
            raise ValueError(f"{str(key)[:50]!r} is no filter")
        return _LEAVES[key](given)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 5000 or "\x00" in value:
        raise ValueError("a text was expected")
    return value


def _id(value: object) -> UUID:
    return UUID(_text(value))


def _true(value: object) -> None:
    if value is not True:
        raise ValueError("true was expected")


def _undated(value: object) -> Filter:
    _true(value)
    return IsUndated()


def _favourite(value: object) -> Filter:
    _true(value)
    return IsFavourite()


def _rating(value: object) -> Filter:
    if type(value) is not int or not 1 <= value <= 5:
        raise ValueError("a rating is 1 to 5")
    return RatedAtLeast(value)


def _taken(value: object) -> Filter:
    if not isinstance(value, dict) or value.keys() != {"first", "last"}:
        raise ValueError("taken has first and last")
    return TakenBetween(_day(value["first"]), _day(value["last"]))


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(_text(value))


_LEAVES: Mapping[str, Callable[[object], Filter]] = {
    "folder": lambda value: InFolder(_text(value)),
    "folder_id": lambda value: InFolderId(_id(value)),
    "album": lambda value: InAlbum(_id(value)),
    "tag": lambda value: HasTag(_text(value)),
    "taken": _taken,
    "kind": lambda value: IsKind(_text(value)),
    "camera": lambda value: HasCamera(_text(value)),
    "undated": _undated,
    "favourite": _favourite,
    "rating": _rating,
}
