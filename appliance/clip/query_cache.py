"""The vectors of the last texts that were looked for: people ask again, and each page asks anew."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from appliance.errors import UsageError

Vectors = NDArray[np.float32]


def query_key(text: str) -> str:
    """The text as it is encoded and remembered, which is as it was given.

    Raises:
        UsageError: the text is empty, or holds half of a character.
    """
    if not text.strip():
        raise UsageError("Say what to look for; the text is empty.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise UsageError("The text holds half of a character (a surrogate without its other half).")
    return text


class QueryCache:
    """At most ``size`` vectors by their text; the one that was not asked for the longest goes first.

    It knows the SHA-256 of each text, not the text: what people look for is nobody's business.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()

    def get(self, key: str) -> Vectors | None:
        """The vector of a text, read-only; None when it is not here."""
        digest = _digest(key)
        if digest in self._vectors:
            self._vectors.move_to_end(digest)
        return self._vectors.get(digest)

    def put(self, key: str, vector: Vectors) -> Vectors:
        """Keep ``vector``, from now on read-only, and give it back."""
        return self._put(_digest(key), vector)

    def dump(self) -> list[tuple[bytes, Vectors]]:
        """All that is here by digest, the least used first: what :meth:`load` takes."""
        return list(self._vectors.items())

    def load(self, items: Iterable[tuple[bytes, Vectors]]) -> None:
        """Put in what a former process of the same model had, where nothing newer is here."""
        newer = self.dump()
        self._vectors.clear()
        for digest, vector in [*items, *newer]:
            self._put(digest, vector)

    def _put(self, digest: bytes, vector: Vectors) -> Vectors:
        vector.flags.writeable = False
        self._vectors[digest] = vector
        self._vectors.move_to_end(digest)
        while len(self._vectors) > self._size:
            self._vectors.popitem(last=False)
        return vector

    def clear(self) -> None:
        """Forget everything."""
        self._vectors.clear()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
