"""Passwords: which are taken, and hashing them without holding up anything else.

One verification takes about 0.1 s of a core and 19 MiB, on purpose (OWASP's argon2id options). So it runs in a
thread, at most two at a time and never on all cores, and when ten more wait the next is told to come back: nobody can
stop the server by guessing. Browsers in which an account signed in before wait in a line of their own, which
strangers can't fill; and strangers together get a quarter of a core once they have had their first half second.
(Threads with a lower priority would be worse: one that holds the interpreter's lock and gets no core keeps everybody
waiting.)
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from functools import cache, partial
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appliance.cores import cores
from appliance.errors import Busy, UsageError

Value = TypeVar("Value")

#: Shortest password, characters.
MIN_CHARACTERS = 8

#: Longest password, bytes of UTF-8: more only costs the server time.
MAX_BYTES = 1024

#: Most that are hashed at the same time.
_AT_ONCE = 2

#: In each of the two lines.
_MAY_WAIT = 10

#: CPU time that strangers may use up at once, seconds, and what they get on from there, cores.
_AT_FIRST, _SHARE = 0.5, 0.25

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


class Turn:
    """What somebody whose turn it is may do."""

    def __init__(self) -> None:
        #: CPU time used, seconds.
        self.spent = 0.0

    async def hash(self, password: str) -> str:
        """The argon2id hash, with its parameters and a salt of its own."""
        hashed, spent = await asyncio.to_thread(_timed, partial(_hasher.hash, password))
        self.spent += spent
        return hashed

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed; without a hash it takes as long and is False."""
        if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            return False
        right, spent = await asyncio.to_thread(_timed, partial(_verify, stored, password))
        self.spent += spent
        return right


class Passwords:
    """Whose turn it is; one per process, as it is what bounds the work."""

    def __init__(self) -> None:
        at_once = max(1, min(_AT_ONCE, cores() - 1))
        self._most = at_once + _MAY_WAIT
        self._turn = asyncio.Semaphore(at_once)
        self._strangers = asyncio.Semaphore(at_once)
        self._waiting = {True: 0, False: 0}
        self._used = 0.0
        self._used_at = time.monotonic()

    async def hash(self, password: str) -> str:
        """What :meth:`Turn.hash` gives.

        Raises:
            Busy: too many are waiting.
        """
        async with self.turn() as turn:
            return await turn.hash(password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """What :meth:`Turn.verify` gives.

        Raises:
            Busy: too many are waiting.
        """
        async with self.turn() as turn:
            return await turn.verify(stored, password)

    @asynccontextmanager
    async def turn(self, *, known: bool = False) -> AsyncIterator[Turn]:
        """A turn, for as long as it takes: what is done for a try at signing in besides hashing belongs into it too.

        A flood then reaches neither the processor nor the database with more than one or two tries at a time.
        ``known`` says that the account signed in before where the try comes from.

        Raises:
            Busy: too many are waiting.
        """
        if self._waiting[known] >= self._most:
            raise Busy("Too many sign-ins at once; try again shortly.")
        self._waiting[known] += 1
        try:
            async with nullcontext() if known else self._stranger(), self._turn:
                turn = Turn()
                try:
                    yield turn
                finally:
                    if not known:
                        self._used = self._left_over() + turn.spent
                        self._used_at = time.monotonic()
        finally:
            self._waiting[known] -= 1

    @asynccontextmanager
    async def _stranger(self) -> AsyncIterator[None]:
        async with self._strangers:
            await asyncio.sleep(max(0.0, self._left_over() - _AT_FIRST) / _SHARE)
            yield

    def _left_over(self) -> float:
        return max(0.0, self._used - (time.monotonic() - self._used_at) * _SHARE)


def _timed(work: Callable[[], Value]) -> tuple[Value, float]:
    begun = time.thread_time()
    return work(), time.thread_time() - begun


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or NOBODYS_HASH, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
