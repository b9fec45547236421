"""A model's pixels have the model's size whatever the picture's, and what is cut or padded is at its edges."""

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.media.pixels import model_pixels, pixels_need, scaled_size
from appliance.records.media import PixelSpec

SIDES = st.integers(1, 700)
MODES: st.SearchStrategy[Literal["squash", "shortest", "longest"]] = st.sampled_from(
    ["squash", "shortest", "longest"]
)


@settings(max_examples=120, deadline=None)
@given(
    width=SIDES, height=SIDES, across=st.integers(16, 40), down=st.integers(16, 40), scale=st.integers(0, 48),
    resize=MODES, halves=st.sampled_from(["even", "down"]),
)  # fmt: skip
def test_any_picture_becomes_the_models_size(
    *, width: int, height: int, across: int, down: int, scale: int,
    resize: Literal["squash", "shortest", "longest"], halves: Literal["even", "down"],
) -> None:  # fmt: skip
    spec = PixelSpec(across, down, resize, "bilinear", scale, scale, fill=0x0A141E, halves=halves)
    picture = Image.new("RGB", (width, height), (10, 20, 30))
    # Of one colour and padded with it, whatever is done leaves it so.
    assert model_pixels(picture, spec) == bytes((10, 20, 30)) * (across * down)
    scaled = scaled_size((width, height), spec)
    if resize == "longest":
        assert scaled[0] <= (scale or across) and scaled[1] <= (scale or down)
    if resize == "shortest":
        assert scaled[0] >= (scale or across) and scaled[1] >= (scale or down)
    need = pixels_need((width, height), spec)
    assert need[0] >= 2 and need[1] >= 2


def test_padding_lies_around_the_picture() -> None:
    spec = PixelSpec(16, 16, "longest", "nearest", fill=0xFF0000)
    rows = model_pixels(Image.new("RGB", (32, 16), (0, 0, 255)), spec)
    made = Image.frombytes("RGB", (16, 16), rows)
    assert [made.getpixel((8, row)) for row in (3, 4, 11, 12)] == [
        (255, 0, 0), (0, 0, 255), (0, 0, 255), (255, 0, 0),
    ]  # fmt: skip
