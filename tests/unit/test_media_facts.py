"""Facts survive the way through JSON, and nothing else passes for them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from appliance.media.facts import facts_from_json, facts_to_json
from appliance.records.assets import Facts, Kind, Taken

FACTS = Facts(
    mime="image/heic",
    kind=Kind.IMAGE,
    width=4032,
    height=3024,
    taken=Taken(datetime(2020, 2, 29, 12, 0, 0, 5000), -210, "exif"),  # noqa: DTZ001
    camera="Canon EOS R5",
    lens=None,
    latitude=-33.85,
    longitude=151.2,
    thumbhash=bytes(range(21)),
    mean_color=0x123456,
)


def test_facts_come_back_equal() -> None:
    for facts in (FACTS, replace(FACTS, taken=None, latitude=None, longitude=None, lens="x", camera=None)):
        assert facts_from_json(facts_to_json(facts)) == facts


@pytest.mark.parametrize(
    "change",
    [
        {"mime": "text/html"}, {"kind": "folder"}, {"width": 0}, {"width": True}, {"height": 2**40},
        {"height": "12"}, {"taken": ["yesterday", None, "exif"]}, {"taken": ["2020-01-01T00:00:00+00:00", 0, "exif"]},
        {"taken": ["2020-01-01T00:00:00", 9999, "exif"]}, {"taken": ["2020-01-01T00:00:00", 0, "guess"]},
        {"taken": 7}, {"camera": "a\nb"}, {"camera": "x" * 999}, {"lens": 5}, {"latitude": 91}, {"longitude": 1e9},
        {"latitude": float("nan")}, {"thumbhash": "AAAA"}, {"thumbhash": "!!"}, {"thumbhash": "A" * 400},
        {"mean_color": -1}, {"mean_color": 2**24}, {"mime": ["image/png"]},
    ],
)  # fmt: skip
def test_what_a_decoder_was_made_to_say_is_not_believed(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        facts_from_json({**facts_to_json(FACTS), **change})


def test_missing_values_are_no_facts() -> None:
    for name in facts_to_json(FACTS):
        values = facts_to_json(FACTS)
        del values[name]
        with pytest.raises(ValueError, match="not facts"):
            facts_from_json(values)
