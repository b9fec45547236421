"""How often strangers may have something done here that costs more than an answer."""

import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from appliance.errors import TooManyAttempts

_SECONDS = 60


class Pace:
    """Counts of one minute, by address (of IPv6 the network) and together. ``clock`` only goes forward."""

    def __init__(
        self, *, each: int = 60, together: int = 600, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._each = each
        self._together = together
        self._clock = clock
        self._minute = -1
        self._counts: Counter[str] = Counter()

    def step(self, ip: str) -> None:
        """Count one.

        Raises:
            TooManyAttempts: that is one too many in this minute.
        """
        minute, left = divmod(self._clock(), _SECONDS)
        if minute != self._minute:
            self._minute = int(minute)
            self._counts.clear()
        place = _place(ip)
        if self._counts[place] >= self._each or self._counts.total() >= self._together:
            raise TooManyAttempts(retry_after_seconds=_SECONDS - left)
        self._counts[place] += 1


def _place(ip: str) -> str:
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)
