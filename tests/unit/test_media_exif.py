"""What cameras write, and what broken or hostile files write in its place."""

from collections.abc import Callable
from datetime import datetime

import pytest
from PIL import Image

from appliance.clock import now
from appliance.media.exif import CameraNotes, clean_text, read_notes

DETAIL, GPS = 0x8769, 0x8825


def notes(*, main: dict[int, object] | None = None, detail: dict[int, object] | None = None,
          gps: dict[int, object] | None = None) -> CameraNotes:  # fmt: skip
    picture = Image.new("RGB", (8, 8))
    exif = picture.getexif()
    exif.update(main or {})
    exif.get_ifd(DETAIL).update(detail or {})
    exif.get_ifd(GPS).update(gps or {})
    return read_notes(picture)


def local(found: CameraNotes) -> str | None:
    return found.taken.local.isoformat() if found.taken is not None else None


def test_the_moment_of_the_picture_is_preferred_to_that_of_the_file() -> None:
    original = {0x9003: "2020:01:02 03:04:05"}
    digitized = {0x9004: "2021:01:02 03:04:05"}
    changed: dict[int, object] = {0x0132: "2022:01:02 03:04:05"}
    assert local(notes(main=changed, detail={**original, **digitized})) == "2020-01-02T03:04:05"
    assert local(notes(main=changed, detail={**digitized})) == "2021-01-02T03:04:05"
    assert local(notes(main=changed)) == "2022-01-02T03:04:05"
    assert local(notes()) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020:01:02 03:04:05\0", "2020-01-02T03:04:05"),
        ("2020-01-02T03:04:05", "2020-01-02T03:04:05"),
        ("2020:01:02 03:04", "2020-01-02T03:04:00"),
        ("2016:12:31 23:59:60", "2016-12-31T23:59:59"),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2020:02:30 00:00:00", None),
        ("1825:12:31 00:00:00", None),
        ("1826:01:01 00:00:00", "1826-01-01T00:00:00"),
        (f"{now().year + 2}:01:01 00:00:00", None),
        ("", None),
        (b"\xff\xfe\x00", None),
        (12345, None),
        (("a", "b"), None),
    ],
)
def test_a_nonsense_date_counts_as_absent(text: object, expected: str | None) -> None:
    assert local(notes(detail={0x9003: text})) == expected


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+02:00", 120), ("-09:30", -570), ("+0545", 345), ("Z", 0), ("+14:00", 840), ("+15:00", None),
     ("-13:00", None), ("+02:99", None), ("junk", None), (None, None)],
)  # fmt: skip
def test_the_offset_is_kept_where_it_is_one(text: object, minutes: int | None) -> None:
    found = notes(detail={0x9003: "2020:01:02 03:04:05", 0x9011: text})
    assert found.taken is not None
    assert found.taken.offset_minutes == minutes


def test_fractions_of_a_second_order_bursts() -> None:
    def at(fraction: object) -> datetime:
        taken = notes(detail={0x9003: "2020:01:02 03:04:05", 0x9291: fraction}).taken
        assert taken is not None
        return taken.local

    assert at("05").microsecond == 50_000
    assert at("123456789").microsecond == 123_456
    assert at("x").microsecond == 0
    assert at("5").microsecond == 500_000


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("NIKON CORPORATION", "NIKON D750", "NIKON D750"),
        ("Apple", "iPhone 15 Pro", "Apple iPhone 15 Pro"),
        ("HUAWEI", "huawei P30", "huawei P30"),
        ("Sony\0\0", " ILCE-7M3 \0junk", "Sony ILCE-7M3"),
        (None, "Pixel 8", "Pixel 8"),
        ("Leica", None, "Leica"),
        ("", "\0", None),
        (b"Kod\x01ak", 7, "Kod ak"),
    ],
)
def test_the_maker_is_named_once(make: object, model: object, camera: str | None) -> None:
    assert notes(main={0x010F: make, 0x0110: model}).camera == camera


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\r\nb\tc", "a b c"),
        ("Ã¼ber", "über"),  # UTF-8, read as Latin-1
        ("\u202egnp.exe", "gnp.exe"),
        ("x" * 500, "x" * 120),
        ("\ud800", None),
        (3.5, None),
        (None, None),
    ],
)
def test_text_is_cleaned(value: object, text: str | None) -> None:
    assert clean_text(value) == text


def test_a_place_needs_both_coordinates_and_their_hemispheres() -> None:
    berlin: dict[int, object] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    found = notes(gps=berlin)
    assert found.latitude == pytest.approx(52.52)
    assert found.longitude == pytest.approx(13.405)
    south_west = notes(gps={**berlin, 1: "S", 3: "W"})
    assert south_west.latitude == pytest.approx(-52.52)
    assert south_west.longitude == pytest.approx(-13.405)
    for missing in berlin:
        rest = {tag: value for tag, value in berlin.items() if tag != missing}
        assert notes(gps=rest).latitude is None


@pytest.mark.parametrize(
    "change",
    [
        {2: (91.0, 0.0, 0.0)}, {4: (181.0, 0.0, 0.0)}, {2: (float("nan"),)}, {2: (float("inf"), 0.0, 0.0)},
        {2: "north"}, {2: ()}, {2: (1.0,) * 9}, {1: "X"}, {2: (-5.0, 0.0, 0.0)}, {2: (0.0,), 4: (0.0,)},
    ],
)  # fmt: skip
def test_a_place_that_is_not_on_earth_or_is_nowhere_is_left_out(change: dict[int, object]) -> None:
    berlin: dict[int, object] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    found = notes(gps={**berlin, **change})
    assert (found.latitude, found.longitude) == (None, None)


@pytest.mark.parametrize(("value", "orientation"), [(6, 6), (0, 1), (9, 1), ("6", 1), (None, 1), ((6,), 1)])
def test_only_the_eight_orientations_count(value: object, orientation: int) -> None:
    assert notes(main={0x0112: value}).orientation == orientation


@pytest.mark.parametrize("error", [SyntaxError, ValueError, KeyError, RecursionError, OSError])
def test_a_reader_that_fails_leaves_everything_out(error: type[Exception]) -> None:
    class Broken(Image.Image):
        getexif: Callable[[], Image.Exif]

    def fail() -> Image.Exif:
        raise error("broken")

    picture = Broken()
    picture.getexif = fail
    assert read_notes(picture) == CameraNotes()
