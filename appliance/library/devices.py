"""Browsers in which an account has signed in before: a signed note that the browser itself keeps.

The note is ``ID.ACCOUNTS.MAC``: a random id, up to eight accounts that signed in there, each as a keyed hash of its
name, and the signature over both. It opens nothing. It is a place of its own for tries at signing in to those
accounts, so that nobody else can use them up.
"""

import hashlib
import hmac
import re
import secrets

from appliance.library.accounts import folded

#: Accounts that one browser remembers; the one that signed in longest ago is forgotten first.
_ACCOUNTS = 8

#: No address begins like this.
_PLACE = "device "

_NOTE = re.compile(r"([0-9a-f]{32})\.((?:[0-9a-f]{16}-)*[0-9a-f]{16})\.([0-9a-f]{64})")


def device_place(key: str, note: str | None, account: str) -> str | None:
    """The place that this browser is for tries at this account; None when it never signed in here."""
    found = _read(key, note)
    if found is None or _mark(key, account) not in found[1]:
        return None
    return f"{_PLACE}{found[0]}"


def is_device(place: str) -> bool:
    """Whether a place is a browser in which the account signed in before, and no address."""
    return place.startswith(_PLACE)


def noted(key: str, note: str | None, account: str) -> str:
    """The note to keep in a browser now that this account has signed in."""
    device, known = _read(key, note) or (secrets.token_hex(16), ())
    mark = _mark(key, account)
    accounts = "-".join((mark, *(other for other in known if other != mark))[:_ACCOUNTS])
    return f"{device}.{accounts}.{_mac(key, f'{device}.{accounts}')}"


def _read(key: str, note: str | None) -> tuple[str, tuple[str, ...]] | None:
    found = _NOTE.fullmatch(note or "")
    if found is None:
        return None
    device, accounts, mac = found.groups()
    if not hmac.compare_digest(mac, _mac(key, f"{device}.{accounts}")):
        return None
    return device, tuple(accounts.split("-"))


def _mark(key: str, account: str) -> str:
    return _mac(key, f"account {folded(account)}")[:16]


def _mac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
