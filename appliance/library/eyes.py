"""The image tower in a process that seldom needs it: loaded when somebody searches with a picture, then let go."""

import asyncio

import numpy as np
from numpy.typing import NDArray

from appliance.db.engine import Database
from appliance.errors import DamagedFile
from appliance.library.models import Models
from appliance.media.decoder import Decoder
from appliance.records.models import Model
from appliance.settings import Settings

#: Who searches with one picture often does so with another; after this the memory is given back.
IDLE_SECONDS = 300.0


class Eyes:
    """Looks at single pictures, one at a time; made once, and closed at its end."""

    def __init__(self, db: Database, settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._models = Models(db, settings, frozenset({"image"}))
        self._idle_seconds = idle_seconds
        self._looking = asyncio.Lock()
        self._later: asyncio.TimerHandle | None = None
        self._letting_go: asyncio.Task[None] | None = None

    def is_open(self, model: Model) -> bool:
        """Whether this model's image tower is loaded now."""
        return self._models.of(model.id) is not None

    async def look(self, fd: int, decoder: Decoder, model: Model) -> NDArray[np.float32]:
        """The unit vector of the picture in this file, shape (dimension,), by this model.

        Raises:
            RejectedFile: it is no picture that can be read.
            DecoderUnavailable: nothing can be decoded now.
            ModelUnavailable: the model can't be had.
        """
        async with self._looking, self._models.using(model) as encoder:
            self._wait_again()
            rendered = await decoder.render(fd, sizes=(), pixels=encoder.pixels)
            if rendered.pixels is None:
                raise DamagedFile
            vector: NDArray[np.float32] = (await encoder.encode_images(rendered.pixels[None]))[0]
            return vector

    async def close(self) -> None:
        """Free what is loaded."""
        if self._later is not None:
            self._later.cancel()
        await self._free()

    def _wait_again(self) -> None:
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go)

    def _let_go(self) -> None:
        self._letting_go = asyncio.create_task(self._free())

    async def _free(self) -> None:
        async with self._looking:
            await self._models.close()
