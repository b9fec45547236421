"""One encoder server, and whether it is trusted.

It is trusted when it answers for the right model: by its identity where it says one, and by the vectors of the golden
inputs. It loses that with the first answer that fails, comes late, or is not one of this model; then it rests, longer
each time, and is examined again before anything of it is used.

A server that does not say whose vectors it gives may be exchanged at any time: behind a new connection or, where a
proxy stands between, behind an old one. So it is also asked for a golden vector after each new connection; after each
batch of pictures, before one of their vectors is used; and with a text when the last such question was a while ago.
"""

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from appliance.clip import golden
from appliance.clip.encoder import Pictures, TowerName, Vectors
from appliance.clip.golden import AGREE, Golden
from appliance.clip.remote.faults import (
    RequestRefused,
    ServerAway,
    ServerBusy,
    ServerFailed,
    ServerFault,
    ServerLate,
    ServerUntrue,
)
from appliance.clip.remote.line import Line, Reply
from appliance.clip.remote.own import OwnProtocol
from appliance.clip.remote.predict import PredictProtocol
from appliance.records.media import PixelSpec

log = logging.getLogger(__name__)

Protocol = OwnProtocol | PredictProtocol

_golden_pictures = functools.lru_cache(maxsize=2)(golden.pictures)

#: The longest rest, seconds.
MAX_REST_SECONDS = 60.0

#: Batches that one server of ours is given at once, so that it never waits for the next; and single pictures.
BATCHES_AT_ONCE = 2
PICTURES_AT_ONCE = 4

#: Texts of a server that does not say whose vectors it gives are followed by a golden one this seldom, seconds.
PROBE_SECONDS = 10.0

#: How often a busy server is asked for a golden vector before the batch that it vouches for is given up.
VOUCH_TRIES = 3


@dataclass(frozen=True, slots=True)
class Standard:
    """What every server has to agree with."""

    #: The model's hash; empty where servers don't say theirs.
    identity: str
    dimension: int
    pixels: PixelSpec
    #: Vectors of the golden inputs, of the towers that are used.
    golden: Golden
    towers: frozenset[TowerName]


class Server:
    """One address of CLIP_SERVER_URL."""

    def __init__(self, url: str, *, name: str, key: str | None, timeout_seconds: float) -> None:
        self.url = url
        self._name = name
        self._seconds = timeout_seconds
        self._line = Line(url, key=key, connections=max(BATCHES_AT_ONCE, PICTURES_AT_ONCE))
        self._examining = asyncio.Lock()
        self._resting_until = 0.0
        self._faults = 0
        self._slots: dict[bool, asyncio.Semaphore] = {
            True: asyncio.Semaphore(BATCHES_AT_ONCE),
            False: asyncio.Semaphore(PICTURES_AT_ONCE),
        }
        self._most = 1024
        #: When a golden text was last found to be right, by the clock that never goes back.
        self._text_probed = 0.0
        self.protocol: Protocol | None = None
        self.trusted = False
        #: The last thing that was wrong, as people read it; empty when nothing was.
        self.trouble = ""
        #: Whether that was an answer of another model, or no answer of an encoder at all.
        self.untrue = False
        #: Requests under way.
        self.load = 0
        #: How long a text took lately, seconds.
        self.pace = 0.0

    @property
    def rests(self) -> bool:
        """Whether it is not to be asked for now."""
        return time.monotonic() < self._resting_until

    @property
    def at_once(self) -> int:
        """How many batches it is given at once."""
        return BATCHES_AT_ONCE if isinstance(self.protocol, OwnProtocol) else PICTURES_AT_ONCE

    @property
    def batch(self) -> int:
        """How many pictures go into one request: fewer after it did not get through as many in its time."""
        return min(self._most, self.protocol.batch) if self.protocol else 1

    async def find(self) -> Protocol:
        """How to speak to it; not yet whether it may be trusted.

        Raises:
            ServerFault, ServerBusy: it can't be used now.
        """
        try:
            own = await OwnProtocol.find(self._line, self._name, seconds=self._seconds)
            self.protocol = own or await PredictProtocol.find(self._line, self._name, seconds=self._seconds)
        except ServerFault as fault:
            self.rest(fault)
            raise
        return self.protocol

    async def golden(
        self, towers: frozenset[TowerName], pixels: PixelSpec, *, most: int | None = None
    ) -> Golden:
        """Its vectors of the golden inputs for ``towers``, by name; the first ``most`` of each.

        Raises:
            ServerFault, ServerBusy: it does not give them.
        """
        protocol = self._require_protocol()
        found: Golden = {}
        try:
            for text in golden.TEXTS[:most] if "text" in towers else ():
                found[f"text {text}"] = (await protocol.text(text, seconds=self._seconds))[0]
            pictures = _golden_pictures(pixels) if "image" in towers else {}
            for name, picture in list(pictures.items())[:most]:
                vectors, _ = await protocol.pictures([picture], seconds=self._seconds)
                found[f"picture {name}"] = vectors[0]
        except RequestRefused as refusal:
            raise ServerUntrue(f"it refuses the golden inputs: {refusal}") from refusal
        return found

    async def examine(self, standard: Standard) -> None:
        """Trust it, if it answers for the right model; else let it rest.

        Raises:
            ServerFault, ServerBusy: it can't be trusted now.
        """
        async with self._examining:
            if self.trusted:
                return
            protocol = await self.find()
            try:
                _require_same(protocol, standard)
                given = await self.golden(standard.towers, standard.pixels)
                _require_agreement(given, standard.golden)
            except ServerFault as fault:
                self.rest(fault)
                raise
            self.trust()

    async def try_find(self) -> None:
        """:meth:`find`, where what goes wrong is only noted."""
        try:
            await self.find()
        except (ServerFault, ServerBusy) as error:
            self.trouble = str(error)

    async def try_examine(self, standard: Standard) -> None:
        """:meth:`examine`, where what goes wrong is only noted."""
        try:
            await self.examine(standard)
        except (ServerFault, ServerBusy) as error:
            self.trouble = str(error)

    def trust(self) -> None:
        """Use it from now on."""
        if self.trouble:
            log.info("the encoder server %s is used again", self.url)
        self.trusted, self.untrue, self.trouble = True, False, ""
        self._faults, self._resting_until = 0, 0.0

    def rest(self, fault: ServerFault) -> None:
        """Don't use it for a while, and say so once."""
        seconds = min(MAX_REST_SECONDS, fault.rest_seconds * 2**self._faults)
        self._resting_until = time.monotonic() + seconds
        self._faults = min(self._faults + 1, 16)
        self.trusted, self.untrue = False, isinstance(fault, ServerUntrue)
        if str(fault) != self.trouble:
            level = logging.ERROR if self.untrue else logging.WARNING
            log.log(level, "the encoder server %s is not used: %s", self.url, fault)
        self.trouble = str(fault)

    async def text(self, text: str, standard: Standard, *, seconds: float) -> Vectors:
        """The unit vector (D,) of a text; a server that is late rests, unless it had less than half of its time.

        Raises:
            ServerFault, ServerBusy, RequestRefused: there is none.
        """
        begun = time.monotonic()
        protocol = self._require_protocol()
        vector = await self._watched(
            lambda: protocol.text(text, seconds=seconds),
            "text",
            standard,
            hurried=seconds < self._seconds / 2,
        )
        self.pace = 0.8 * self.pace + 0.2 * (time.monotonic() - begun)
        return vector

    async def pictures(self, pictures: Pictures, standard: Standard) -> Vectors:
        """The unit vectors [n, D] of at most :attr:`batch` pictures; waits while the server has enough to do.

        Raises:
            ServerFault, ServerBusy, RequestRefused: there are none.
        """
        protocol = self._require_protocol()
        async with self._slots[isinstance(protocol, OwnProtocol)]:
            begun = time.monotonic()
            try:
                vectors = await self._watched(
                    lambda: protocol.pictures(pictures, seconds=self._seconds), "image", standard
                )
            except ServerAway:
                if time.monotonic() - begun >= self._seconds:
                    self._most = max(1, len(pictures) // 2)
                raise
            if time.monotonic() - begun < self._seconds / 4 and len(pictures) == self.batch:
                self._most = min(1024, 2 * self._most)
            return vectors

    async def vouch(self, standard: Standard) -> None:
        """Nothing, when the vectors of pictures that it gave until now are of the right model, for all one can see.

        Raises:
            ServerFault, ServerBusy: they are not, or it can't be told; none of them may be used.
        """
        if self._require_protocol().says_identity:
            return
        if not self.trusted:
            raise ServerAway(self.trouble)
        for left in reversed(range(VOUCH_TRIES)):
            try:
                await self._probe("image", standard)
            except ServerBusy as busy:
                if not left:
                    raise
                await asyncio.sleep(busy.retry_after_seconds)
            except ServerFault as fault:
                self.rest(fault)
                raise
            else:
                return

    async def close(self) -> None:
        """Close its connections."""
        await self._line.close()

    async def _watched(
        self,
        ask: Callable[[], Awaitable[tuple[Vectors, Reply]]],
        tower: TowerName,
        standard: Standard,
        *,
        hurried: bool = False,
    ) -> Vectors:
        self.load += 1
        try:
            vectors, reply = await ask()
            if vectors.shape[-1] != standard.dimension:
                raise ServerUntrue(f"its vectors have {vectors.shape[-1]} numbers, not {standard.dimension}")
            if not self._require_protocol().says_identity and (reply.fresh or self._is_due(tower)):
                await self._probe(tower, standard)
        except ServerBusy as busy:
            self.trouble = str(busy)
            raise
        except ServerFailed as fault:
            await self._blame(fault, tower, standard)
            raise
        except ServerFault as fault:
            if not (hurried and isinstance(fault, ServerLate)):
                self.rest(fault)
            raise
        finally:
            self.load -= 1
        self.trouble = "" if self.trusted else self.trouble
        return vectors

    async def _blame(self, fault: ServerFailed, tower: TowerName, standard: Standard) -> None:
        """After an error of the server's own: is it the server, or what it was given?

        Raises:
            RequestRefused: the server does well with something else.
        """
        try:
            await self._probe(tower, standard)
        except (ServerFault, ServerBusy):
            self.rest(fault)
            return
        raise RequestRefused(str(fault)) from fault

    async def _probe(self, tower: TowerName, standard: Standard) -> None:
        """Nothing, when one golden input of ``tower`` still has its vector."""
        given = await self.golden(frozenset({tower}), standard.pixels, most=1)
        _require_agreement(given, standard.golden)
        if tower == "text":
            self._text_probed = time.monotonic()

    def _is_due(self, tower: TowerName) -> bool:
        return tower == "text" and time.monotonic() - self._text_probed >= PROBE_SECONDS

    def _require_protocol(self) -> Protocol:
        if self.protocol is None:
            raise ServerUntrue("it was not examined yet")
        return self.protocol


def _require_same(protocol: Protocol, standard: Standard) -> None:
    own = isinstance(protocol, OwnProtocol)
    if own != bool(standard.identity):
        kinds = {True: "a Scene-Sense encoder", False: "a server that speaks only /predict"}
        raise ServerUntrue(
            f"it is {kinds[own]}, and the model in use is of {kinds[not own]}; vectors of the two differ, so name"
            " servers of one kind only in CLIP_SERVER_URL"
        )
    if isinstance(protocol, OwnProtocol) and protocol.described.identity != standard.identity:
        raise ServerUntrue(
            f"its model {protocol.described.name} ({protocol.described.identity[:12]}) has other files than the one"
            f" in use ({standard.identity[:12]}); copy the same model folder to all servers"
        )


def _require_agreement(given: Golden, expected: Golden) -> None:
    if any(not np.isfinite(vector).all() for vector in given.values()):
        raise ServerUntrue("it gave a golden vector with NaN in it")
    agreement = golden.agreement(given, expected)
    if agreement < AGREE:
        raise ServerUntrue(
            f"its vectors are of another model or another way of computing: the cosine to the expected ones is"
            f" {agreement:.4f}, and {AGREE} is the least"
        )
