"""Vectors of pictures and of words, for a coroutine: the protocol that every way of encoding keeps.

Vectors are float32, L2-normalised, shape (D,) or (n, D); the cosine of two of them is their dot product. Which
vectors may be compared is said by ``identity``.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.clip.query_cache import QueryCache
from appliance.records.media import PixelSpec
from appliance.records.models import Card

TowerName = Literal["image", "text"]
Vectors = NDArray[np.float32]

#: Decoded pictures: uint8 RGB, each [height, width, 3]; an array [n, height, width, 3] is as good as a list.
Pictures = Sequence[NDArray[np.uint8]] | NDArray[np.uint8]


class Encoder(Protocol):
    """A model that is ready to encode; one per process."""

    @property
    def identity(self) -> str:
        """Equal for two encoders only if their vectors may be compared."""

    @property
    def name(self) -> str:
        """The model's name, for example ``starter``."""

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""

    @property
    def pixels(self) -> PixelSpec:
        """What the decoder is to make of a picture."""

    @property
    def card(self) -> Card:
        """How the model is presented to people."""

    @property
    def providers(self) -> frozenset[str]:
        """What runs the towers that are loaded, for example ``CPUExecutionProvider``."""

    @property
    def queries(self) -> QueryCache:
        """The vectors of the last texts."""

    async def encode_images(self, pictures: Pictures) -> Vectors:
        """Unit vectors [n, D] of decoded pictures, each uint8 RGB [height, width, 3] as ``pixels`` says.

        Raises:
            ModelUnavailable: the image tower is not loaded, or failed.
        """

    async def encode_text(self, text: str) -> Vectors:
        """The unit vector (D,) of a text, read-only; goes before pictures that wait.

        Raises:
            UsageError: the text is empty.
            ModelUnavailable: the text tower is not loaded, or failed.
        """

    async def close(self) -> None:
        """Finish what waits and free the model's memory."""
