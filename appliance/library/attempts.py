"""How often one may try to sign in, so that guessing is hopeless and nobody can lock anybody else out.

Counted per account and address together: somebody on another machine is not slowed down by it. After five
failures each further try has to wait, 30 seconds at first and twice as long each time, at most 15 minutes;
a success forgets them. One address may also try 30 times a minute over all accounts. The counts are in this
process's memory: a restart forgets them, and a second web process has its own.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from appliance.errors import TooManyAttempts

FREE_FAILURES = 5
FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 900.0
PER_ADDRESS_A_MINUTE = 30

#: Accounts and addresses remembered; the longest unused is forgotten first.
_REMEMBERED = 10_000

#: Failures are forgotten after this long without another, seconds.
_FORGOTTEN_AFTER = 3600.0


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Attempts:
    """The counts of one process. ``clock`` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()
        self._recent: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, account: str, ip: str) -> None:
        """Count one try, as failed until :meth:`succeeded`: tries at the same time count as well.

        Raises:
            TooManyAttempts: this one may not be made yet, and does not count.
        """
        now = self._clock()
        network = _network(ip)
        key = (account.casefold(), network)
        known = self._failures.get(key)
        if known is not None and now - known.last > _FORGOTTEN_AFTER:
            known = None
        wait = 0.0 if known is None else known.last + _wait_after(known.count) - now
        recent = self._recent.setdefault(network, deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= PER_ADDRESS_A_MINUTE:
            wait = max(wait, recent[0] + 60 - now)
        if wait > 0:
            raise TooManyAttempts(retry_after_seconds=wait)
        recent.append(now)
        self._recent.move_to_end(network)
        self._failures[key] = _Failures(1 if known is None else known.count + 1, now)
        self._failures.move_to_end(key)
        for remembered in (self._failures, self._recent):
            while len(remembered) > _REMEMBERED:
                remembered.popitem(last=False)

    def succeeded(self, account: str, ip: str) -> None:
        """Forget the failures of this account from this address."""
        self._failures.pop((account.casefold(), _network(ip)), None)


def _wait_after(failures: int) -> float:
    if failures < FREE_FAILURES:
        return 0.0
    return float(min(FIRST_WAIT_SECONDS * 2.0 ** min(failures - FREE_FAILURES, 10), LONGEST_WAIT_SECONDS))


def _network(ip: str) -> str:
    """One household's worth of addresses: a single IPv4 address, an IPv6 /64."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)
