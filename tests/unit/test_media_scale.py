"""The fast way of scaling gives what Pillow's gives, and is not used where a model would tell the difference."""

import sys
from collections.abc import Iterator

import numpy as np
import PIL
import pytest
from PIL import Image

from appliance.media.scale import fast_resizer, scaled, scaled_for_model
from tests.support.corpus import noisy

pytest.importorskip("cykooz_resizer")

LANCZOS, BICUBIC = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC


@pytest.fixture
def afresh() -> Iterator[None]:
    """The fast way is looked for again, during the test and after it."""
    fast_resizer.cache_clear()
    yield
    fast_resizer.cache_clear()


def difference(a: Image.Image, b: Image.Image) -> float:
    assert (a.mode, a.size) == (b.mode, b.size)
    return float(np.abs(np.asarray(a).astype(int) - np.asarray(b)).mean())


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("size", [(200, 150), (640, 3), (1, 1), (333, 480)])
def test_both_ways_agree_for_every_mode_and_shape(mode: str, size: tuple[int, int]) -> None:
    assert fast_resizer() is not None
    picture = noisy(640, 480).convert(mode)
    for how in (LANCZOS, BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.BOX):
        result = scaled(picture, size, how)
        assert difference(result, picture.resize(size, how)) < 1.5


def test_transparent_pixels_lend_their_colour_to_nobody() -> None:
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 64, 32))
    row = np.asarray(scaled(picture, (8, 8)))[3]
    assert row[:, 2].min() > 250
    assert row[:, 0].max() < 5


def test_what_the_fast_way_does_not_know_is_scaled_all_the_same() -> None:
    picture = noisy(64, 48)
    assert (
        difference(scaled(picture.convert("LA"), (20, 20)), picture.convert("LA").resize((20, 20), LANCZOS))
        == 0
    )
    hamming = Image.Resampling.HAMMING
    assert difference(scaled(picture, (20, 20), hamming), picture.resize((20, 20), hamming)) == 0


def test_a_models_picture_is_pillows_to_the_bit_unless_it_is_made_of_far_more_pixels() -> None:
    near, far = noisy(600, 500), noisy(900, 700)
    assert difference(scaled_for_model(near, (224, 224), BICUBIC), near.resize((224, 224), BICUBIC)) == 0
    assert 0 < difference(scaled_for_model(far, (224, 224), BICUBIC), far.resize((224, 224), BICUBIC)) < 0.5


@pytest.mark.usefixtures("afresh")
def test_without_the_fast_way_pillow_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cykooz_resizer", None)
    picture = noisy(640, 480)
    assert fast_resizer() is None
    assert difference(scaled(picture, (200, 150)), picture.resize((200, 150), LANCZOS)) == 0


@pytest.mark.usefixtures("afresh")
def test_a_fast_way_that_gives_something_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import cykooz_resizer  # noqa: PLC0415

    def wrong(_self: object, _source: Image.Image, target: Image.Image, _options: object) -> None:
        target.paste(0, (0, 0, *target.size))

    monkeypatch.setattr(cykooz_resizer.Resizer, "resize_pil", wrong)
    assert fast_resizer() is None


@pytest.mark.usefixtures("afresh")
def test_the_fast_way_does_not_touch_the_memory_of_a_pillow_that_it_was_not_tried_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PIL, "__version__", "99.0.0")
    assert fast_resizer() is None
