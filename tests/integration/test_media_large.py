"""Pictures of hundreds of megapixels are read within the memory that one may take, and the others go on meanwhile."""

import asyncio
import io
import struct
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from PIL import Image

from appliance.errors import DecodeLimit
from appliance.media.cache import SIZES
from appliance.media.decoder import Decoder
from appliance.records.media import DecodeLimits, PixelSpec, Rendered
from tests.support.corpus import encoded, noisy, quadrants, wide_jpeg

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
SPEC = PixelSpec(64, 64, "squash", "bicubic")


@pytest.fixture(scope="module")
def panorama() -> Iterator[int]:
    """A JPEG of 30,000 × 10,000 pixels, red above and blue below, as an open file."""
    with tempfile.TemporaryFile() as file:
        file.write(wide_jpeg(30_000, 10_000))
        file.flush()
        yield file.fileno()


@pytest_asyncio.fixture(loop_scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder(DecodeLimits(220_000_000, 60, 256 * MIB), 2) as opened:
        yield opened


async def render(decoder: Decoder, data: bytes) -> Rendered:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return await decoder.render(file.fileno(), sizes=SIZES, pixels=SPEC)


def _high_water_marks() -> list[int]:
    """The most memory that each decoder process has had, bytes."""
    marks = []
    for child in psutil.Process().children():
        for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                marks.append(int(line.split()[1]) * 1024)
    return marks


def _in_three_scans(width: int, height: int) -> bytes:
    """A grey JPEG that is not progressive and yet has a scan for each component (ITU-T T.81, annex B)."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack("!BBH", 0xFF, marker, len(content) + 2) + content

    out = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64)
    parts = b"".join(bytes((part, 0x11, 0)) for part in (1, 2, 3))
    out += segment(0xC0, struct.pack("!BHHB", 8, height, width, 3) + parts)
    # One code of one bit in each table: "no difference" and "end of block", so that a block takes two bits.
    for table in (0x00, 0x10):
        out += segment(0xC4, bytes((table, 1, *[0] * 15, 0)))
    blocks = -(-width // 8) * -(-height // 8)
    for part in (1, 2, 3):
        out += segment(0xDA, bytes((1, part, 0, 0, 63, 0))) + bytes(-(-blocks // 4))
    return out + b"\xff\xd9"


async def test_a_panorama_of_300_megapixels_takes_little_memory_and_holds_up_nobody(
    decoder: Decoder, panorama: int
) -> None:
    small = encoded(noisy(320, 240), "JPEG")
    await asyncio.gather(render(decoder, small), render(decoder, small))
    before = max(_high_water_marks())
    started = time.monotonic()
    for _ in range(5):
        await render(decoder, small)
    alone = (time.monotonic() - started) / 5
    started = time.monotonic()
    large = asyncio.create_task(decoder.render(panorama, sizes=SIZES, pixels=SPEC))
    meanwhile = 0
    while not large.done():
        await render(decoder, small)
        meanwhile += 1
    # Had the small ones to wait for it, the first would have ended after it and been the only one. And next to it
    # they go on at no less than a quarter of the pace that they have on this machine without it.
    assert meanwhile > 1
    assert meanwhile > (time.monotonic() - started) / alone / 4

    result = large.result()
    assert (result.facts.width, result.facts.height) == (30_000, 10_000)
    with Image.open(io.BytesIO(result.renditions[1440])) as viewed:
        assert viewed.size == (1440, 480)
    assert result.pixels is not None
    assert [tuple(result.pixels[row, 32] > 100) for row in (5, 58)] == [
        (True, False, False),
        (False, False, True),
    ]
    assert max(_high_water_marks()) - before < 128 * MIB


async def test_large_pictures_share_the_memory_of_one_decoder(decoder: Decoder) -> None:
    # Each of them fits, two at a time would not: 6000 × 4000 in colour are 92 MiB as they are, and as much converted.
    large = [encoded(quadrants(6000, 4000), "PNG", compress_level=1) for _ in range(3)]
    results = await asyncio.gather(*(render(decoder, data) for data in large))
    assert [result.facts.width for result in results] == [6000] * 3


@pytest.mark.parametrize("kind", ["progressive", "a scan for each component"])
async def test_a_jpeg_that_keeps_more_than_there_is_is_refused_and_the_next_one_is_read(
    decoder: Decoder, kind: str
) -> None:
    # Its reader keeps all coefficients until the end: 3 bytes for each pixel, or 6.
    if kind == "progressive":
        data = encoded(Image.new("RGB", (14_000, 9_000)), "JPEG", progressive=True)
    else:
        data = _in_three_scans(14_000, 9_000)
    with pytest.raises(DecodeLimit, match="more memory than 256 MiB"):
        await render(decoder, data)
    assert (await render(decoder, encoded(quadrants(), "PNG"))).facts.width == 64
