"""Fixed pictures and texts: their vectors tell one model from another, and one way of computing from another.

A model's files may be the same and its vectors others: another runtime, another processor, a precision that was
chosen behind our back, or a server whose files nobody here can see. So the vectors that a model gave for these
inputs when it was first used are kept, and whoever is about to use it compares.

The inputs must never change: every library has stored what became of them.
"""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder, TowerName, Vectors
from appliance.records.media import PixelSpec

#: Two computations of one model agree to at least this cosine, on every input. Kernels and graphics cards differ by
#: 1e-5 at most; another preprocessing, another activation function or 8-bit weights by 1e-3 and more.
AGREE = 0.999

TEXTS = ("a photo of a dog on a beach", "ein rotes Fahrrad im Schnee", "receipt no. 17, hardware shop")

Golden = dict[str, Vectors]


def pictures(spec: PixelSpec) -> dict[str, NDArray[np.uint8]]:
    """Pictures as ``spec`` wants them, uint8 [height, width, 3], by name: waves, tiles, and noise."""
    rows, columns = np.mgrid[0 : spec.height, 0 : spec.width].astype(np.int64)
    down, across = rows * 256 // spec.height, columns * 256 // spec.width
    waves = [(down + across) // 2, abs(down - across), (down * across) >> 8]
    tiles = [((down >> 5) ^ (across >> 5)) * 36, (down >> 6) * 80, (across >> 6) * 80]
    # Knuth's multiplicative hash of the place: noise that no library's generator can change.
    noise = [((rows * 8191 + columns * 131 + channel) * 2654435761 >> 13) & 255 for channel in range(3)]
    made = {"waves": waves, "tiles": tiles, "noise": noise}
    return {name: np.stack(planes, axis=-1).astype(np.uint8) for name, planes in made.items()}


async def golden_vectors(encoder: Encoder, towers: frozenset[TowerName]) -> Golden:
    """What the encoder gives for the inputs of these towers: unit vectors (D,) by the input's name.

    Raises:
        ModelUnavailable: it can't encode.
    """
    found: Golden = {}
    if "image" in towers:
        inputs = pictures(encoder.pixels)
        vectors = await encoder.encode_images(list(inputs.values()))
        found |= {f"picture {name}": vector for name, vector in zip(inputs, vectors, strict=True)}
    if "text" in towers:
        found |= {f"text {text}": await encoder.encode_text(text) for text in TEXTS}
    return found


def agreement(one: Mapping[str, Vectors], other: Mapping[str, Vectors]) -> float:
    """The least cosine over the inputs that both have; 1.0 when they share none, -1.0 when dimensions differ."""
    cosines = []
    for name in one.keys() & other.keys():
        a, b = (np.asarray(golden[name], np.float64).reshape(-1) for golden in (one, other))
        if a.shape != b.shape:
            return -1.0
        cosines.append(float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))))
    return min(cosines, default=1.0)


def fingerprint(golden: Mapping[str, Vectors]) -> str:
    """Eight hex digits for these vectors, to name a further way of computing one model; not for comparing."""
    rounded = {name: np.round(np.asarray(vector, np.float64), 3) for name, vector in golden.items()}
    content = b"".join(name.encode() + rounded[name].tobytes() for name in sorted(rounded))
    return sha256(content).hexdigest()[:8]
