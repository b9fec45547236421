"""Pixels to be prepared elsewhere: the whole picture in its own shape, and never without bounds."""

import os
from pathlib import Path

import pytest
from PIL import Image

from appliance.media.decoder import Decoder
from appliance.records.media import DecodeLimits, PixelSpec
from tests.support.corpus import corners, encoded, quadrants, written

SHORT = PixelSpec(64, 64, "short", "bicubic")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((400, 200), (128, 64)),
        ((200, 400), (64, 128)),
        ((40, 20), (40, 20)),  # never larger than it is
        ((64, 6400), (26, 2560)),  # a strip, whole, with 16 times the area of a square one
    ],
)
async def test_a_picture_keeps_its_shape_and_nothing_is_cut(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    path = written(tmp_path, "picture.png", encoded(quadrants().resize(size), "PNG"))
    fd = os.open(path, os.O_RDONLY)
    try:
        async with Decoder(DecodeLimits(10_000_000, 60, 2048 * 1024 * 1024), 1) as decoder:
            pixels = (await decoder.render(fd, sizes=(), pixels=SHORT)).pixels
    finally:
        os.close(fd)
    assert pixels is not None
    assert pixels.shape == (expected[1], expected[0], 3)
    assert corners(Image.fromarray(pixels)) == ["red", "green", "blue", "yellow"]
