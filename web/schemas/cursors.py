"""The keys of pages as clients carry them: to be given back, not to be understood."""

import math
import re
import struct
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from appliance.errors import UsageError
from appliance.records.albums import AlbumKey
from appliance.records.organise import ListKey
from appliance.records.search import PageKey, Place, TimePlace

#: The longest that a place in an answer is: with a hundred of what is called by the words.
MAX_CURSOR = 4000

#: Two numbers that PostgreSQL takes for big integers, as Python would read many more.
_ALBUM_CURSOR = re.compile(r"(-?[0-9]{1,18})~([0-9]{1,18})")
#: How a place in an answer begins, by the order that it is in.
_BY_TIME, _BY_LOOKS = "t", "d"
#: Model, rank, key, threshold, whether it is beyond the cut, and how many are due and shown.
_HEAD = struct.Struct("<II?d16s?d?BB")
_DUE = struct.Struct("<16sI")
#: Where a page behind this place begins has to be written as well.
_MOST_ROWS = 2**31


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


def search_cursor(place: Place | TimePlace | None) -> str | None:
    """The text of a place in an answer; distances to their last bit, so that no row is met twice."""
    if place is None:
        return None
    if isinstance(place, TimePlace):
        return f"{_BY_TIME}{place.rank}~{list_cursor(place.key)}"
    return _BY_LOOKS + urlsafe_b64encode(_packed(place)).decode("ascii").rstrip("=")


def read_search_cursor(text: str | None) -> Place | TimePlace | None:
    """The place that a text names.

    Raises:
        UsageError: this server did not write it.
    """
    if text is None:
        return None
    if text.startswith(_BY_TIME):
        rank, _, at = text.removeprefix(_BY_TIME).partition("~")
        key = read_list_cursor(at)
        if rank not in {"0", "1", "2", "3"} or key is None:
            raise _not_ours()
        return TimePlace(key, int(rank))
    if not text.startswith(_BY_LOOKS):
        raise _not_ours()
    try:
        packed = text.removeprefix(_BY_LOOKS).encode("ascii")
        return _unpacked(b64decode(packed + b"=" * (-len(packed) % 4), altchars=b"-_", validate=True))
    except (ValueError, struct.error) as error:
        raise _not_ours() from error


def _packed(place: Place) -> bytes:
    key = place.key
    return b"".join(
        (
            _HEAD.pack(
                place.model_id,
                place.rank,
                key is not None,
                key.distance if key else 0.0,
                key.id.bytes if key else bytes(16),
                place.threshold is not None,
                place.threshold or 0.0,
                place.beyond,
                len(place.due),
                len(place.shown),
            ),
            *(_DUE.pack(asset.bytes, row) for asset, row in place.due),
            *(asset.bytes for asset in place.shown),
        )
    )


def _unpacked(packed: bytes) -> Place:
    model, rank, has_key, distance, asset, has_threshold, threshold, beyond, due, shown = _HEAD.unpack_from(
        packed
    )
    at = _HEAD.size
    behind = at + due * _DUE.size
    if len(packed) != behind + shown * 16 or not (math.isfinite(distance) and math.isfinite(threshold)):
        raise ValueError("cut short, or no number")
    if not 0 < model < 2**31 or rank >= _MOST_ROWS:
        raise ValueError("no model, or further than any library goes")
    return Place(
        model_id=model,
        key=PageKey(distance, UUID(bytes=asset), model) if has_key else None,
        rank=rank,
        due=tuple((UUID(bytes=each), row) for each, row in _DUE.iter_unpack(packed[at:behind])),
        shown=tuple(UUID(bytes=packed[place : place + 16]) for place in range(behind, len(packed), 16)),
        threshold=threshold if has_threshold else None,
        beyond=beyond,
    )


def _not_ours() -> UsageError:
    return UsageError("`after` is not a `next` that this server gave.")
