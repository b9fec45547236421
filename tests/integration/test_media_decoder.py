"""Pictures of every kind come out upright, in sRGB, at the right sizes, and with what their camera wrote."""

import io
import os
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from appliance.media.decoder import Decoder
from appliance.records.assets import Facts
from appliance.records.media import DecodeLimits, PixelSpec, Rendered
from tests.support.corpus import (
    FORMATS,
    corners,
    encoded,
    noisy,
    quadrants,
    swapped_profile,
    written,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

SQUASH = PixelSpec(32, 32, "squash", "bicubic")
UPRIGHT = ["red", "green", "blue", "yellow"]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder(DecodeLimits(220_000_000, 60, 2048 * 1024 * 1024), 2) as opened:
        yield opened


async def probe(decoder: Decoder, path: Path) -> Facts:
    fd = os.open(path, os.O_RDONLY)
    try:
        return await decoder.probe(fd)
    finally:
        os.close(fd)


async def render(
    decoder: Decoder, path: Path, sizes: Sequence[int] = (), pixels: PixelSpec | None = None
) -> Rendered:
    fd = os.open(path, os.O_RDONLY)
    try:
        return await decoder.render(fd, sizes=sizes, pixels=pixels)
    finally:
        os.close(fd)


async def seen(decoder: Decoder, path: Path) -> Image.Image:
    """The picture as people see it."""
    data = (await render(decoder, path, (1440,))).renditions[1440]
    return Image.open(io.BytesIO(data)).convert("RGB")


async def colour(decoder: Decoder, path: Path) -> tuple[int, int, int]:
    pixels = (await render(decoder, path, pixels=PixelSpec(1, 1, "squash", "box"))).pixels
    assert pixels is not None
    red, green, blue = (int(value) for value in pixels[0, 0])
    return red, green, blue


def assert_near(found: Sequence[int], expected: Sequence[int], tolerance: int = 6) -> None:
    assert all(abs(a - b) <= tolerance for a, b in zip(found, expected, strict=True)), (found, expected)


@pytest.mark.parametrize("name", FORMATS)
async def test_every_format_is_read_whatever_its_name(decoder: Decoder, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, "picture.txt", encoded(quadrants(), name))
    facts = await probe(decoder, path)
    assert (facts.mime, facts.width, facts.height) == (FORMATS[name], 64, 48)
    assert 5 <= len(facts.thumbhash) <= 25
    assert corners(await seen(decoder, path)) == UPRIGHT
    whole = await render(decoder, path, (240, 480, 1440), SQUASH)
    assert whole.facts == facts
    assert whole.pixels is not None
    assert corners(Image.fromarray(whole.pixels)) == UPRIGHT


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
async def test_a_turned_picture_comes_out_upright(
    decoder: Decoder, tmp_path: Path, name: str, orientation: int
) -> None:
    # Stored so that a viewer who obeys the tag sees it upright.
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = quadrants(640, 400)
    stored = stored.transpose(undo[orientation]) if orientation > 1 else stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = written(tmp_path, "a", encoded(stored, name, exif=exif.tobytes()))
    result = await render(decoder, path, (240, 1440), SQUASH)
    assert (result.facts.width, result.facts.height) == (640, 400)
    for data in result.renditions.values():
        assert corners(Image.open(io.BytesIO(data))) == UPRIGHT
    assert Image.open(io.BytesIO(result.renditions[240])).size == (384, 240)
    assert result.pixels is not None
    assert corners(Image.fromarray(result.pixels)) == UPRIGHT


async def test_transparency_is_laid_on_white(decoder: Decoder, tmp_path: Path) -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    half = Image.new("RGBA", (20, 20), (0, 0, 0, 128))
    for name, picture in (("PNG", clear), ("WEBP", clear), ("GIF", clear), ("AVIF", clear), ("TIFF", clear)):
        assert_near(await colour(decoder, written(tmp_path, name, encoded(picture, name))), (255, 255, 255))
    assert_near(await colour(decoder, written(tmp_path, "half", encoded(half, "PNG"))), (127, 127, 127))
    grey = Image.new("LA", (20, 20), (100, 0))
    assert_near(await colour(decoder, written(tmp_path, "grey", encoded(grey, "PNG"))), (255, 255, 255))
    indexed = Image.new("P", (20, 20), 1)
    indexed.putpalette([0, 0, 0, 9, 9, 9])
    data = encoded(indexed, "PNG", transparency=1)
    assert_near(await colour(decoder, written(tmp_path, "indexed", data)), (255, 255, 255))
    keyed = encoded(Image.new("RGB", (20, 20), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert_near(await colour(decoder, written(tmp_path, "keyed", keyed)), (255, 255, 255))


async def test_unusual_modes_come_out_right(decoder: Decoder, tmp_path: Path) -> None:
    orange = (240, 140, 20)
    sixteen = Image.fromarray(np.full((20, 20), 0x8000, np.uint16))
    indexed = Image.new("P", (20, 20), 0)
    indexed.putpalette(orange)
    wide = Image.fromarray(np.full((20, 20), 40000, np.int32))
    floats = Image.fromarray(np.linspace(0.0, 1.0, 400, dtype=np.float32).reshape(20, 20))
    cases = {
        "1 bit PNG": (encoded(Image.new("1", (20, 20), 1), "PNG"), (255, 255, 255)),
        "1 bit TIFF": (encoded(Image.new("1", (20, 20), 1), "TIFF", compression="group4"), (255, 255, 255)),
        "grey": (encoded(Image.new("L", (20, 20), 90), "JPEG"), (90, 90, 90)),
        "16 bit PNG": (encoded(sixteen, "PNG"), (128, 128, 128)),
        "16 bit TIFF": (encoded(sixteen, "TIFF"), (128, 128, 128)),
        "32 bit TIFF": (encoded(wide, "TIFF"), (156, 156, 156)),
        "float TIFF": (encoded(floats, "TIFF"), (127, 127, 127)),
        "palette": (encoded(indexed, "PNG"), orange),
        "palette BMP": (encoded(indexed, "BMP"), orange),
        "CMYK JPEG": (encoded(Image.new("CMYK", (20, 20), (0, 0, 0, 0)), "JPEG"), (255, 255, 255)),
        "CMYK TIFF": (encoded(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "TIFF"), (255, 0, 0)),
        "YCbCr TIFF": (encoded(Image.new("RGB", (20, 20), orange).convert("YCbCr"), "TIFF"), orange),
        "LAB TIFF": (encoded(Image.new("LAB", (20, 20), (255, 128, 128)), "TIFF"), (255, 255, 255)),
    }
    for name, (data, expected) in cases.items():
        found = await colour(decoder, written(tmp_path, name, data))
        assert all(abs(a - b) <= 6 for a, b in zip(found, expected, strict=True)), (name, found, expected)


async def test_the_colour_profile_is_applied_and_a_broken_one_ignored(
    decoder: Decoder, tmp_path: Path
) -> None:
    red = Image.new("RGB", (20, 20), (255, 0, 0))
    for name in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"):
        data = encoded(red, name, icc_profile=swapped_profile())
        found = await colour(decoder, written(tmp_path, name, data))
        assert found[1] > 200, (name, found)
        assert found[0] < 60, (name, found)
    for profile in (b"junk", swapped_profile()[:300], b""):
        data = encoded(red, "JPEG", icc_profile=profile)
        assert_near(await colour(decoder, written(tmp_path, "broken", data)), (254, 0, 0))
    grey = encoded(Image.new("L", (20, 20), 90), "JPEG", icc_profile=swapped_profile())
    assert_near(await colour(decoder, written(tmp_path, "grey", grey)), (90, 90, 90))


async def test_only_the_first_frame_of_an_animation_counts(decoder: Decoder, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 20), (10 * number, 200, 0)) for number in range(12)]
    for name in ("GIF", "WEBP", "PNG", "AVIF"):
        data = encoded(frames[0], name, save_all=True, append_images=frames[1:], duration=50)
        path = written(tmp_path, name, data)
        assert_near(await colour(decoder, path), (0, 200, 0), 8)
        assert (await probe(decoder, path)).mime == FORMATS[name]


async def test_several_pictures_in_one_jpeg_count_as_a_jpeg(decoder: Decoder, tmp_path: Path) -> None:
    path = written(tmp_path, "mpo", encoded(quadrants(), "MPO", save_all=True, append_images=[noisy(64, 48)]))
    assert (await probe(decoder, path)).mime == "image/jpeg"
    assert corners(await seen(decoder, path)) == UPRIGHT


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3000, 2000), {240: (360, 240), 480: (720, 480), 1440: (1440, 960)}),
        ((2000, 3000), {240: (160, 240), 480: (320, 480), 1440: (960, 1440)}),
        ((300, 200), {240: (300, 200), 480: (300, 200), 1440: (300, 200)}),
        ((1000, 300), {240: (800, 240), 480: (1000, 300), 1440: (1000, 300)}),
        ((1, 20000), {240: (1, 240), 480: (1, 480), 1440: (1, 1440)}),
        ((20000, 1), {240: (4096, 1), 480: (4096, 1), 1440: (1440, 1)}),
        ((1, 1), {240: (1, 1), 480: (1, 1), 1440: (1, 1)}),
        ((9000, 500), {240: (4096, 228), 480: (4096, 228), 1440: (1440, 80)}),
    ],
)
@pytest.mark.parametrize("name", ["JPEG", "PNG"])
async def test_renditions_have_their_sizes_and_are_never_enlarged(
    decoder: Decoder, tmp_path: Path, name: str, size: tuple[int, int], expected: dict[int, tuple[int, int]]
) -> None:
    path = written(
        tmp_path, "a", encoded(quadrants(*size) if min(size) > 1 else Image.new("RGB", size), name)
    )
    result = await render(decoder, path, (240, 480, 1440), SQUASH)
    assert (result.facts.width, result.facts.height) == size
    for wanted, data in result.renditions.items():
        with Image.open(io.BytesIO(data)) as rendition:
            assert rendition.size == expected[wanted]
            assert rendition.format == ("JPEG" if wanted == 1440 else "WEBP")
    assert result.pixels is not None
    assert result.pixels.shape == (32, 32, 3)
    if min(size) > 8:
        assert corners(Image.fromarray(result.pixels)) == UPRIGHT


async def test_a_rendition_carries_nothing_but_pixels(decoder: Decoder, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretMaker"
    data = encoded(
        quadrants(),
        "JPEG",
        exif=exif,
        comment=b"secret words",
        icc_profile=swapped_profile(),
        xmp=b"<secret/>",
    )
    result = await render(decoder, written(tmp_path, "a", data), (240, 480, 1440))
    for rendition in result.renditions.values():
        assert b"ecret" not in rendition
        with Image.open(io.BytesIO(rendition)) as opened:
            assert not dict(opened.getexif())
            assert not set(opened.info) & {"icc_profile", "exif", "xmp", "comment"}


async def test_a_models_pixels_are_cut_from_the_middle_or_squashed(decoder: Decoder, tmp_path: Path) -> None:
    stripes = Image.new("RGB", (300, 100), (0, 0, 255))
    stripes.paste((255, 0, 0), (100, 0, 200, 100))
    path = written(tmp_path, "a", encoded(stripes, "PNG"))
    cut = (await render(decoder, path, pixels=PixelSpec(50, 50, "shortest", "bicubic"))).pixels
    squashed = (await render(decoder, path, pixels=PixelSpec(60, 50, "squash", "bicubic"))).pixels
    assert cut is not None
    assert squashed is not None
    assert cut.shape == (50, 50, 3)
    assert squashed.shape == (50, 60, 3)
    assert cut[:, 3:47, 0].min() > 250
    assert squashed[25, 5, 2] > 250
    assert squashed[25, 30, 0] > 250
    long = written(tmp_path, "long", encoded(Image.new("RGB", (20000, 1), (9, 99, 199)), "PNG"))
    covered = (await render(decoder, long, pixels=PixelSpec(224, 224, "shortest", "bicubic"))).pixels
    assert covered is not None
    assert_near(covered[100, 100], (9, 99, 199))


async def test_decoding_at_a_fraction_hardly_changes_a_models_pixels(
    decoder: Decoder, tmp_path: Path
) -> None:
    source = Image.open(PHOTO).convert("RGB").resize((4001, 2999))
    jpeg, png = (written(tmp_path, name, encoded(source, name, **how)) for name, how in FAITHFUL.items())
    spec = PixelSpec(260, 260, "squash", "bicubic")
    drafted = (await render(decoder, jpeg, (240, 480, 1440), spec)).pixels
    with Image.open(png) as whole:
        full = np.asarray(whole.resize((260, 260), Image.Resampling.BICUBIC))
    assert drafted is not None
    assert np.abs(drafted.astype(int) - full.astype(int)).mean() < 1.0


PHOTO = min((Path(__file__).parent.parent / "data/photos/images").iterdir())
FAITHFUL: dict[str, dict[str, int]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {"compress_level": 1},
}


async def test_what_the_camera_wrote_is_read(decoder: Decoder, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R5"
    exif[0x0132] = "2021:01:01 00:00:00"
    detail = exif.get_ifd(0x8769)
    detail[0x9003], detail[0x9011], detail[0x9291] = "2020:02:29 12:34:56", "-03:30", "25"
    detail[0xA434] = "RF24-70mm F2.8"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "S", (33.0, 51.0, 24.5), "E", (151.0, 12.0, 0.0)
    for name in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"):
        facts = await probe(decoder, written(tmp_path, name, encoded(quadrants(), name, exif=exif.tobytes())))
        assert facts.taken is not None, name
        assert facts.taken.local == datetime(2020, 2, 29, 12, 34, 56, 250_000)  # noqa: DTZ001
        assert (facts.taken.offset_minutes, facts.taken.source) == (-210, "exif")
        assert (facts.camera, facts.lens) == ("Canon EOS R5", "RF24-70mm F2.8")
        assert facts.latitude == pytest.approx(-33.8568056, abs=1e-6)
        assert facts.longitude == pytest.approx(151.2)


async def test_the_mean_colour_is_of_the_picture_as_seen(decoder: Decoder, tmp_path: Path) -> None:
    facts = await probe(
        decoder, written(tmp_path, "a", encoded(Image.new("RGB", (400, 300), (18, 52, 86)), "PNG"))
    )
    assert facts.mean_color == 0x123456
