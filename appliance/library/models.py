"""The encoders that this process has loaded, each with the record of its set, and the one that answers searches.

A process that answers searches follows a switch by itself: it loads the new model first and answers from the former
one meanwhile, so that no search finds an empty set.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from appliance.clip.encoder import Encoder, TowerName
from appliance.clip.local import LocalEncoder
from appliance.clip.query_store import path_of, read_queries, write_queries
from appliance.db.engine import Database
from appliance.db.models import active_model
from appliance.db.sets import list_models
from appliance.errors import DatabaseUnavailable, EncoderUnavailable, ModelUnavailable, SceneSenseError
from appliance.library.recorded import open_active, open_recorded
from appliance.records.models import Model
from appliance.settings import Settings

log = logging.getLogger(__name__)

#: Encoders that a process keeps loaded: the active model's, and the one that is filled, or answered before.
KEPT = 2

#: A model that could not be loaded is tried again after this.
RETRY_SECONDS = 30.0

#: Encoder servers that could not be had are asked again after this.
SERVERS_SECONDS = 300.0

#: How often a server looks whether another model is to answer.
FOLLOW_SECONDS = 2.0

#: A search that began before a switch ends within this; until then its encoder stays.
SETTLE_SECONDS = 60.0

#: How often the vectors of texts are kept for the next start.
_KEEP_SECONDS = 600.0


@dataclass(slots=True)
class Loaded:
    """A model that is ready to encode here."""

    model: Model
    encoder: Encoder
    users: int = 0
    #: When it was last asked for, by the monotonic clock.
    used_at: float = 0.0
    #: For an encoder in the place of servers that can't be had: when they are asked again.
    until: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether what it stands in for is worth another try."""
        return self.until is not None and time.monotonic() >= self.until


class Models:
    """The encoders of this process; made once, and closed at its end."""

    def __init__(self, db: Database, settings: Settings, towers: frozenset[TowerName]) -> None:
        self._db = db
        self._settings = settings
        self._towers = towers
        self._loaded: dict[int, Loaded] = {}
        self._refused: dict[int, float] = {}
        self._loading = asyncio.Lock()
        self._answering: Loaded | None = None
        self._begin_at = 0.0
        self._later: list[asyncio.Task[None]] = []
        #: The active model as it was last seen in the database, loaded here or not.
        self.active: Model | None = None

    @property
    def answering(self) -> Loaded | None:
        """The model that searches of this process are answered with now; None when there is none to be had."""
        return self._answering

    def of(self, model_id: int) -> Loaded | None:
        """The model with this id, if it is loaded here."""
        return self._loaded.get(model_id)

    @property
    def absence(self) -> str:
        """Why no model answers, where none does: ``loading``, ``encoder_down`` or ``no_model``."""
        if self.active is None:
            return "no_model"
        return "loading" if self.may_load(self.active) else "encoder_down"

    async def open(self) -> None:
        """Load the active model, or begin the library with the settings' one; without towers only look which it is.

        Raises:
            SettingsError: the settings can't be used.
            ModelUnavailable: it can't be loaded, and the image tower was asked for.
        """
        self.active = await active_model(self._db)
        if not self._towers:
            return
        try:
            encoder, self.active = await open_active(self._db, self._settings, towers=self._towers)
        except ModelUnavailable as error:
            # Servers may be started later than this; files have to be put right by somebody.
            if "image" in self._towers and not isinstance(error, EncoderUnavailable):
                raise
            log.warning("going on without the model: %s", error.message)
            if self.active is not None:
                self._refuse(self.active)
            return
        self._answering = await self._keep(self.active, encoder)

    async def follow(self) -> None:
        """Keep to the active model, for as long as this runs."""
        kept = time.monotonic()
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                if time.monotonic() - kept >= _KEEP_SECONDS:
                    kept = time.monotonic()
                    await self._keep_queries()
                await self.look()
            except DatabaseUnavailable:
                continue
            except SceneSenseError as error:
                log.warning("the model that is to answer can't be loaded: %s", error.message)

    async def look(self) -> None:
        """Answer from the model that is active now, once it is loaded.

        Raises:
            ModelUnavailable: it can't be; the one before goes on answering.
            DatabaseUnavailable: nobody can tell which it is.
        """
        active = await active_model(self._db)
        if active is None:
            # The library begins with a model that could not be had when this process started.
            if time.monotonic() >= self._begin_at:
                self._begin_at = time.monotonic() + RETRY_SECONDS
                await self.open()
            return
        self.active = active
        await self._let_go()
        if self._answering is not None and self._answering.model.id == active.id:
            if self._answering.is_over:
                await self._replace(self._answering)
            return
        if not self.may_load(active):
            return
        was, self._answering = self._answering, await self._load(active)
        if was is not None:
            was.used_at = time.monotonic()
        log.info("%s answers searches%s", active.name, f" in place of {was.model.name}" if was else "")

    def may_load(self, model: Model) -> bool:
        """Whether the model can be had, as far as is known; after a failure it is tried again in a while."""
        return time.monotonic() >= self._refused.get(model.id, 0.0)

    @asynccontextmanager
    async def using(self, model: Model) -> AsyncIterator[Encoder]:
        """The encoder of this model, which stays loaded meanwhile.

        Raises:
            ModelUnavailable: it can't be loaded.
        """
        loaded = await self._load(model)
        loaded.users += 1
        try:
            yield loaded.encoder
        finally:
            loaded.users -= 1
            loaded.used_at = time.monotonic()

    async def forget(self, model: Model) -> None:
        """Load the model anew when it is next asked for: what is loaded is not to be trusted."""
        async with self._loading:
            loaded = self._loaded.pop(model.id, None)
        if loaded is not None:
            await loaded.encoder.close()

    async def close(self) -> None:
        """Free all of them."""
        await self._keep_queries()
        self._answering = None
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        while self._loaded:
            _, loaded = self._loaded.popitem()
            await loaded.encoder.close()

    async def _load(self, model: Model) -> Loaded:
        async with self._loading:
            loaded = self._loaded.get(model.id)
            if loaded is not None and loaded.is_over and not loaded.users and loaded is not self._answering:
                await self._loaded.pop(model.id).encoder.close()
                loaded = None
            if loaded is None:
                await self._make_room()
                try:
                    encoder = await open_recorded(self._db, self._settings, model, towers=self._towers)
                except ModelUnavailable:
                    self._refuse(model)
                    raise
                loaded = await self._keep(model, encoder)
            loaded.used_at = time.monotonic()
            return loaded

    async def _replace(self, former: Loaded) -> None:
        """Go back to the servers, if they can be had; a search that is under way ends on the former encoder."""
        async with self._loading:
            encoder = await open_recorded(self._db, self._settings, former.model, towers=self._towers)
            self._answering = await self._keep(former.model, encoder)
        self._later.append(asyncio.create_task(_close_later(former)))

    async def _let_go(self) -> None:
        """Free the models whose set is gone."""
        if len(self._loaded) < 2:
            return
        there = {model.id for model in await list_models(self._db)}
        for number in [number for number in self._loaded if number not in there]:
            loaded = self._loaded[number]
            if loaded is not self._answering and not loaded.users:
                del self._loaded[number]
                await loaded.encoder.close()

    async def _keep_queries(self) -> None:
        if "text" in self._towers:
            for loaded in list(self._loaded.values()):
                path = path_of(self._settings.cache_path, loaded.model.identity)
                await asyncio.to_thread(write_queries, loaded.encoder.queries, path)

    async def _keep(self, model: Model, encoder: Encoder) -> Loaded:
        if "text" in self._towers:
            path = path_of(self._settings.cache_path, model.identity)
            await asyncio.to_thread(read_queries, encoder.queries, path, dimension=encoder.dimension)
        now = time.monotonic()
        stands_in = bool(self._settings.clip_server_url) and isinstance(encoder, LocalEncoder)
        until = now + SERVERS_SECONDS if stands_in else None
        loaded = self._loaded[model.id] = Loaded(model, encoder, used_at=now, until=until)
        self._refused.pop(model.id, None)
        return loaded

    def _refuse(self, model: Model) -> None:
        self._refused[model.id] = time.monotonic() + RETRY_SECONDS

    async def _make_room(self) -> None:
        settled = time.monotonic() - SETTLE_SECONDS if "text" in self._towers else time.monotonic()
        idle = [
            loaded
            for loaded in self._loaded.values()
            if loaded is not self._answering and not loaded.users and loaded.used_at <= settled
        ]
        for loaded in sorted(idle, key=lambda each: each.used_at)[: max(0, len(self._loaded) + 1 - KEPT)]:
            del self._loaded[loaded.model.id]
            await loaded.encoder.close()


async def _close_later(loaded: Loaded) -> None:
    try:
        await asyncio.sleep(SETTLE_SECONDS)
    finally:
        await loaded.encoder.close()
