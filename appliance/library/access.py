"""Remembers for moments what was looked up about who may see what, and forgets it the moment anybody's rights change.

Three things keep an answer from being given once more after it became wrong:

1. Whatever may take a right away notifies, in the same transaction (the triggers of the database), and this process
   forgets everything when it hears of it; while it can't hear, nothing is remembered.
2. What this process itself changes it forgets before it answers, without waiting to hear of it.
3. What was being looked up meanwhile is not kept: each look-up begins with a ticket, and forgetting ends all tickets.

Beyond that an entry lives for :data:`LIFE_SECONDS` at most, and less where a right ends by itself before.
"""

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

#: The longest that anything is remembered, seconds.
LIFE_SECONDS = 15.0


class Ticket(NamedTuple):
    """The beginning of a look-up."""

    generation: int
    #: By the monotonic clock.
    began: float


class Forgetful(Protocol):
    """What can be emptied."""

    def clear(self) -> None:
        """Remember nothing."""


class Access:
    """What this process knows of changed rights. It hears nothing, and so nothing is kept, until it is told so."""

    def __init__(self) -> None:
        self._generation = 0
        self._hears = False
        self._changed_at = time.monotonic()
        self._memories: list[Forgetful] = []
        self._watchers: list[Callable[[], None]] = []

    @property
    def generation(self) -> int:
        """A number that is another one after each change of rights."""
        return self._generation

    @property
    def hears(self) -> bool:
        """Whether a change of rights anywhere would be heard of."""
        return self._hears

    @property
    def deaf_seconds(self) -> float:
        """For how long none has been heard of."""
        return 0.0 if self._hears else time.monotonic() - self._changed_at

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this at each change of rights; it must not block."""
        self._watchers.append(watcher)

    def forget(self) -> None:
        """Remember nothing any more: somebody's rights may have changed."""
        self._generation += 1
        for memory in self._memories:
            memory.clear()
        for watcher in self._watchers:
            watcher()

    def set_hears(self, hears: bool) -> None:
        """Begin to remember, or stop it: what was notified in between is not known."""
        if hears or self._hears:
            self._hears, self._changed_at = hears, time.monotonic()
            self.forget()

    def ticket(self) -> Ticket:
        """What a look-up takes before it asks anybody."""
        return Ticket(self._generation, time.monotonic())

    def is_good(self, ticket: Ticket) -> bool:
        """Whether nobody's rights have changed since."""
        return self._hears and ticket.generation == self._generation

    def add(self, memory: Forgetful) -> None:
        """Forget this one as well."""
        self._memories.append(memory)


class Memory(Generic[Key, Value]):
    """Answers by their key, the oldest of which go when there are too many."""

    def __init__(self, access: Access, *, most: int) -> None:
        self._access = access
        self._most = most
        self._entries: dict[Key, tuple[float, Value]] = {}
        access.add(self)

    def find(self, key: Key) -> Value | None:
        """The answer, if it is remembered and still good."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        until, value = entry
        if time.monotonic() < until:
            return value
        del self._entries[key]
        return None

    def keep(self, ticket: Ticket, key: Key, value: Value, *, seconds: float | None = None) -> None:
        """Remember an answer, unless rights changed since the ticket; ``seconds`` is how long it is true for sure."""
        life = LIFE_SECONDS if seconds is None else min(LIFE_SECONDS, seconds)
        if life <= 0 or not self._access.is_good(ticket):
            return
        self._entries.pop(key, None)
        while len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = (ticket.began + life, value)

    def clear(self) -> None:
        """Remember nothing."""
        self._entries.clear()
