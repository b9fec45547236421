from datetime import UTC, datetime, timedelta

import pytest

from appliance import clock
from appliance.errors import UsageError
from appliance.library.ttl import checked_expiry, expiry_after, parse_ttl


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        (" 2W ", timedelta(weeks=2)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1w2d3h4m5s", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("60", timedelta(minutes=1)),
        ("60s", timedelta(minutes=1)),
        (3600, timedelta(hours=1)),
        ("36525d", timedelta(days=36525)),
        ("never", None),
        ("Never", None),
    ],
)
def test_a_time_to_live_is_read_as_people_write_it(text: str | int, expected: timedelta | None) -> None:
    assert parse_ttl(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "59s",
        "-1d",
        "1.5h",
        "1h1d",
        "d",
        "1 d",
        "tomorrow",
        "36526d",
        "9" * 13,
        "9" * 12 + "w",
        -5,
    ],
)
def test_what_is_no_time_to_live_is_refused(text: str | int) -> None:
    with pytest.raises(UsageError):
        parse_ttl(text)


def test_an_expiry_counts_from_now() -> None:
    before = clock.now()
    expires = expiry_after(timedelta(days=1))
    assert expires is not None
    assert before + timedelta(days=1) <= expires <= clock.now() + timedelta(days=1)
    assert expiry_after(None) is None


@pytest.mark.parametrize(
    "at",
    [
        datetime(2030, 1, 1),  # noqa: DTZ001  # a moment without a zone is the point
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(9000, 1, 1, tzinfo=UTC),
    ],
)
def test_a_moment_that_cannot_be_an_expiry_is_refused(at: datetime) -> None:
    with pytest.raises(UsageError):
        checked_expiry(at)


def test_a_moment_ahead_is_an_expiry() -> None:
    at = clock.now() + timedelta(days=400)
    assert checked_expiry(at) == at
