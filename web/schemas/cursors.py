"""The keys of pages as clients carry them: to be given back, not to be understood."""

import math
import re
from datetime import UTC, datetime
from uuid import UUID

from appliance.errors import UsageError
from appliance.records.albums import AlbumKey
from appliance.records.organise import ListKey
from appliance.records.search import PageKey

#: Two numbers that PostgreSQL takes for big integers, as Python would read many more.
_ALBUM_CURSOR = re.compile(r"(-?[0-9]{1,18})~([0-9]{1,18})")


def list_cursor(key: ListKey | None) -> str | None:
    """The text of a place in a list by time."""
    return None if key is None else f"{key.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{key.id.hex}"


def read_list_cursor(text: str | None) -> ListKey | None:
    """The place that a text names.

    Raises:
        UsageError: this server did not write it.
    """
    if text is None:
        return None
    at, _, asset = text.partition("-")
    try:
        return ListKey(datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), UUID(hex=asset))
    except ValueError as error:
        raise _not_ours() from error


def album_cursor(key: AlbumKey | None) -> str | None:
    """The text of a place in an album."""
    return None if key is None else f"{key.position}~{key.row}"


def read_album_cursor(text: str | None) -> AlbumKey | None:
    """The place that a text names.

    Raises:
        UsageError: this server did not write it.
    """
    if text is None:
        return None
    found = _ALBUM_CURSOR.fullmatch(text)
    if found is None:
        raise _not_ours()
    return AlbumKey(position=int(found[1]), row=int(found[2]))


def search_cursor(key: PageKey | None) -> str | None:
    """The text of a place in a ranking; the distance to its last bit, so that no row is met twice."""
    return None if key is None else f"{key.distance.hex()}~{key.id.hex}~{key.model_id}"


def read_search_cursor(text: str | None) -> PageKey | None:
    """The place that a text names.

    Raises:
        UsageError: this server did not write it.
    """
    if text is None:
        return None
    try:
        distance, asset, model = text.split("~")
        key = PageKey(float.fromhex(distance), UUID(hex=asset), int(model))
    except (ValueError, OverflowError) as error:
        raise _not_ours() from error
    if not math.isfinite(key.distance) or not 0 < key.model_id < 2**31:
        raise _not_ours()
    return key


def _not_ours() -> UsageError:
    return UsageError("`after` is not a `next` that this server gave.")
