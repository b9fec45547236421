"""How often one may try to sign in, so that guessing is hopeless and nobody can lock anybody else out.

Counted per account and place together: somebody at another place is not slowed down by it. After five failures
each further try has to wait, 30 seconds at first and twice as long each time, at most 15 minutes; a success, or an
hour of peace, forgets them. One place may also try 30 times a minute over all accounts.

A place is an address (of IPv6 a /64, which is one household), or a browser in which this very account signed in
before (:mod:`appliance.library.devices`): whoever guesses behind the same address is at another place than that
browser, and can't keep it out. The counts are in the database, so that neither a restart nor a second web process
gives anybody another turn.
"""

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network

from appliance.db import attempts
from appliance.db.attempts import Rules
from appliance.db.engine import Database
from appliance.errors import TooManyAttempts
from appliance.library.accounts import folded

RULES = Rules(
    free_failures=5,
    first_wait=30.0,
    longest_wait=900.0,
    forgotten_after=3600.0,
    per_place_a_minute=30,
)

#: Counts kept at most; those left alone longest go first.
MOST_KEPT = 100_000


async def begin(db: Database, account: str, place: str) -> None:
    """Count one try, as failed until :func:`succeeded`: tries at the same time count as well.

    Raises:
        TooManyAttempts: this one may not be made yet, and does not count.
    """
    name = _kept(account)
    # Looked at before it is counted: most of a flood ends here, without a lock or a row written.
    wait = await attempts.wait_of(db, RULES, account=name, place=place)
    if wait <= 0 and await attempts.count(db, RULES, account=name, place=place):
        return
    if wait <= 0:
        wait = await attempts.wait_of(db, RULES, account=name, place=place)
    raise TooManyAttempts(retry_after_seconds=max(1.0, wait))


async def succeeded(db: Database, account: str, place: str) -> None:
    """Forget the failures of this account at this place."""
    await attempts.forget(db, account=_kept(account), place=place)


async def forget(db: Database, account: str) -> None:
    """Forget the failures of this account at every place, as its password is another one now."""
    await attempts.forget(db, account=_kept(account))


async def forget_old(db: Database) -> int:
    """How many counts were forgotten that matter no more."""
    return await attempts.forget_old(db, seconds=RULES.forgotten_after, most=MOST_KEPT)


def place_of(ip: str) -> str:
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


def _kept(account: str) -> str:
    # People type a password where the name belongs; and a hash is never longer than a hash.
    return hashlib.sha256(folded(account).encode("utf-8", "replace")).hexdigest()
