"""What is said between this program and its own encoder server: the description of a model, pixels, and vectors.

    GET  /v1/model?name=NAME              -> the description, JSON
    POST /v1/images?model=NAME            n pictures as the description's ``pixels`` say, one after the other
    POST /v1/texts?model=NAME             {"texts": ["…"]}

Both answer with float32 numbers, little-endian, ``dimension`` for each picture or text. Request and answer carry the
model's identity in a header: a server that has another model by that name refuses, and an answer of another model is
never taken for one of this.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from appliance.clip.encoder import Pictures, Vectors
from appliance.records.media import PixelSpec
from appliance.records.models import Card

MODEL_PATH = "/v1/model"
IMAGES_PATH = "/v1/images"
TEXTS_PATH = "/v1/texts"

#: The header with the identity that is expected, or that the vectors are of.
IDENTITY_HEADER = "x-model-identity"

BYTES_TYPE = "application/octet-stream"

#: Most numbers of one vector.
MAX_DIMENSION = 16384

#: Numbers on the wire.
_FLOAT = np.dtype("<f4")


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="ignore"))
class Described:
    """A model as its server describes it."""

    #: Tells our server from others, and one release's wire from the next.
    protocol: Literal["scene-sense-1"]
    name: str
    identity: Annotated[str, Field(min_length=8, max_length=200)]
    dimension: Annotated[int, Field(ge=1, le=MAX_DIMENSION)]
    pixels: PixelSpec
    card: Card
    #: What runs the model there, for example ``CPUExecutionProvider``.
    providers: tuple[str, ...]
    #: Most pictures in one request.
    pictures: Annotated[int, Field(ge=1, le=4096)]


_DESCRIBED = TypeAdapter(Described)


def description_to_json(described: Described) -> bytes:
    """The body that describes a model."""
    return _DESCRIBED.dump_json(described)


def description_from_json(body: bytes) -> Described:
    """The model that a body describes.

    Raises:
        ValueError: it does not.
    """
    try:
        return _DESCRIBED.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "body"
        raise ValueError(f"{where}: {first['msg']}") from error


def pictures_to_bytes(pictures: Pictures) -> bytes:
    """The pixels of all pictures, one after the other."""
    return b"".join(np.ascontiguousarray(picture).tobytes() for picture in pictures)


def pictures_from_bytes(body: bytes, spec: PixelSpec) -> Pictures:
    """The pictures [n, height, width, 3] in ``body``, read-only.

    Raises:
        ValueError: it does not hold whole pictures of this size.
    """
    each = spec.height * spec.width * 3
    if not body or len(body) % each:
        raise ValueError(
            f"{len(body)} bytes are not pictures of {spec.width} x {spec.height} pixels, {each} bytes each"
        )
    return np.frombuffer(body, np.uint8).reshape(-1, spec.height, spec.width, 3)


def vectors_to_bytes(vectors: Sequence[Vectors] | Vectors) -> bytes:
    """The numbers of all vectors, one after the other."""
    return np.asarray(vectors, _FLOAT).tobytes()


def vectors_from_bytes(body: bytes, *, count: int, dimension: int) -> Vectors:
    """The vectors [count, dimension] in ``body``.

    Raises:
        ValueError: it holds more or less.
    """
    if len(body) != count * dimension * _FLOAT.itemsize:
        raise ValueError(f"{len(body)} bytes are not {count} vectors of {dimension} numbers")
    return np.frombuffer(body, _FLOAT).reshape(count, dimension).astype(np.float32)


def require_directions(vectors: Vectors, *, count: int, dimension: int | None) -> Vectors:
    """The vectors [count, dimension], each of length one; what has that length already keeps its bits.

    Raises:
        ValueError: there are more or fewer, of another size, or one has no direction.
    """
    size = vectors.shape[1] if dimension is None and vectors.ndim == 2 else dimension
    if vectors.shape != (count, size) or not size:
        raise ValueError(f"it gave vectors of shape {list(vectors.shape)}, not {[count, size]}")
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    if not np.isfinite(norms).all() or (norms < 1e-6).any():
        raise ValueError("it gave a vector with NaN in it, or without a direction")
    if np.abs(norms - 1).max(initial=0) < 1e-5:
        return vectors
    scaled: Vectors = (vectors / norms[:, None]).astype(np.float32)
    return scaled
