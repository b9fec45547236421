"""Looks at the log of changes for all who watch, and tells each what is theirs to know.

One task per process, for as long as anybody watches:

1. when somebody's rights have changed, otherwise every half minute, and before each look while changes of rights
   can't be heard of, ask for what all the watchers' rights depend on, look up again those of whom it is another, and
   end the streams of those who are nobody any more, before anything more is sent to them;
2. look what was added to the log;
3. look up once for each person what of it they are told, and hand it to all their streams;
4. every few seconds look at the volume.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from appliance.db.standing import find_standings
from appliance.errors import Unavailable
from appliance.library.appliance import Appliance
from appliance.library.feed import MOST_ROWS, Feed, News
from appliance.library.live import EVERYTHING, Concern, concern_of, events_of
from appliance.records.accounts import Scope, Viewer
from appliance.records.live import Change, Event
from web.auth.identify import identify_again
from web.live.watchers import Watcher, Watchers
from web.state import Caller, Context

log = logging.getLogger(__name__)

#: How often the log is looked at while somebody watches, seconds.
LOOK_SECONDS = 0.4

#: How often it is looked who the watchers are, although nothing was heard, seconds.
CHECK_SECONDS = 30.0

#: How often the volume is looked at, seconds.
VOLUME_SECONDS = 3.0

#: How long a volume may take to answer before it counts as away, seconds.
VOLUME_ANSWER_SECONDS = 2.0

#: After a failure the next look comes later, seconds.
AGAIN_SECONDS = 1.0

#: Rights that change one after the other are looked at together, seconds.
SETTLE_SECONDS = 0.05

#: What takes long to count, and how often it is told at most, seconds.
SELDOM = {"jobs": 2.0, "models": 5.0}

_Who = tuple[object, frozenset[Scope]]


@dataclass(slots=True)
class _Audience:
    """All streams of one person with the same rights."""

    #: Events that are told later, as they were told moments ago.
    late: set[str] = field(default_factory=set)
    #: When each was last told, by the monotonic clock.
    told_at: dict[str, float] = field(default_factory=dict)


class Desk:
    """One per process; what it holds is opened with the appliance and ends with it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.watchers = Watchers()
        self._feed: Feed | None = None
        self._of: Appliance | None = None
        self._news: list[News] = []
        self._audiences: dict[_Who, _Audience] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._volume: asyncio.Task[str] | None = None
        self._volume_at = 0.0
        context.access.watch(self._wake.set)

    @property
    def feed(self) -> Feed:
        """The log as this process follows it.

        Raises:
            DatabaseUnavailable: the appliance is not open.
        """
        appliance = self._context.appliance
        if self._feed is None or self._of is not appliance:
            self._feed, self._of = Feed(appliance.db), appliance
        return self._feed

    async def volume(self) -> Event:
        """How the volume was, moments ago at most; one that does not answer is missing."""
        now = time.monotonic()
        if self._volume is None or (self._volume.done() and now - self._volume_at >= VOLUME_SECONDS):
            self._volume_at = now
            self._volume = asyncio.create_task(_volume_state(self._context.appliance))
        left = max(0.0, self._volume_at + VOLUME_ANSWER_SECONDS - now)
        await asyncio.wait({self._volume}, timeout=left)
        return Event("volume", {"state": self._volume.result() if self._volume.done() else "missing"})

    async def refresh(self) -> None:
        """Look at the log now, also on behalf of all who watch.

        Raises:
            DatabaseUnavailable: it is away.
        """
        news = await self.feed.advance()
        if len(self.watchers) and (news.changes or news.lost):
            self._news.append(news)

    def begin(self, watcher: Watcher) -> None:
        """From now on this one is told what happens.

        Raises:
            TooManyStreams: there are as many as this process keeps.
        """
        self.watchers.add(watcher)
        self._audience(watcher.viewer).late |= SELDOM.keys()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def events_since(self, viewer: Viewer, after: int) -> list[Event]:
        """What somebody who has met everything up to ``after`` is told; a ``resync`` where that can't be told.

        Raises:
            DatabaseUnavailable: it is away.
        """
        db, changes = self._context.appliance.db, await self.feed.since(after)
        if changes is None:
            return [Event("resync", {})]
        return await events_of(db, viewer, await concern_of(db, viewer, changes))

    async def close(self) -> None:
        """Tell nobody anything any more."""
        for task in (self._task, self._volume):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._task = self._volume = None

    async def _run(self) -> None:
        while len(self.watchers):
            pause = LOOK_SECONDS
            try:
                await self._look()
            except Unavailable:
                pause = AGAIN_SECONDS
            except Exception:
                log.exception("what happens could not be told to those who watch")
                pause = AGAIN_SECONDS
            await self._rest(pause)
        self._news.clear()
        self._audiences.clear()

    async def _rest(self, seconds: float) -> None:
        """Let time pass, and meanwhile end the streams of those who lose their rights."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wake.wait()
                self._wake.clear()
                await self._check_now()
                await asyncio.sleep(SETTLE_SECONDS)

    async def _look(self) -> None:
        await self.refresh()
        # Whose rights ended while that went on is nobody by now.
        await self._check()
        # Of one moment: whoever has met the news has met everything up to this position.
        news, self._news, position = self._news, [], self.feed.settled
        try:
            if any(each.lost for each in news):
                self._tell_of_loss(position)
            changes = [change for each in news for change in each.changes]
            for who, watchers in self._by_person().items():
                await self._tell(who, watchers[0].viewer, changes, position)
            volume = await self.volume()
        except BaseException:
            self._news = [_joined([*news, *self._news])]
            raise
        for watcher in self.watchers:
            watcher.push([volume], position)

    async def _check_now(self) -> None:
        try:
            await self._check()
        except Unavailable:
            # Nothing is sent to anybody before they are looked at again.
            return
        except Exception:
            log.exception("who watches could not be looked up")

    async def _check(self) -> None:
        """End the streams of callers who are nobody any more, and know the others' rights as they are now."""
        access, now = self._context.access, time.monotonic()
        generation, groups = access.generation, list(self.watchers.of_callers().values())
        if access.hears and all(
            each.generation == generation and now - each.checked_at < CHECK_SECONDS
            for watchers in groups
            for each in watchers
        ):
            return
        standings = await self._standings([watchers[0].caller for watchers in groups])
        for watchers in groups:
            caller: Caller | None = watchers[0].caller
            standing = standings.get(watchers[0].caller.credential, "")
            if any(each.standing != standing for each in watchers):
                caller = await identify_again(watchers[0].request, self._context)
            for watcher in watchers:
                if caller is None or Scope.ASSET_READ not in caller.viewer.scopes:
                    watcher.end("signed_out")
                    continue
                watcher.caller, watcher.standing = caller, standing
                watcher.generation, watcher.checked_at = generation, now

    async def _standings(self, callers: Sequence[Caller]) -> dict[str, str]:
        """What the rights of these depend on, by their credentials: asked for once for all."""
        if not callers:
            return {}
        return await find_standings(
            self._context.appliance.db,
            sessions=[UUID(each.credential) for each in callers if each.via != "key"],
            keys=[each.credential for each in callers if each.via == "key"],
            idle_seconds=self._context.settings.session_idle_hours * 3600,
        )

    def _by_person(self) -> dict[_Who, list[Watcher]]:
        found: dict[_Who, list[Watcher]] = {}
        for watcher in self.watchers:
            if not watcher.is_over:
                found.setdefault(_who(watcher.viewer), []).append(watcher)
        return found

    def _audience(self, viewer: Viewer) -> _Audience:
        return self._audiences.setdefault(_who(viewer), _Audience())

    async def _tell(self, who: _Who, viewer: Viewer, changes: Sequence[Change], position: int) -> None:
        db = self._context.appliance.db
        concern = await concern_of(db, viewer, changes) if changes else Concern()
        audience = self._audience(viewer)
        late = audience.late
        names = self._now(audience, concern.names)
        # Also those who began meanwhile: what was left for later is told once.
        watchers = self._by_person().get(who, [])
        try:
            events = await events_of(db, viewer, Concern(names, concern.assets)) if names else []
        except BaseException:
            # The changes are looked at once more; what was only left from before is in none of them.
            audience.late |= late
            raise
        for watcher in watchers:
            watcher.push(events, position)

    @staticmethod
    def _now(audience: _Audience, names: frozenset[str]) -> frozenset[str]:
        """What of these, and of what was left for later, is told now."""
        now = time.monotonic()
        wanted = names | audience.late
        due = {
            name
            for name in wanted
            if name not in SELDOM or now - audience.told_at.get(name, 0.0) >= SELDOM[name]
        }
        audience.late = set(wanted - due)
        audience.told_at.update(dict.fromkeys(due & SELDOM.keys(), now))
        return frozenset(due)

    def _tell_of_loss(self, position: int) -> None:
        for watcher in self.watchers:
            watcher.push([Event("resync", {})], position)
            self._audience(watcher.viewer).late |= EVERYTHING


def desk_of(context: Context) -> Desk:
    """The one of this process."""
    return context.part(Desk, lambda: Desk(context))


async def _volume_state(appliance: Appliance) -> str:
    return (await asyncio.to_thread(appliance.volume.status)).state


def _joined(news: Sequence[News]) -> News:
    """What could not be told yet; too much of it counts as lost."""
    changes = tuple(change for each in news for change in each.changes)
    if len(changes) > MOST_ROWS:
        return News((), lost=True)
    return News(changes, lost=any(each.lost for each in news))


def _who(viewer: Viewer) -> _Who:
    return viewer.user_id, viewer.scopes
