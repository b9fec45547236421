"""Passwords: which are taken, and hashing them without holding up anything else.

One verification takes about 0.1 s of a core and 19 MiB, on purpose (OWASP's argon2id options). So it runs in a
thread, at most two at a time and never on all cores, and when ten more wait the next is told to come back: nobody can
stop the server by guessing. Browsers in which an account signed in before wait in a line of their own, which
strangers can't fill. (Threads with a lower priority would be worse: one that holds the interpreter's lock and gets no
core keeps everybody waiting.)
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.cores import cores
from appliance.errors import Busy, UsageError

#: Shortest password, characters.
MIN_CHARACTERS = 8

#: Longest password, bytes of UTF-8: more only costs the server time.
MAX_BYTES = 1024

#: Most that are hashed at the same time.
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
        self._at_once = max(1, min(_AT_ONCE, cores() - 1))
        self._turn = asyncio.Semaphore(self._at_once)
        self._waiting = {True: 0, False: 0}

    async def hash(self, password: str) -> str:
        """The argon2id hash, with its parameters and a salt of its own.

        Raises:
            Busy: too many are waiting.
        """
        async with self.turn():
            return await hash_in_turn(password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed; without a hash it takes as long and is False.

        Raises:
            Busy: too many are waiting.
        """
        async with self.turn():
            return await verify_in_turn(stored, password)

    @asynccontextmanager
    async def turn(self, *, known: bool = False) -> AsyncIterator[None]:
        """A turn, for as long as it takes: what is done for a try at signing in besides hashing belongs into it too.

        A flood then reaches neither the processor nor the database with more than one or two tries at a time. Within
        it :func:`hash_in_turn` and :func:`verify_in_turn` do the work. ``known`` says that the account signed in
        before where the try comes from.

        Raises:
            Busy: too many are waiting.
        """
        if self._waiting[known] >= self._at_once + _MAY_WAIT:
            raise Busy("Too many sign-ins at once; try again shortly.")
        self._waiting[known] += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting[known] -= 1


async def hash_in_turn(password: str) -> str:
    """What :meth:`Passwords.hash` gives, for whoever has the turn."""
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_in_turn(stored: str | None, password: str) -> bool:
    """What :meth:`Passwords.verify` gives, for whoever has the turn."""
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return False
    return await asyncio.to_thread(_verify, stored, password)


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
