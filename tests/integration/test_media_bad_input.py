"""Files that are damaged, hostile or not pictures end as a refusal that says why, never as anything else."""

import asyncio
import os
import random
import re
import tempfile
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from appliance.errors import (
    DamagedFile,
    DecodeLimit,
    EmptyFile,
    RejectedFile,
    TooManyPixels,
    UnsupportedFile,
    VideoUnsupported,
)
from appliance.media.decoder import Decoder
from appliance.records.assets import Facts
from appliance.records.media import DecodeLimits
from tests.support.corpus import (
    FORMATS,
    NOT_PICTURES,
    RED,
    encoded,
    jpeg_that_claims,
    noisy,
    png_header,
    quadrants,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder(DecodeLimits(220_000_000, 60, 2048 * MIB), 2) as opened:
        yield opened


async def probe(decoder: Decoder, data: bytes) -> Facts:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return await decoder.probe(file.fileno())


@pytest.mark.parametrize("name", NOT_PICTURES)
async def test_what_is_no_picture_is_refused_by_its_bytes(decoder: Decoder, name: str) -> None:
    data, code = NOT_PICTURES[name]
    with pytest.raises(RejectedFile) as caught:
        await probe(decoder, data)
    assert caught.value.code == code


async def test_the_refusals_have_their_own_classes(decoder: Decoder) -> None:
    for name, kind in (("mp4", VideoUnsupported), ("svg", UnsupportedFile), ("nothing", EmptyFile)):
        with pytest.raises(kind):
            await probe(decoder, NOT_PICTURES[name][0])


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("name", FORMATS)
async def test_a_picture_that_is_cut_short_is_damaged(decoder: Decoder, name: str, kept: float) -> None:
    whole = encoded(noisy(320, 240), name)
    assert (await probe(decoder, whole)).width == 320
    with pytest.raises(DamagedFile):
        await probe(decoder, whole[: max(40, int(len(whole) * kept))])


@pytest.mark.parametrize("name", ["GIF", "WEBP", "AVIF"])
async def test_an_animation_that_is_cut_after_its_first_frame_is_damaged(decoder: Decoder, name: str) -> None:
    frames = [noisy(120, 90) for _ in range(6)]
    whole = encoded(frames[0], name, save_all=True, append_images=frames[1:], duration=50)
    await probe(decoder, whole)
    with pytest.raises(DamagedFile):
        await probe(decoder, whole[: int(len(whole) * 0.8)])


async def test_a_progressive_jpeg_that_is_cut_short_is_damaged(decoder: Decoder) -> None:
    whole = encoded(noisy(320, 240), "JPEG", progressive=True)
    for kept in (0.3, 0.9):
        with pytest.raises(DamagedFile):
            await probe(decoder, whole[: int(len(whole) * kept)])


@pytest.mark.parametrize(
    "data",
    [png_header(30_000, 30_000), jpeg_that_claims(30_000, 30_000), jpeg_that_claims(65_500, 65_500)],
    ids=["png bomb", "900 megapixels", "largest jpeg"],
)
async def test_too_many_pixels_are_refused_before_they_are_decoded(decoder: Decoder, data: bytes) -> None:
    await probe(decoder, encoded(quadrants(), "PNG"))
    started = time.monotonic()
    with pytest.raises(TooManyPixels, match=r"\d+ × \d+ pixels.*up to 220 million"):
        await probe(decoder, data)
    assert time.monotonic() - started < 1


async def test_a_picture_just_under_the_cap_is_taken(decoder: Decoder) -> None:
    data = encoded(Image.new("L", (20_000, 10_999), 128), "PNG", compress_level=1)
    assert (await probe(decoder, data)).width == 20_000


async def test_a_picture_that_needs_more_memory_than_it_may_is_refused_and_the_next_one_is_read() -> None:
    async with Decoder(DecodeLimits(220_000_000, 60, 64 * MIB), 1) as small:
        large = encoded(Image.new("RGB", (12_000, 12_000)), "PNG", compress_level=1)
        with pytest.raises(DecodeLimit, match="more memory than 64 MiB"):
            await probe(small, large)
        assert (await probe(small, encoded(quadrants(), "PNG"))).width == 64


async def test_a_picture_that_takes_too_long_is_refused_and_its_neighbours_are_read() -> None:
    slow = encoded(Image.new("RGB", (14_000, 14_000), RED), "PNG", compress_level=1)
    async with Decoder(DecodeLimits(220_000_000, 0.3, 2048 * MIB), 2) as hasty:
        results = await asyncio.gather(
            probe(hasty, slow),
            *(probe(hasty, encoded(quadrants(), "BMP")) for _ in range(8)),
            return_exceptions=True,
        )
    assert isinstance(results[0], DecodeLimit)
    assert all(isinstance(result, Facts) for result in results[1:])


BROKEN_EXIF = {
    "junk": b"Exif\0\0" + bytes(range(256)),
    "ends early": b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
    "refers to itself": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
    "empty": b"Exif\0\0",
}


@pytest.mark.parametrize("name", BROKEN_EXIF)
async def test_broken_exif_rejects_no_picture(decoder: Decoder, name: str) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        facts = await probe(decoder, encoded(quadrants(), kind, exif=BROKEN_EXIF[name]))
        assert (facts.width, facts.taken, facts.camera) == (64, None, None)


async def test_absurd_exif_counts_as_absent(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    exif[0x010F], exif[0x0110] = "\0\x01\x02", "Evil\r\nLog\u202eline " + "x" * 500
    exif[0x0132] = "0000:00:00 00:00:00"
    exif.get_ifd(0x8769)[0x9003] = "9999:12:31 00:00:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (950.0, 0.0, 0.0), "E", (10.0, 0.0, 0.0)
    facts = await probe(decoder, encoded(quadrants(), "JPEG", exif=exif))
    assert (facts.width, facts.height, facts.taken) == (64, 48, None)
    assert (facts.latitude, facts.longitude) == (None, None)
    assert facts.camera is not None
    assert len(facts.camera) <= 120
    assert facts.camera.isprintable()


async def test_a_camera_raw_is_not_mistaken_for_its_small_preview(decoder: Decoder) -> None:
    preview = encoded(quadrants(), "TIFF", tiffinfo={254: 1, 50706: b"\x01\x04\0\0"})
    with pytest.raises(UnsupportedFile, match="raw"):
        await probe(decoder, preview)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The same file with some bits turned, a piece removed, doubled or overwritten."""
    changed = bytearray(data)
    # Headers are where the interesting mistakes are.
    reach = len(changed) if rng.random() < 0.5 else min(len(changed), 600)
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        changed[rng.randrange(reach)] ^= 1 << rng.randrange(8)
    start = rng.randrange(len(changed))
    piece = slice(start, start + rng.randrange(1, 64))
    deed = rng.random()
    if deed < 0.1:
        del changed[piece]
    elif deed < 0.2:
        changed[piece] = changed[piece] * 2
    elif deed < 0.3:
        changed[piece] = rng.choice((b"\xff", b"\0")) * len(changed[piece])
    return bytes(changed)


@pytest.mark.parametrize("name", FORMATS)
async def test_a_mutated_picture_is_read_or_refused_and_nothing_else(decoder: Decoder, name: str) -> None:
    rng = random.Random(f"{name} 1")  # noqa: S311 (the same mutations each time)
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Camera", 6
    extra = {"exif": exif.tobytes()} if name not in {"GIF", "BMP"} else {}
    whole = encoded(noisy(60, 40), name, **extra)
    count = int(os.environ.get("FUZZ_PICTURES", "80"))
    results = await asyncio.gather(
        *(probe(decoder, mutated(whole, rng)) for _ in range(count)), return_exceptions=True
    )
    for result in results:
        assert isinstance(result, Facts | RejectedFile), result
        if isinstance(result, RejectedFile):
            assert re.match(r"\w", result.message)
    assert (await probe(decoder, whole)).height in {40, 60}
