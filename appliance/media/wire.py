"""What parent and child say to each other: a JSON header, its length before it, and then raw bytes.

Never pickle: what a child says may have been dictated by the file it read.
"""

import json
import struct
from collections.abc import Sequence
from typing import Any

#: The header's length, in network order.
PREFIX = struct.Struct("!I")

#: Longest header, bytes.
MAX_HEADER_BYTES = 64 * 1024

#: Most pieces of raw bytes in one message.
MAX_BLOBS = 16


def pack(header: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """The start of a message: everything but the raw bytes, which follow as they are.

    Raises:
        ValueError: the header is too long.
    """
    encoded = json.dumps({**header, "blobs": [len(blob) for blob in blobs]}).encode()
    return PREFIX.pack(header_length(len(encoded))) + encoded


def header_length(length: int) -> int:
    """``length`` if a header may be that long.

    Raises:
        ValueError: it may not.
    """
    if not 2 <= length <= MAX_HEADER_BYTES:
        raise ValueError(f"a header of {length} bytes")
    return length


def unpack(encoded: bytes, *, max_bytes: int) -> tuple[dict[str, Any], list[int]]:
    """The header, and the lengths of the raw bytes that follow, together at most ``max_bytes``.

    Raises:
        ValueError: it is no header.
    """
    header = json.loads(encoded)
    lengths = header.pop("blobs", None) if isinstance(header, dict) else None
    if not isinstance(lengths, list) or len(lengths) > MAX_BLOBS:
        raise ValueError("not a header")
    if any(type(length) is not int or length < 0 for length in lengths) or sum(lengths) > max_bytes:
        raise ValueError("more bytes than are taken")
    return header, lengths
