"""All encoder servers of one model: who is asked, who else when that fails, and when to give up.

A text is asked of the quickest trusted server; when it is late, of a second one as well, and the first answer counts.
Batches of pictures are taken by the servers as they get free. Whatever fails on one server is asked of another, or of
the same one after a pause, three times in all.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Vectors
from appliance.clip.remote.faults import RequestRefused, ServerBusy, ServerFault
from appliance.clip.remote.server import Server, Standard
from appliance.errors import EncoderUnavailable, ModelUnavailable

log = logging.getLogger(__name__)

#: uint8 RGB [height, width, 3].
Picture = NDArray[np.uint8]

#: One request, and at most two further tries.
TRIES = 3

#: Before a further try of the same server, seconds.
PAUSE_SECONDS = 0.3

#: A text that takes longer is asked of a second server too, seconds; sooner when texts take much less.
HEDGE_SECONDS = 1.0
HEDGE_TIMES = 4.0
_LEAST_HEDGE_SECONDS = 0.1


class Fleet:
    """The servers of CLIP_SERVER_URL, and what all of them have to agree with."""

    def __init__(self, servers: Sequence[Server], standard: Standard, *, timeout_seconds: float) -> None:
        self.servers = tuple(servers)
        self.standard = standard
        self._seconds = timeout_seconds
        self._examinations: dict[Server, asyncio.Task[None]] = {}

    async def text(self, text: str) -> Vectors:
        """The unit vector (D,) of a text, within the time that one server has.

        Raises:
            EncoderUnavailable: no server gives it.
            ModelUnavailable: a server that is well refuses it.
        """
        race = _Race(self.standard, text, deadline=time.monotonic() + self._seconds)
        try:
            while len(race.asked) < TRIES and race.seconds_left > 0:
                server = await self._choose(race)
                if race.seconds_left <= 0:
                    break
                if server is not None:
                    race.start(server)
                # When all are being asked already, there is nobody to turn to until one of them fails.
                answer = await race.wait(self._hedge_seconds() if server is not None else None)
                if answer is not None:
                    return answer
            answer = await race.wait(None)
            if answer is not None:
                return answer
        except RequestRefused as refusal:
            raise ModelUnavailable(f"The encoder server refuses the text: {refusal}.") from refusal
        finally:
            race.end()
        raise self._nobody()

    async def pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """The unit vectors [n, D] of the pictures, which the servers take as they get free, each as many as it can.

        Raises:
            EncoderUnavailable: no server gives them; the pictures are not at fault.
            ModelUnavailable: a server that is well refuses one of them.
        """
        work = _Work(pictures)
        for number in range(TRIES):
            if number:
                await asyncio.sleep(max(PAUSE_SECONDS, work.pause_seconds))
            servers = await self._usable(again=number > 0)
            work.share = math.ceil(len(pictures) / len(servers))
            # Each server's first, then each one's second: so that all begin, however few pictures there are.
            takers = [server for turn in range(8) for server in servers if turn < server.at_once]
            async with asyncio.TaskGroup() as group:
                for server in takers:
                    group.create_task(work.take(server, self.standard))
            if work.refusal is not None:
                raise ModelUnavailable(
                    f"The encoder server refuses a picture: {work.refusal}."
                ) from work.refusal
            await work.confirm(self.standard)
            if not work.waiting:
                return np.stack([work.done[number] for number in range(len(pictures))])
        raise self._nobody()

    async def close(self) -> None:
        """Close all connections."""
        for task in self._examinations.values():
            task.cancel()
        await asyncio.gather(*self._examinations.values(), return_exceptions=True)
        for server in self.servers:
            await server.close()

    def _hedge_seconds(self) -> float:
        paces = [server.pace for server in self.servers if server.trusted and server.pace]
        usual = HEDGE_TIMES * min(paces) if paces else HEDGE_SECONDS
        return min(HEDGE_SECONDS, max(_LEAST_HEDGE_SECONDS, usual))

    async def _choose(self, race: "_Race") -> Server | None:
        """Who is asked next; None when only those are left that are being asked already.

        Raises:
            EncoderUnavailable: nobody can be asked.
        """
        self._examine()
        others = [server for server in self.servers if server.trusted and server not in race.asked]
        if others:
            return min(others, key=_eagerness)
        if race.running:
            return None
        if race.asked:
            pause = max(PAUSE_SECONDS, race.pause_seconds)
            await asyncio.sleep(min(pause, max(0, race.seconds_left)))
        return min(await self._usable(again=bool(race.asked), deadline=race.deadline), key=_eagerness)

    async def _usable(self, *, again: bool, deadline: float = math.inf) -> list[Server]:
        """The trusted servers; when there are none, those that are due are examined, and ``again`` makes more due.

        Raises:
            EncoderUnavailable: there are none, or none by ``deadline``, by the clock that never goes back.
        """
        running = self._examine(again=again and not self._trusted())
        while running and not self._trusted() and (left := deadline - time.monotonic()) > 0:
            _, running = await asyncio.wait(
                running,
                timeout=left if math.isfinite(left) else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
        trusted = self._trusted()
        if not trusted:
            raise self._nobody()
        return trusted

    def _trusted(self) -> list[Server]:
        return [server for server in self.servers if server.trusted]

    def _examine(self, *, again: bool = False) -> set[asyncio.Task[None]]:
        """Begin to examine those that rested long enough, or also those that merely failed; gives what is running."""
        for server in self.servers:
            task = self._examinations.get(server)
            due = not server.rests or (again and not server.untrue)
            if not server.trusted and due and (task is None or task.done()):
                self._examinations[server] = asyncio.create_task(server.try_examine(self.standard))
        return {task for task in self._examinations.values() if not task.done()}

    def _nobody(self) -> EncoderUnavailable:
        troubles = [f"{server.url}: {server.trouble or 'it is being examined'}" for server in self.servers]
        return EncoderUnavailable(f"No encoder server can be used. {'; '.join(troubles)}.")


class _Race:
    """One text under way to one server or two."""

    def __init__(self, standard: Standard, text: str, *, deadline: float) -> None:
        self._standard = standard
        self._text = text
        self.deadline = deadline
        #: In their order; one that was asked twice is there twice.
        self.asked: list[Server] = []
        self.running: set[asyncio.Task[Vectors]] = set()
        #: How long a busy server wants to be left alone.
        self.pause_seconds = 0.0

    @property
    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def start(self, server: Server) -> None:
        self.asked.append(server)
        task = asyncio.create_task(server.text(self._text, self._standard, seconds=self.seconds_left))
        task.add_done_callback(_heed)  # what the one that came second had to say is of no interest
        self.running.add(task)

    async def wait(self, seconds: float | None) -> Vectors | None:
        """The first good answer; None when all failed, or ``seconds`` are over.

        Raises:
            RequestRefused: a server that is well refuses the text.
        """
        until = self.deadline + 1 if seconds is None else time.monotonic() + seconds
        while self.running and (patience := until - time.monotonic()) > 0:
            done, self.running = await asyncio.wait(
                self.running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                try:
                    return task.result()
                except ServerBusy as busy:
                    self.pause_seconds = busy.retry_after_seconds
                except ServerFault:
                    pass  # the server rests, and its trouble is noted
        return None

    def end(self) -> None:
        for task in self.running:
            task.cancel()


class _Work:
    """Pictures that the servers take, some at a time."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = pictures
        self.waiting = deque(range(len(pictures)))
        self.done: dict[int, Vectors] = {}
        #: Who did which of them, as long as nobody has vouched for them.
        self._given: dict[Server, list[int]] = {}
        self.refusal: RequestRefused | None = None
        self.pause_seconds = 0.0
        #: The most that one server takes at a time, so that something is left for the others.
        self.share = len(pictures)

    async def take(self, server: Server, standard: Standard) -> None:
        """Let ``server`` take pictures until there are none, or it fails; what it fails on waits again."""
        while self.waiting and server.trusted:
            most = min(server.batch, self.share, len(self.waiting))
            numbers = [self.waiting.popleft() for _ in range(most)]
            try:
                vectors = await server.pictures([self._pictures[number] for number in numbers], standard)
                self.done.update(zip(numbers, vectors, strict=True))
                self._given.setdefault(server, []).extend(numbers)
            except RequestRefused as refusal:
                self.refusal = refusal
                self.waiting.clear()
            except (ServerFault, ServerBusy) as fault:
                self.waiting.extend(numbers)
                if isinstance(fault, ServerBusy):
                    self.pause_seconds = fault.retry_after_seconds
                return

    async def confirm(self, standard: Standard) -> None:
        """Keep what servers vouch for; the pictures of the others wait again."""
        given, self._given = self._given, {}
        outcomes = await asyncio.gather(*(server.vouch(standard) for server in given), return_exceptions=True)
        for numbers, outcome in zip(given.values(), outcomes, strict=True):
            if isinstance(outcome, ServerFault | ServerBusy):
                for number in numbers:
                    del self.done[number]
                self.waiting.extend(numbers)
            elif outcome is not None:
                raise outcome


def _eagerness(server: Server) -> tuple[int, float]:
    return server.load, server.pace


def _heed(task: asyncio.Task[Vectors]) -> None:
    if not task.cancelled():
        task.exception()
