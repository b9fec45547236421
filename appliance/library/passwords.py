"""Passwords: which are taken, and hashing them without holding up anything else.

One verification takes about 0.1 s of a core and 19 MiB, on purpose (OWASP's argon2id options). So it runs in a
thread, two at a time, and when ten more wait the next is told to come back: nobody can stop the server by guessing.
Browsers in which an account signed in before wait in a line of their own, which strangers can't fill.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.errors import Busy, UsageError

#: Shortest password, characters.
MIN_CHARACTERS = 8

#: Longest password, bytes of UTF-8: more only costs the server time.
MAX_BYTES = 1024

_AT_ONCE = 2

#: In each of the two lines.
_MAY_WAIT = 10

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _common() -> frozenset[str]:
    # The commonest of eight characters and more: those of zxcvbn's frequency list (Dropbox, MIT), and some of ours.
    listed = files("appliance.library").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip().lower() for line in listed.splitlines() if line.strip())


#: Of a password that was thrown away, with today's parameters: who has no hash is verified against it.
NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$QLzjIBedVZNAL2Z3ihkTSA$la3H1nq8RH0FA7h28Wz3A+zOzkFSxHUWM1oORDv5fpM"
)


def check_password(password: str, *, user_name: str) -> None:
    """Nothing, when this may become a password. There are no rules on what signs it has.

    Raises:
        UsageError: too short, too long, one of the commonest, or the user's own name.
    """
    if len(password) < MIN_CHARACTERS:
        raise UsageError(f"The password must have at least {MIN_CHARACTERS} characters.")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise UsageError(f"The password must have at most {MAX_BYTES} bytes.")
    if password.lower() in _common() or len(set(password)) == 1:
        raise UsageError("This password is among the first that anybody would try; take another.")
    if password.lower() == user_name.lower():
        raise UsageError("The password must not be the user name.")


class Passwords:
    """Hashes and verifies; one per process, as it is what bounds the work."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = {True: 0, False: 0}

    async def hash(self, password: str) -> str:
        """The argon2id hash, with its parameters and a salt of its own.

        Raises:
            Busy: too many are waiting.
        """
        async with self._slot(known=False):
            return await asyncio.to_thread(_hasher.hash, password)

    async def verify(self, stored: str | None, password: str, *, known: bool = False) -> bool:
        """Whether the password is the one that was hashed; without a hash it takes as long and is False.

        ``known`` says that the account signed in before where this comes from.

        Raises:
            Busy: too many are waiting.
        """
        if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            return False
        async with self._slot(known=known):
            return await asyncio.to_thread(_verify, stored, password)

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return _hasher.check_needs_rehash(stored)

    @asynccontextmanager
    async def _slot(self, *, known: bool) -> AsyncIterator[None]:
        if self._waiting[known] >= _AT_ONCE + _MAY_WAIT:
            raise Busy("Too many sign-ins at once; try again shortly.")
        self._waiting[known] += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting[known] -= 1


def _verify(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
