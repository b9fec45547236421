"""The timeline as a client reads it."""

import json
import math
import struct
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from appliance.db.engine import Database
from appliance.db.timeline import find_bucket
from appliance.library.timeline import layout
from appliance.records.accounts import Viewer
from appliance.records.search import And, Filter

EVERYTHING = And(())


@dataclass(frozen=True)
class Timeline:
    """A layout, taken apart as its description says."""

    rev: str
    buckets: list[tuple[str, int]]
    #: How many of each day, in order; without the undated ones.
    days: list[tuple[str, int]]
    ratios: list[int]
    colors: list[int]


def read_layout(data: bytes) -> Timeline:
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    assert (set(header), length % 4) == ({"rev", "n", "buckets"}, 0)
    count, start = header["n"], 4 + length
    colors = start + count + count % 2
    assert (data[start + count : colors], len(data)) == (bytes(count % 2), colors + 2 * count)
    return Timeline(
        rev=header["rev"],
        buckets=[(each["k"], each["c"]) for each in header["buckets"]],
        days=[day for each in header["buckets"] for day in _days(each)],
        ratios=list(data[start : start + count]),
        colors=list(struct.unpack_from(f"<{count}H", data, colors)),
    )


def _days(bucket: dict[str, Any]) -> list[tuple[str, int]]:
    if bucket["k"] == "undated":
        assert "d" not in bucket
        return []
    numbers, counts = bucket["d"][::2], bucket["d"][1::2]
    assert sum(counts) == bucket["c"]
    return [(f"{bucket['k']}-{day:02}", count) for day, count in zip(numbers, counts, strict=True)]


def rgb565(color: int) -> int:
    red, green, blue = color >> 16, color >> 8 & 255, color & 255
    return (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3


def ratio_byte(width: int, height: int) -> int:
    return 128 + max(-128, min(127, round(48 * math.log2(width / height))))


async def read_timeline(
    db: Database, viewer: Viewer, where: Filter = EVERYTHING
) -> tuple[Timeline, list[dict[str, Any]]]:
    """The layout, and the assets of all of its buckets, of which each says what the layout says."""
    revision, data = await layout(db, viewer, where)
    told = read_layout(data)
    assert told.rev == revision
    items: list[dict[str, Any]] = []
    for key, count in told.buckets:
        month = None if key == "undated" else date.fromisoformat(f"{key}-01")
        found = await find_bucket(db, viewer, where, month)
        bucket = json.loads(found.text)
        assert (found.revision, bucket.pop("rev")) == (revision, revision)
        assert {len(values) for values in bucket.values()} == {count}
        items += [dict(zip(bucket, row, strict=True)) for row in zip(*bucket.values(), strict=True)]
    dated = items[: sum(count for _, count in told.days)]
    assert told.days == [(day, len([*run])) for day, run in groupby(item["at"][:10] for item in dated)]
    assert told.ratios == [item["ratio"] for item in items]
    assert told.colors == [rgb565(item["color"]) for item in items]
    return told, items
