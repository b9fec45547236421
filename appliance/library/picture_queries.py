"""What stands for a picture that somebody searches with: its vector, signed, and nothing of the picture itself.

The server keeps neither. Whoever has the handle gives it back with each page, and can't make one of their own.
"""

import hashlib
import hmac
import struct
from base64 import b64decode, urlsafe_b64encode

import numpy as np
from numpy.typing import NDArray

from appliance.errors import UsageError
from appliance.records.models import Model
from appliance.records.search import PictureTerm

#: The longest handle: of a vector of 4,096 numbers.
MAX_HANDLE = 12_000

_HEAD = struct.Struct("<I")
_SIGN_BYTES = 16
#: What else is signed with the same secret begins otherwise.
_PURPOSE = b"scene-sense picture query\0"


def write_picture(vector: NDArray[np.float32], model: Model, secret: str) -> str:
    """The handle of a vector, shape (dimension,), in half precision, as the library keeps its own."""
    content = _HEAD.pack(model.id) + np.asarray(vector, np.float16).tobytes()
    return urlsafe_b64encode(content + _sign(content, secret)).decode("ascii").rstrip("=")


def read_picture(handle: str, secret: str, *, weight: float = 1.0) -> PictureTerm:
    """What a handle stands for.

    Raises:
        UsageError: this server did not write it.
    """
    try:
        packed = b64decode(handle.encode("ascii") + b"=" * (-len(handle) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _not_ours() from error
    content, sign = packed[:-_SIGN_BYTES], packed[-_SIGN_BYTES:]
    if len(content) <= _HEAD.size or not hmac.compare_digest(sign, _sign(content, secret)):
        raise _not_ours()
    (model_id,) = _HEAD.unpack_from(content)
    vector = np.frombuffer(content, np.float16, offset=_HEAD.size).astype(np.float32)
    return PictureTerm(vector / np.linalg.norm(vector), model_id, weight)


def _sign(content: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode("utf-8"), _PURPOSE + content, hashlib.sha256)[:_SIGN_BYTES]


def _not_ours() -> UsageError:
    return UsageError("`picture` is nothing that this server gave; hand the picture in again.")
