"""The layout of a timeline: what it takes to know where each picture will be, in three bytes a picture.

A layout is, all numbers little-endian:

1. the length of the header in bytes (4 bytes);
2. the header, JSON: ``rev``, ``n`` (how many assets) and ``buckets``, each with ``k`` (``YYYY-MM`` or ``undated``),
   ``c`` (how many) and, but for the undated ones, ``d`` (each day of which there are some, followed by how many);
   ended by as many blanks as make the next part begin at a multiple of four;
3. for each asset, in the order of the buckets, one byte ``b``: width / height is ``2 ** ((b - 128) / 48)``;
4. one zero byte where ``n`` is odd;
5. for each asset, in the same order, the mean colour as RGB565 (2 bytes, red in the highest bits).
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.db.engine import Database
from appliance.db.timeline import timeline_rows
from appliance.records.accounts import Viewer
from appliance.records.search import Filter
from appliance.records.timeline import RATIO_STEPS, SQUARE, TimelineRows

_ROW = np.dtype([("taken", ">i8"), ("width", ">i4"), ("height", ">i4"), ("color", ">i4")])
_DAWN = np.datetime64("2000-01-01", "us")


async def layout(db: Database, viewer: Viewer, where: Filter) -> tuple[str, bytes]:
    """The layout of what a person sees under a filter, after the revision of which it is."""
    rows = await timeline_rows(db, viewer, where)
    return rows.revision, await asyncio.to_thread(pack, rows)


def pack(rows: TimelineRows) -> bytes:
    """The layout of these rows, as this module describes it."""
    dated, undated = np.frombuffer(rows.dated, _ROW), np.frombuffer(rows.undated, _ROW)
    buckets: list[dict[str, str | int | list[int]]] = [*_months(dated)]
    if len(undated):
        buckets.append({"k": "undated", "c": len(undated)})
    both = np.concatenate([dated, undated])
    header = {
        "rev": rows.revision,
        "n": len(both),
        "buckets": buckets,
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    ratios = _ratios(both).tobytes()
    return b"".join(
        (len(text).to_bytes(4, "little"), text, ratios, bytes(len(ratios) % 2), _colors(both).tobytes())
    )


def _months(dated: NDArray[np.void]) -> Iterator[dict[str, str | int | list[int]]]:
    """The months in order, each with the days in it."""
    days, counts = _runs((_DAWN + dated["taken"].astype("timedelta64[us]")).astype("datetime64[D]"))
    months, widths = _runs(days.astype("datetime64[M]"))
    start = 0
    for month, width in zip(months, widths.tolist(), strict=True):
        inside = slice(start, start + width)
        numbers = (days[inside] - month.astype("datetime64[D]")).astype(int) + 1
        pairs = np.stack([numbers, counts[inside]], axis=1).ravel().tolist()
        yield {"k": str(month), "c": int(counts[inside].sum()), "d": pairs}
        start += width


def _runs(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """What stands in a row that is ordered, each once, and how many times in a row."""
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(values)), bool), values[1:] != values[:-1]]))
    return values[starts], np.diff(starts, append=len(values))


def _ratios(rows: NDArray[np.void]) -> NDArray[np.uint8]:
    steps: NDArray[np.float64] = np.rint(RATIO_STEPS * np.log2(rows["width"] / rows["height"]))
    return (np.clip(steps, -SQUARE, SQUARE - 1) + SQUARE).astype(np.uint8)


def _colors(rows: NDArray[np.void]) -> NDArray[np.uint16]:
    color = rows["color"].astype(np.uint32)
    return ((color >> 8 & 0xF800) | (color >> 5 & 0x07E0) | (color >> 3 & 0x001F)).astype("<u2")
