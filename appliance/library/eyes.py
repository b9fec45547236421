"""The image tower in a process that seldom needs it: loaded when somebody searches with a picture, then let go."""

import asyncio
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
from numpy.typing import NDArray

from appliance.db.engine import Database
from appliance.errors import Busy, DamagedFile, EncoderUnavailable
from appliance.library.models import Models
from appliance.media.decoder import Decoder
from appliance.records.models import Model
from appliance.settings import Settings

#: Who searches with one picture often does so with another; after this the memory is given back.
IDLE_SECONDS = 300.0

#: Pictures that are looked at, or wait for it, at a time.
AT_ONCE = 4


class Eyes:
    """Looks at pictures, few at a time; made once, and closed at its end."""

    def __init__(self, db: Database, settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._models = Models(db, settings, frozenset({"image"}))
        self._idle_seconds = idle_seconds
        self._looking = 0
        #: Held while what is loaded is freed.
        self._freeing = asyncio.Lock()
        self._later: asyncio.TimerHandle | None = None
        self._letting_go: asyncio.Task[None] | None = None

    def is_open(self, model: Model) -> bool:
        """Whether this model's image tower is loaded now."""
        return self._models.of(model.id) is not None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Count as one who looks for as long as the context lasts: each holds a picture in memory.

        Raises:
            Busy: there are enough.
        """
        if self._looking >= AT_ONCE:
            raise Busy("Too many pictures to search with arrive at this moment; try again shortly.")
        self._looking += 1
        try:
            yield
        finally:
            self._looking -= 1

    async def look(self, fd: int, decoder: Decoder, model: Model) -> NDArray[np.float32]:
        """The unit vector of the picture in this file, shape (dimension,), by this model; while one is entered.

        Raises:
            RejectedFile: it is no picture that can be read.
            DecoderUnavailable: nothing can be decoded now.
            ModelUnavailable: the model can't be had.
        """
        async with self._freeing:
            self._wait_again()
        try:
            async with self._models.using(model) as encoder:
                rendered = await decoder.render(fd, sizes=(), pixels=encoder.pixels)
                if rendered.pixels is None:
                    raise DamagedFile
                vector: NDArray[np.float32] = (await encoder.encode_images(rendered.pixels[None]))[0]
                return vector
        except EncoderUnavailable:
            # Its files changed, or its server went away: the next one begins anew.
            await self._models.forget(model)
            raise

    async def close(self) -> None:
        """Free what is loaded."""
        if self._later is not None:
            self._later.cancel()
        async with self._freeing:
            await self._models.close()

    def _wait_again(self) -> None:
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go)

    def _let_go(self) -> None:
        self._letting_go = asyncio.create_task(self._free())

    async def _free(self) -> None:
        async with self._freeing:
            if self._looking:
                self._wait_again()
                return
            await self._models.close()
            await asyncio.to_thread(_give_back)


def _give_back() -> None:
    """Give the system the memory that the allocator keeps; where there is no glibc, it knows itself."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
