"""Which assets people were just shown: these they may see, and a thumbnail of one needs no question of its own.

A grid lists hundreds of assets and then asks for the thumbnail of each. What the list found is remembered here, as
little of it as says that this version of this asset may be seen. Whoever fills it takes the ticket before the list is
read, so that it is forgotten, and kept out, exactly as what is looked up for a single asset.
"""

import time
from collections.abc import Hashable, Iterable
from uuid import UUID

from appliance.library.access import LIFE_SECONDS, Access, Ticket
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset

#: An asset as it is packed: its id, and its version as a big-endian integer.
KEY_BYTES = 20

#: Pairs of a person and an asset, some 150 bytes each; up to twice as many are kept, 30 MB.
MOST_SHOWN = 100_000


def packed_key(asset_id: UUID, version: int) -> bytes:
    """One asset of what was shown."""
    return asset_id.bytes + version.to_bytes(4, "big")


def pack_shown(viewer: Viewer, assets: Iterable[Asset]) -> bytes:
    """What a person was shown, without other people's assets that leave by themselves: their end is a moment."""
    return b"".join(
        packed_key(asset.id, asset.media_version)
        for asset in assets
        if asset.expires_at is None or asset.owner == viewer.user_id
    )


class Shown:
    """Two generations of what was shown: the younger takes what is new, and when it is full the older goes."""

    def __init__(self, access: Access, *, most: int = MOST_SHOWN) -> None:
        self._access = access
        self._most = most
        self._young: dict[Hashable, dict[bytes, float]] = {}
        self._old: dict[Hashable, dict[bytes, float]] = {}
        self._room = most
        access.add(self)

    @property
    def count(self) -> int:
        """How many are kept."""
        return sum(len(each) for part in (self._young, self._old) for each in part.values())

    def has(self, rights: Hashable, asset_id: UUID, version: int) -> bool:
        """Whether whoever has these rights was shown this version moments ago, and nobody's rights changed since."""
        if not 0 <= version < 2**32:
            return False
        key, now = packed_key(asset_id, version), time.monotonic()
        return any(now < part.get(rights, {}).get(key, 0.0) for part in (self._young, self._old))

    def keep(self, ticket: Ticket, rights: Hashable, packed: bytes) -> None:
        """Remember what was shown, unless rights changed since the ticket; of very much only the first."""
        if not packed or not self._access.is_good(ticket):
            return
        ends = range(KEY_BYTES, min(len(packed), self._most * KEY_BYTES) + 1, KEY_BYTES)
        if len(ends) > self._room:
            self._old, self._young, self._room = self._young, {}, self._most
        kept = self._young.setdefault(rights, {})
        before = len(kept)
        kept.update(
            dict.fromkeys([packed[end - KEY_BYTES : end] for end in ends], ticket.began + LIFE_SECONDS)
        )
        self._room -= len(kept) - before

    def clear(self) -> None:
        """Remember nothing."""
        self._young, self._old, self._room = {}, {}, self._most
