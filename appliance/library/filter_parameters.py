"""Filters as named parameters, one for each thing that can be said; what they can't say, a query can."""

from collections.abc import Callable, Mapping
from typing import Any

from appliance.errors import UsageError
from appliance.library.naming import folder_path, tag_names
from appliance.library.query_values import letters
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
    OwnedBy,
    Unit,
    UploadedBetween,
)
from appliance.records.search import (
    Filter,
    HasCamera,
    HasTag,
    InAlbum,
    InFolder,
    InFolderId,
    IsFavourite,
    IsKind,
    IsUndated,
    Not,
    Or,
    RatedAtLeast,
    TakenBetween,
)


def further_filters(given: Mapping[str, Any]) -> tuple[Filter, ...]:
    """What the parameters say that :func:`~appliance.library.wishes.read_filter` does not take; others are left.

    Raises:
        UsageError: nothing can be called so.
    """
    said = {name: value for name, value in given.items() if value is not None and value is not False}
    parts = [read(said[name]) for name, read in _FURTHER.items() if name in said]
    if said.keys() & {"uploaded_from", "uploaded_to"}:
        parts.append(UploadedBetween(said.get("uploaded_from"), said.get("uploaded_to")))
    return tuple(parts)


def as_parameters(part: Filter) -> dict[str, Any]:  # noqa: PLR0911 (one case each)
    """The parameters that say this part of a filter; empty where none do."""
    match part:
        case TakenBetween(first=first, last=last):
            return {"from": first, "to": last}
        case UploadedBetween(first=first, last=last):
            return {"uploaded_from": first, "uploaded_to": last}
        case Or(of=parts):
            return _tags("any_tag", parts)
        case Not(of=Or(of=parts)):
            return _tags("no_tag", parts)
        case Not(of=only):
            return _tags("no_tag", (only,))
        case IsLarger(least=count, unit=unit):
            return {f"min_{unit}": count}
        case IsSmaller(most=count, unit=unit):
            return {f"max_{unit}": count}
        case _ if type(part) in _SAID:
            name, field = _SAID[type(part)]
            return {name: getattr(part, field) if field else True}
        case _:
            return {}


def _tags(name: str, parts: tuple[Filter, ...]) -> dict[str, Any]:
    tags = [part.name for part in parts if isinstance(part, HasTag)]
    return {name: ",".join(tags)} if tags and len(tags) == len(parts) else {}


def _any_tag(text: str) -> Filter:
    names = tag_names([text])
    if not names:
        raise UsageError("There is no tag to look for.")
    return HasTag(names[0]) if len(names) == 1 else Or(tuple(HasTag(name) for name in names))


def _folder(text: str) -> Filter:
    path = folder_path(text)
    if path is None:
        raise UsageError("A folder has a name.")
    return FolderCalled(path)


_FURTHER: Mapping[str, Callable[[Any], Filter]] = {
    "folder_called": _folder,
    "album_called": lambda text: AlbumCalled(letters(text)),
    "any_tag": _any_tag,
    "no_tag": lambda text: Not(_any_tag(text)),
    "untagged": lambda _: IsUntagged(),
    "camera_like": lambda text: CameraLike(letters(text)),
    "lens_like": lambda text: LensLike(letters(text)),
    "name_like": lambda text: NameLike(letters(text)),
    "owner": lambda text: OwnedBy(letters(text)),
    "orientation": IsOriented,
    "min_bytes": IsLarger,
    "max_bytes": IsSmaller,
    "min_pixels": lambda count: IsLarger(count, Unit.PIXELS),
    "max_pixels": lambda count: IsSmaller(count, Unit.PIXELS),
    "expiring": lambda _: IsExpiring(),
    "expires_before": ExpiresBefore,
    "expires_within": ExpiresWithin,
}

#: The parameter that says a leaf, and the leaf's field that has its value; none: it is true.
_SAID: Mapping[type, tuple[str, str]] = {
    InFolder: ("folder", "path"),
    InFolderId: ("folder_id", "id"),
    InAlbum: ("album", "id"),
    HasTag: ("tag", "name"),
    IsUndated: ("undated", ""),
    IsKind: ("type", "value"),
    HasCamera: ("camera", "name"),
    IsFavourite: ("favourite", ""),
    RatedAtLeast: ("rating", "rating"),
    FolderCalled: ("folder_called", "name"),
    AlbumCalled: ("album_called", "name"),
    IsUntagged: ("untagged", ""),
    CameraLike: ("camera_like", "text"),
    LensLike: ("lens_like", "text"),
    NameLike: ("name_like", "text"),
    OwnedBy: ("owner", "name"),
    IsOriented: ("orientation", "value"),
    IsExpiring: ("expiring", ""),
    ExpiresBefore: ("expires_before", "day"),
    ExpiresWithin: ("expires_within", "days"),
}
