"""Filters as JSON, to be kept: each node is an object with one key, which says what it is.

``{"all": [{"tag": "sea"}, {"taken": {"first": "2026-01-01", "last": null}}]}``. What is read is known to the last
field, or refused: a filter of which a part was overlooked would let more through.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from appliance.records.leaves import (
    AlbumCalled,
    CameraLike,
    ExpiresBefore,
    ExpiresWithin,
    FolderCalled,
    IsExpiring,
    IsLarger,
    IsOriented,
    IsSmaller,
    IsUntagged,
    LensLike,
    NameLike,
    Orientation,
    OwnedBy,
    Unit,
    UploadedBetween,
)
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

#: PostgreSQL's largest bigint.
MAX_COUNT = 2**63 - 1
#: A hundred years.
MAX_DAYS = 36_525

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


def _leaf_to_json(leaf: Leaf) -> Json:  # noqa: PLR0911, C901 (one case each)
    match leaf:
        case TakenBetween(first=first, last=last):
            return {"taken": _days(first, last)}
        case UploadedBetween(first=first, last=last):
            return {"uploaded": _days(first, last)}
        case InFolderId(id=place):
            return {"folder_id": str(place)}
        case InAlbum(id=place):
            return {"album": str(place)}
        case RatedAtLeast(rating=rating):
            return {"rating": rating}
        case IsOriented(value=value):
            return {"orientation": value.value}
        case IsLarger(least=count, unit=unit):
            return {"larger": {unit.value: count}}
        case IsSmaller(most=count, unit=unit):
            return {"smaller": {unit.value: count}}
        case ExpiresBefore(day=day):
            return {"expires_before": day.isoformat()}
        case ExpiresWithin(days=days):
            return {"expires_within": days}
        case IsUndated() | IsFavourite() | IsExpiring() | IsUntagged():
            return {_SAID[type(leaf)]: True}
        case _:
            return _text_to_json(leaf)


def _text_to_json(
    leaf: InFolder
    | HasTag
    | IsKind
    | HasCamera
    | CameraLike
    | LensLike
    | NameLike
    | FolderCalled
    | AlbumCalled
    | OwnedBy,
) -> Json:
    match leaf:
        case InFolder(path=text):
            return {"folder": text}
        case IsKind(value=text):
            return {"kind": text}
        case CameraLike(text=text) | LensLike(text=text) | NameLike(text=text):
            return {_SAID[type(leaf)]: text}
        case HasTag(name=text) | HasCamera(name=text):
            return {_SAID[type(leaf)]: text}
        case FolderCalled(name=text) | AlbumCalled(name=text) | OwnedBy(name=text):
            return {_SAID[type(leaf)]: text}


def _days(first: date | None, last: date | None) -> Json:
    return {"first": first and first.isoformat(), "last": last and last.isoformat()}


#: The key of leaves that have a text in it, or nothing.
_SAID: Mapping[type, str] = {
    HasTag: "tag",
    HasCamera: "camera",
    CameraLike: "camera_like",
    LensLike: "lens_like",
    NameLike: "name_like",
    FolderCalled: "folder_called",
    AlbumCalled: "album_called",
    OwnedBy: "owner",
    IsUndated: "undated",
    IsFavourite: "favourite",
    IsExpiring: "expiring",
    IsUntagged: "untagged",
}


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


def _true(leaf: Filter) -> Callable[[object], Filter]:
    def read(value: object) -> Filter:
        if value is not True:
            raise ValueError("true was expected")
        return leaf

    return read


def _count(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("a count was expected")
    return value


def _size(value: object) -> tuple[int, Unit]:
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("a size has one unit")
    [(unit, count)] = value.items()
    return _count(count, MAX_COUNT), Unit(unit)


def _within(value: object) -> Filter:
    if _count(value, MAX_DAYS) == 0:
        raise ValueError("at least one day was expected")
    return ExpiresWithin(_count(value, MAX_DAYS))


def _rating(value: object) -> Filter:
    if type(value) is not int or not 1 <= value <= 5:
        raise ValueError("a rating is 1 to 5")
    return RatedAtLeast(value)


def _between(value: object) -> tuple[date | None, date | None]:
    if not isinstance(value, dict) or value.keys() != {"first", "last"}:
        raise ValueError("a time has first and last")
    first, last = value["first"], value["last"]
    return None if first is None else _day(first), None if last is None else _day(last)


def _day(value: object) -> date:
    return date.fromisoformat(_text(value))


_LEAVES: Mapping[str, Callable[[object], Filter]] = {
    "folder": lambda value: InFolder(_text(value)),
    "folder_id": lambda value: InFolderId(_id(value)),
    "folder_called": lambda value: FolderCalled(_text(value)),
    "album": lambda value: InAlbum(_id(value)),
    "album_called": lambda value: AlbumCalled(_text(value)),
    "tag": lambda value: HasTag(_text(value)),
    "taken": lambda value: TakenBetween(*_between(value)),
    "uploaded": lambda value: UploadedBetween(*_between(value)),
    "kind": lambda value: IsKind(_text(value)),
    "camera": lambda value: HasCamera(_text(value)),
    "camera_like": lambda value: CameraLike(_text(value)),
    "lens_like": lambda value: LensLike(_text(value)),
    "name_like": lambda value: NameLike(_text(value)),
    "owner": lambda value: OwnedBy(_text(value)),
    "orientation": lambda value: IsOriented(Orientation(_text(value))),
    "larger": lambda value: IsLarger(*_size(value)),
    "smaller": lambda value: IsSmaller(*_size(value)),
    "expires_before": lambda value: ExpiresBefore(_day(value)),
    "expires_within": _within,
    "undated": _true(IsUndated()),
    "favourite": _true(IsFavourite()),
    "expiring": _true(IsExpiring()),
    "untagged": _true(IsUntagged()),
    "rating": _rating,
}
