"""What each value of a query's clauses means as a part of a filter, and how such a part is written."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

from appliance.errors import UsageError
from appliance.library.naming import folder_path, tag_name, title
from appliance.library.quantities import read_bytes
from appliance.library.query_dates import (
    DAY_WORDS,
    read_period,
    read_range,
    write_end,
    write_range,
    write_start,
)
from appliance.media.formats import MIME_TYPES
from appliance.records.filter_json import MAX_COUNT, MAX_DAYS
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
    HasCamera,
    HasTag,
    InAlbum,
    InFolder,
    InFolderId,
    IsFavourite,
    IsKind,
    IsUndated,
    Leaf,
    RatedAtLeast,
    TakenBetween,
)

#: The first sign of a camera's or a folder's name that is meant to the letter.
_EXACT_CAMERA, _EXACT_FOLDER = "=", "/"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_PIXELS = re.compile(r"(\d{1,19})(?:\.(\d{1,6}))?\s*(px|mp|mpx)", re.ASCII | re.IGNORECASE)
_WITHIN = re.compile(r"(\d{1,5})\s*([dw])", re.ASCII | re.IGNORECASE)
_DAYS = {"d": 1, "w": 7}

_IS: Mapping[str, Leaf] = {
    "expiring": IsExpiring(),
    "favorite": IsFavourite(),
    "favourite": IsFavourite(),
    "undated": IsUndated(),
    "untagged": IsUntagged(),
}
_TYPES: Mapping[str, str] = {
    "image": "image", "photo": "image", "video": "video", "heic": "image/heic", "jpg": "image/jpeg",
    "tif": "image/tiff",
} | {name.lower(): mime for name, mime in MIME_TYPES.items()}  # fmt: skip
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}", re.ASCII)


class NotUnderstood(Exception):
    """A value that says nothing: what is wrong with it, and what would have been understood."""

    def __init__(self, code: str, meant: str = "") -> None:
        super().__init__(code)
        self.code, self.meant = code, meant


def read_value(name: str, value: str, today: date) -> Leaf:
    """What ``name:value`` says; words like ``yesterday`` are counted from ``today``.

    Raises:
        NotUnderstood: nothing.
    """
    try:
        return _READERS[name](value, today)
    except UsageError as error:
        raise NotUnderstood("value.name") from error


def write_value(leaf: Leaf) -> tuple[str, str]:  # noqa: PLR0911 (one case each)
    """The name and the value by which a clause says this.

    Raises:
        ValueError: none says it.
    """
    match leaf:
        case IsUndated() | IsFavourite() | IsExpiring() | IsUntagged():
            return "is", next(word for word in ("favourite", *_IS) if _IS[word] == leaf)
        case TakenBetween() | UploadedBetween() | ExpiresBefore() | ExpiresWithin():
            return _write_time(leaf)
        case RatedAtLeast(rating=rating):
            return "rating", str(rating)
        case IsOriented(value=value):
            return "orientation", value.value
        case IsLarger(least=count, unit=unit):
            return "larger", _write_size(count, unit)
        case IsSmaller(most=count, unit=unit):
            return "smaller", _write_size(count, unit)
        case _:
            return _write_name(leaf)


def _write_name(  # noqa: PLR0911 (one case each)
    leaf: InFolder
    | InFolderId
    | InAlbum
    | HasTag
    | IsKind
    | HasCamera
    | CameraLike
    | LensLike
    | NameLike
    | FolderCalled
    | AlbumCalled
    | OwnedBy,
) -> tuple[str, str]:
    match leaf:
        case InFolder(path=path):
            return "folder", _EXACT_FOLDER + path
        case InFolderId(id=place):
            return "folder", str(place)
        case InAlbum(id=place):
            return "album", str(place)
        case IsKind(value=value):
            return "type", next((word for word, mime in _TYPES.items() if mime == value), value)
        case HasCamera(name=name):
            return "camera", _EXACT_CAMERA + name if name else ""
        case CameraLike(text=text) | LensLike(text=text) | NameLike(text=text):
            return _LIKE[type(leaf)], text
        case HasTag(name=text) | FolderCalled(name=text) | AlbumCalled(name=text) | OwnedBy(name=text):
            return _LIKE[type(leaf)], text


_LIKE: Mapping[type, str] = {
    CameraLike: "camera",
    LensLike: "lens",
    NameLike: "name",
    HasTag: "tag",
    FolderCalled: "folder",
    AlbumCalled: "album",
    OwnedBy: "owner",
}


def _write_time(leaf: TakenBetween | UploadedBetween | ExpiresBefore | ExpiresWithin) -> tuple[str, str]:
    match leaf:
        case ExpiresWithin(days=days):
            return "expires", f"{days}d"
        case ExpiresBefore(day=day):
            return "expires", write_start(day)
        case UploadedBetween(first=first, last=last):
            name = "uploaded"
        case TakenBetween(first=first, last=last):
            name = "year"
            if first is None and last is not None and last < date.max:
                return "before", write_start(last + timedelta(1))
            if last is None and first is not None and first > date.min:
                return "after", write_end(first - timedelta(1))
    if first is None and last is None:
        raise ValueError("a time without an end says nothing")
    return name, write_range(first, last)


def _write_size(count: int, unit: Unit) -> str:
    if unit is Unit.PIXELS:
        return f"{count // 10**6}MP" if count and count % 10**6 == 0 else f"{count}px"
    for size, letters in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count and count % size == 0:
            return f"{count // size}{letters}"
    return str(count)


def _nearest(value: str, words: Iterable[str], usual: str) -> str:
    return next(iter(difflib.get_close_matches(value.lower()[:40], tuple(words), 1)), usual)


def _read_is(value: str, _: date) -> Leaf:
    leaf = _IS.get(value.lower())
    if leaf is None:
        raise NotUnderstood("value.is", f"is:{_nearest(value, _IS, 'favourite')}")
    return leaf


def _read_type(value: str, _: date) -> Leaf:
    word = value.lower()
    if word not in _TYPES and not _MIME.fullmatch(word):
        raise NotUnderstood("value.type", f"type:{_nearest(value, _TYPES, 'image')}")
    return IsKind(_TYPES.get(word, word))


def _read_orientation(value: str, _: date) -> Leaf:
    try:
        return IsOriented(Orientation(value.lower()))
    except ValueError as error:
        nearest = _nearest(value, Orientation, Orientation.LANDSCAPE)
        raise NotUnderstood("value.orientation", f"orientation:{nearest}") from error


def _read_rating(value: str, _: date) -> Leaf:
    if value not in {"1", "2", "3", "4", "5"}:
        raise NotUnderstood("value.rating", "rating:3")
    return RatedAtLeast(int(value))


def _day_meant(name: str, value: str, today: date) -> str:
    return f"{name}:{_nearest(value, DAY_WORDS, (today - _A_DAY if today > date.min else today).isoformat())}"


_A_DAY = timedelta(1)


def _read_before(value: str, today: date) -> Leaf:
    period = read_period(value, today)
    if period is None or period[0] == date.min:
        raise NotUnderstood("value.date", _day_meant("before", value, today))
    return TakenBetween(None, period[0] - _A_DAY)


def _read_after(value: str, today: date) -> Leaf:
    period = read_period(value, today)
    if period is None or period[1] == date.max:
        raise NotUnderstood("value.date", _day_meant("after", value, today))
    return TakenBetween(period[1] + _A_DAY, None)


def _read_days(name: str, value: str, today: date) -> tuple[date | None, date | None]:
    first, last = read_range(value, today) or (None, None)
    if first is None and last is None:
        raise NotUnderstood("value.date", f"{name}:{today.year:04}")
    if first is not None and last is not None and first > last:
        start, _, end = value.partition("..")
        raise NotUnderstood("value.order", f"{name}:{end.strip()}..{start.strip()}")
    return first, last


def _read_expires(value: str, today: date) -> Leaf:
    found = _WITHIN.fullmatch(value)
    if found is not None:
        days = int(found[1]) * _DAYS[found[2].lower()]
        if 1 <= days <= MAX_DAYS:
            return ExpiresWithin(days)
    period = read_period(value, today)
    if period is None:
        raise NotUnderstood("value.expires", "expires:7d")
    return ExpiresBefore(period[0])


def _read_size(name: str, value: str) -> tuple[int, Unit]:
    found = _PIXELS.fullmatch(value.strip())
    if found is not None:
        factor = 1 if found[3].lower() == "px" else 10**6
        count, unit = (
            int(found[1]) * factor + int((found[2] or "").ljust(6, "0")) * factor // 10**6,
            Unit.PIXELS,
        )
    else:
        try:
            count, unit = read_bytes(value), Unit.BYTES
        except UsageError as error:
            raise NotUnderstood("value.size", f"{name}:5MB") from error
    if count > MAX_COUNT:
        raise NotUnderstood("value.size", f"{name}:12MP")
    return count, unit


def _read_folder(value: str, _: date) -> Leaf:
    if _UUID.fullmatch(value):
        return InFolderId(UUID(value))
    path = folder_path(value)
    if path is None:
        raise NotUnderstood("value.name")
    return InFolder(path) if value.lstrip().startswith(_EXACT_FOLDER) else FolderCalled(path)


def _read_camera(value: str, _: date) -> Leaf:
    if len(value) > _MAX_CAMERA:
        raise NotUnderstood("value.name")
    if not value or value.startswith(_EXACT_CAMERA):
        return HasCamera(value.removeprefix(_EXACT_CAMERA))
    return CameraLike(letters(value))


#: Characters of a camera's name.
_MAX_CAMERA = 301


def letters(text: str) -> str:
    """The clean form of what a name is looked through for.

    Raises:
        UsageError: it is empty, has a control character or is too long.
    """
    return title(text, "What a name is looked through for")


_READERS: Mapping[str, Callable[[str, date], Leaf]] = {
    "after": _read_after,
    "album": lambda value, _: InAlbum(UUID(value)) if _UUID.fullmatch(value) else AlbumCalled(letters(value)),
    "before": _read_before,
    "camera": _read_camera,
    "expires": _read_expires,
    "folder": _read_folder,
    "is": _read_is,
    "larger": lambda value, _: IsLarger(*_read_size("larger", value)),
    "lens": lambda value, _: LensLike(letters(value)),
    "name": lambda value, _: NameLike(letters(value)),
    "orientation": _read_orientation,
    "owner": lambda value, _: OwnedBy(letters(value)),
    "rating": _read_rating,
    "smaller": lambda value, _: IsSmaller(*_read_size("smaller", value)),
    "tag": lambda value, _: HasTag(tag_name(value)),
    "type": _read_type,
    "uploaded": lambda value, today: UploadedBetween(*_read_days("uploaded", value, today)),
    "year": lambda value, today: TakenBetween(*_read_days("year", value, today)),
}
