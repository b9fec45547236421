"""The vectors of the last texts that were looked for: people ask again, and each page asks anew."""

from collections import OrderedDict
from collections.abc import Iterable

from appliance.clip.encoder import Vectors
from appliance.clip.tokenizer import collapse
from appliance.errors import UsageError


def query_key(text: str) -> str:
    """What counts as the same query.

    Raises:
        UsageError: the text is empty.
    """
    key = collapse(text)
    if not key:
        raise UsageError("Say what to look for; the text is empty.")
    return key


class QueryCache:
    """At most ``size`` vectors by their text; the one that was not asked for the longest goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def get(self, key: str) -> Vectors | None:
        """The vector of a text, read-only; None when it is not here."""
        if key in self._vectors:
            self._vectors.move_to_end(key)
        return self._vectors.get(key)

    def put(self, key: str, vector: Vectors) -> Vectors:
        """Keep ``vector``, from now on read-only, and give it back."""
        vector.flags.writeable = False
        self._vectors[key] = vector
        self._vectors.move_to_end(key)
        while len(self._vectors) > self._size:
            self._vectors.popitem(last=False)
        return vector

    def dump(self) -> list[tuple[str, Vectors]]:
        """All that is here, the least used first: what :meth:`load` takes."""
        return list(self._vectors.items())

    def load(self, items: Iterable[tuple[str, Vectors]]) -> None:
        """Put in what a former process of the same model had, where nothing newer is here."""
        newer = self.dump()
        self._vectors.clear()
        for key, vector in [*items, *newer]:
            self.put(key, vector)

    def clear(self) -> None:
        """Forget everything."""
        self._vectors.clear()
