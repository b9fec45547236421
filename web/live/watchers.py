"""Who watches at the moment: how many there may be, and what waits to be sent to each.

A browser that reads too slowly, or not at all, is not stored up for: what waits is thrown away, and it is told to
look at everything anew.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.requests import Request

from appliance.errors import TooManyStreams
from appliance.records.accounts import Viewer
from appliance.records.live import Event
from web.state import Caller

#: Streams at once of one session, key or token; of one person; of the process.
MOST_OF_SESSION, MOST_OF_PERSON, MOST = 6, 24, 500

#: Pieces that wait for one reader at most; each is what one look at the log brought.
MOST_WAITING = 64

#: When a reader that was ended for a newer one comes back by itself, milliseconds.
_LATER_MS = 60_000

_NUMBERS = count(1)


@dataclass(eq=False, slots=True)
class Watcher:
    """One stream."""

    request: Request
    caller: Caller
    #: Whether somebody's rights have changed since it was last looked who this is; by generation and time.
    generation: int
    checked_at: float
    #: What their rights depended on when they were looked up; nothing before that.
    standing: str | None = None
    number: int = field(default_factory=lambda: next(_NUMBERS))
    #: What it was last told of what has a state, by the event's name.
    told: dict[str, Any] = field(default_factory=dict)
    _waiting: list[bytes] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _last: bytes | None = None
    _said: bool = False

    @property
    def viewer(self) -> Viewer:
        """Who watches."""
        return self.caller.viewer

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be sent than what waits."""
        return self._last is not None

    def push(self, events: Sequence[Event], position: int) -> None:
        """Send these, without what it was told already; ``position`` is where they lead to in the log of changes."""
        fresh = [event for event in events if self._is_news(event)]
        if not fresh or self.is_over:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            self.told.clear()
            fresh = [Event("resync", {})]
        self._waiting.append(frame(fresh, position))
        self._news.set()

    def end(self, reason: str) -> None:
        """Send what waits and this, and no more."""
        if self._last is None:
            again = f"retry: {_LATER_MS}\n" if reason == "superseded" else ""
            self._last = again.encode() + frame([Event("end", {"reason": reason})], None)
            self._news.set()

    async def next(self, *, seconds: float) -> bytes:
        """What is to be sent now; nothing when there was none for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return b""
        self._news.clear()
        pieces = b"".join(self._waiting)
        self._waiting.clear()
        return pieces + self.last_word()

    def last_word(self) -> bytes:
        """What is said at the end, once."""
        if self._last is None or self._said:
            return b""
        self._said = True
        return self._last

    def _is_news(self, event: Event) -> bool:
        """Whether it was not told the same before; an edit is known by its id."""
        if event.name == "resync":
            self.told.clear()
        if not event.data or event.name == "assets":
            return True
        name = f"{event.name} {event.data.get('id', '')}"
        if self.told.get(name) == event.data:
            return False
        self.told[name] = event.data
        return True


def frame(events: Sequence[Event], position: int | None) -> bytes:
    """Events as the stream has them; the last one has the id, as whoever has part of them has to get all again."""
    lines: list[str] = []
    for number, event in enumerate(events, 1):
        if number == len(events) and position is not None:
            lines.append(f"id: {position}")
        lines += [f"event: {event.name}", f"data: {json.dumps(event.data, separators=(',', ':'))}", ""]
    return ("\n".join(lines) + "\n").encode()


class Watchers:
    """All streams of the process."""

    def __init__(self) -> None:
        self._all: dict[int, Watcher] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Watcher]:
        return iter(list(self._all.values()))

    def require_room(self) -> None:
        """Nothing, when there may be one more.

        Raises:
            TooManyStreams: there are as many as this process keeps.
        """
        if sum(not watcher.is_over for watcher in self) >= MOST:
            raise TooManyStreams

    def add(self, watcher: Watcher) -> None:
        """Keep one more, and end the oldest of its session or person where there are too many.

        Raises:
            TooManyStreams: there are as many as this process keeps.
        """
        self.require_room()
        self._all[watcher.number] = watcher
        for most, key in ((MOST_OF_SESSION, _session), (MOST_OF_PERSON, _person)):
            same = [each for each in self if key(each) == key(watcher) and not each.is_over]
            for one_too_many in same[: max(0, len(same) - most)]:
                one_too_many.end("superseded")

    def remove(self, watcher: Watcher) -> None:
        """Keep it no longer."""
        self._all.pop(watcher.number, None)

    def of_callers(self) -> dict[tuple[str, str], list[Watcher]]:
        """Those that go on, by the credential that they came with."""
        found: dict[tuple[str, str], list[Watcher]] = {}
        for watcher in self:
            if not watcher.is_over:
                found.setdefault(_shown(watcher), []).append(watcher)
        return found


def _session(watcher: Watcher) -> object:
    return watcher.caller.credential


def _person(watcher: Watcher) -> object:
    return watcher.viewer.user_id


def _shown(watcher: Watcher) -> tuple[str, str]:
    headers = watcher.request.headers
    return headers.get("cookie", ""), headers.get("authorization", "")
