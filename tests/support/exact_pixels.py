"""A model's pixels from a whole decode, without the shortcuts that the decoder's children take."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.media.picture import decode, prepare
from appliance.media.pixels import model_pixels
from appliance.records.media import PixelSpec


def exact_pixels(path: Path, spec: PixelSpec) -> NDArray[np.uint8]:
    """uint8 [height, width, 3]."""
    prepare()
    with path.open("rb") as file:
        decoded = decode(file.fileno(), max_pixels=10**9, needs=[lambda size: size])
    pixels = np.frombuffer(model_pixels(decoded.pixels, spec), np.uint8)
    return pixels.reshape(spec.height, spec.width, 3)
