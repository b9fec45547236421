"""The image tower's input from decoded pixels: scaled, shifted, channels first.

Getting a file to the right size (squashed, or shortest side and centre crop) is the decoder's part, in its own
process, by the :class:`PixelSpec` of the model.
"""

import numpy as np
from numpy.typing import NDArray

from appliance.clip.folder import Preprocessing


def normalise(batch: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.float32]:
    """Float32 [n, 3, height, width] from uint8 RGB [n, height, width, 3].

    Raises:
        ValueError: the pixels have another shape or type than the model's.
    """
    spec = preprocessing.pixels
    if batch.dtype != np.uint8 or batch.shape[1:] != (spec.height, spec.width, 3):
        raise ValueError(
            f"pixels are {batch.dtype} {list(batch.shape)}, not uint8 [n, {spec.height}, {spec.width}, 3]"
        )
    # One multiplication and one addition per value: (x / 255 - mean) / std.
    std = np.asarray(preprocessing.std, np.float64)
    scale = (1.0 / (255.0 * std)).astype(np.float32)
    shift = (-np.asarray(preprocessing.mean, np.float64) / std).astype(np.float32)
    planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2)).astype(np.float32)
    planes *= scale[:, None, None]
    planes += shift[:, None, None]
    return planes
