"""Reads what a camera wrote into a picture. Anything broken, absurd or hostile counts as absent.

Tags are those of Exif 3.0 (CIPA DC-008).
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from PIL import Image

from appliance.clock import now
from appliance.records.assets import Taken

#: Longest camera or lens name that is kept, characters.
MAX_TEXT = 120

#: The oldest photograph that is still there was taken then.
FIRST_YEAR = 1826

_ORIENTATION, _MAKE, _MODEL = 0x0112, 0x010F, 0x0110
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_LENS_MODEL = 0xA434

#: Where a time may stand, best first: its tag, that of its fraction of a second, that of its offset from UTC.
_TIMES = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012), (0x0132, 0x9290, 0x9010))

_TIME = re.compile(r"(\d{4})[:/-](\d{2})[:/-](\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")

Tags = Mapping[int, object]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CameraNotes:
    """What the camera wrote."""

    #: 1 to 8, how the stored rows and columns are to be turned.
    orientation: int = 1
    taken: Taken | None = None
    camera: str | None = None
    lens: str | None = None
    #: Degrees; both or neither.
    latitude: float | None = None
    longitude: float | None = None


def read_notes(picture: Image.Image) -> CameraNotes:
    """The notes in ``picture``, which need not be loaded yet. Raises nothing because of what the file holds."""
    exif = _quietly(picture.getexif)
    if exif is None:
        return CameraNotes()
    main: Tags = exif
    detail: Tags = _quietly(lambda: exif.get_ifd(_EXIF_IFD)) or {}
    gps: Tags = _quietly(lambda: exif.get_ifd(_GPS_IFD)) or {}
    orientation = _get(main, _ORIENTATION)
    latitude, longitude = _quietly(lambda: _position(gps)) or (None, None)
    return CameraNotes(
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        taken=_quietly(lambda: _taken(main, detail)),
        camera=_quietly(lambda: _camera(main)),
        lens=_quietly(lambda: clean_text(_get(detail, _LENS_MODEL))),
        latitude=latitude,
        longitude=longitude,
    )


def clean_text(value: object) -> str | None:
    """Readable text of at most ``MAX_TEXT`` characters without control characters; None if there is none."""
    text = _decoded(value)
    if text is None:
        return None
    text = text.partition("\0")[0]
    kept = "".join(c if not unicodedata.category(c).startswith("C") else " " for c in text)
    return " ".join(kept.split())[:MAX_TEXT].strip() or None


def _quietly(read: Callable[[], T]) -> T | None:
    # Pillow's EXIF reader raises nearly any kind of error on hostile input; the picture itself may be fine.
    try:
        return read()
    except MemoryError:
        raise
    except Exception:
        return None


def _decoded(value: object) -> str | None:
    # Pillow reads these tags as Latin-1; cameras write UTF-8 as well.
    if isinstance(value, str):
        try:
            raw = value.encode("latin-1")
        except UnicodeEncodeError:
            return value
    elif isinstance(value, bytes):
        raw = value
    else:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _get(tags: Tags, tag: int) -> object:
    return _quietly(lambda: tags.get(tag))


def _camera(main: Tags) -> str | None:
    make, model = clean_text(_get(main, _MAKE)), clean_text(_get(main, _MODEL))
    if make is None or model is None:
        return make or model
    # "NIKON CORPORATION" and "NIKON D750", "Canon" and "Canon EOS R5": the maker is said already.
    if model.casefold().startswith(make.split()[0].casefold()):
        return model
    return f"{make} {model}"[:MAX_TEXT]


def _taken(main: Tags, detail: Tags) -> Taken | None:
    for tag, fraction_tag, offset_tag in _TIMES:
        local = _local_time(_get(main if tag == 0x0132 else detail, tag), _get(detail, fraction_tag))
        if local is not None:
            return Taken(local, _offset_minutes(_get(detail, offset_tag)), "exif")
    return None


def _local_time(value: object, fraction: object) -> datetime | None:
    found = _TIME.match(clean_text(value) or "")
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        # A leap second, 60, exists in files and not in datetime.
        local = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 (naive on purpose)
    except ValueError:
        return None
    if not FIRST_YEAR <= year <= now().year + 1:
        return None
    digits = re.match(r"\d{1,6}", clean_text(fraction) or "")
    return local + timedelta(microseconds=int(digits[0].ljust(6, "0"))) if digits else local


def _offset_minutes(value: object) -> int | None:
    text = clean_text(value) or ""
    if text == "Z":
        return 0
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    signed = -minutes if found[1] == "-" else minutes
    # The zones there are lie between UTC-12 and UTC+14.
    return signed if -12 * 60 <= signed <= 14 * 60 and int(found[3]) < 60 else None


def _position(gps: Tags) -> tuple[float, float] | None:
    latitude = _degrees(_get(gps, 2), _get(gps, 1), positive="N", negative="S", limit=90)
    longitude = _degrees(_get(gps, 4), _get(gps, 3), positive="E", negative="W", limit=180)
    # Receivers without a fix write zeros; nobody's photo was taken at exactly 0, 0.
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def _degrees(value: object, reference: object, *, positive: str, negative: str, limit: int) -> float | None:
    parts = value if isinstance(value, tuple | list) else (value,)
    if not 1 <= len(parts) <= 3:
        return None
    total = sum(float(part) / 60.0**power for power, part in enumerate(parts))
    letter = (clean_text(reference) or "").upper()[:1]
    # Without its letter the hemisphere is a guess, and a wrong place is worse than none.
    if letter not in {positive, negative} or not math.isfinite(total) or not 0 <= total <= limit:
        return None
    return round(-total if letter == negative else total, 7)
