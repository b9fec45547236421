"""From what people write, over HTTP or on the command line, to what the library understands."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from appliance.errors import UsageError
from appliance.library.naming import folder_path, tag_names
from appliance.library.ttl import NEVER, checked_expiry, expiry_after, parse_ttl
from appliance.records.organise import Changes, Corrected
from appliance.records.search import (
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
    RatedAtLeast,
    TakenBetween,
)
from appliance.records.uploads import IngestRequest

_EITHER_FOLDER = "Give either `folder` or `folder_id`."


def read_upload(
    owner: UUID,
    filename: str,
    *,
    folder: str | None,
    tags: Sequence[str],
    ttl: str | None,
    folder_id: str | None = None,
) -> IngestRequest:
    """How a file is to be taken in.

    Raises:
        UsageError: the folder, a tag or the time to live can't be used, or both a folder's path and an id are given.
    """
    if folder and folder_id:
        raise UsageError(_EITHER_FOLDER)
    life = parse_ttl(ttl) if ttl else None
    return IngestRequest(
        owner=owner,
        filename=filename,
        folder=folder_path(folder or ""),
        folder_id=_read_id(folder_id) if folder_id else None,
        tags=tag_names(tuple(tags)),
        expires_at=expiry_after(life),
        forever=bool(ttl) and life is None,
    )


def _read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UsageError("`folder_id` is not the id of a folder.") from error


def read_changes(given: Mapping[str, Any]) -> Changes:
    """What is to be changed: of ``ttl`` or ``expires_at``, ``folder`` or ``folder_id``, ``tags`` and the rest.

    Raises:
        UsageError: a value that can't be used, or two that say the same thing in different ways.
    """
    if "ttl" in given and "expires_at" in given:
        raise UsageError("Give either `ttl` or `expires_at`.")
    if "folder" in given and "folder_id" in given:
        raise UsageError(_EITHER_FOLDER)
    values: dict[str, Any] = {}
    for name, value in given.items():
        if value is None and name in {"tags", "description", "favourite"}:
            raise UsageError(f"`{name}` can't be null.")
        if name == "ttl":
            values["expires_at"] = expiry_after(parse_ttl(NEVER if value is None else value))
        elif name == "expires_at":
            values[name] = None if value is None else checked_expiry(value)
        elif name == "folder":
            values[name] = folder_path(value or "")
        elif name == "tags":
            values[name] = tag_names(value)
        elif name == "taken":
            values[name] = None if value is None else Corrected(value.local, value.offset_minutes)
        else:
            values[name] = value
    return Changes(**values)


def read_filter(
    *,
    folder: str | None,
    tags: Sequence[str],
    first: date | None,
    last: date | None,
    kind: str | None,
    folder_id: UUID | None = None,
    album: UUID | None = None,
    favourite: bool = False,
    rating: int | None = None,
    camera: str | None = None,
    undated: bool = False,
) -> And:
    """The filter that lets through what all of these say; a tag may be several, separated by commas.

    Raises:
        UsageError: no folder or tag can be called so.
    """
    parts: list[Filter] = []
    path = folder_path(folder) if folder else None
    if path:
        parts.append(InFolder(path))
    if folder_id:
        parts.append(InFolderId(folder_id))
    parts += [HasTag(name) for name in tag_names(tags)]
    if first or last:
        parts.append(TakenBetween(first, last))
    if kind:
        parts.append(IsKind(kind))
    if album:
        parts.append(InAlbum(album))
    if favourite:
        parts.append(IsFavourite())
    if rating:
        parts.append(RatedAtLeast(rating))
    if camera is not None:
        parts.append(HasCamera(camera))
    if undated:
        parts.append(IsUndated())
    return And(tuple(parts))
