"""Which model answers, and the encoders that this process has loaded, each with the record of its set.

1. A library without vectors takes the model of the settings, and it becomes the active one.
2. From then on the active one stays in charge until somebody switches, in the database: a vector of one model says
   nothing to another. Settings that name a different one are a warning.
3. The files must be those that the vectors were made with, and must give the same vectors for fixed inputs; others
   are refused, not mixed in.
4. A process that answers searches follows a switch by itself: it loads the new model first and answers from the
   former one meanwhile, so that no search finds an empty set.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from appliance.clip import golden
from appliance.clip.encoder import Encoder, TowerName
from appliance.clip.golden import Golden, golden_vectors
from appliance.clip.opening import open_encoder
from appliance.clip.query_store import path_of, read_queries, write_queries
from appliance.db.engine import Database
from appliance.db.golden import add_golden, get_golden
from appliance.db.models import active_model, record_model
from appliance.db.sets import find_models, list_models
from appliance.errors import DatabaseUnavailable, ModelUnavailable, SceneSenseError
from appliance.records.models import Model, SetState
from appliance.settings import Settings

log = logging.getLogger(__name__)

#: Encoders that a process keeps loaded: the active model's, and the one that is filled, or answered before.
KEPT = 2

#: A model that could not be loaded is tried again after this.
RETRY_SECONDS = 30.0

#: How often a server looks whether another model is to answer.
FOLLOW_SECONDS = 2.0

#: A search that began before a switch ends within this; until then its encoder stays.
SETTLE_SECONDS = 60.0

#: How often the vectors of texts are kept for the next start.
_KEEP_SECONDS = 600.0

#: Words whose vectors differ this much still find the same pictures, so searching goes on with a warning.
_SEARCH_AGREE = 0.98


@dataclass(slots=True)
class Loaded:
    """A model that is ready to encode here."""

    model: Model
    encoder: Encoder
    users: int = 0
    #: When it was last asked for, by the monotonic clock.
    used_at: float = 0.0


async def register(db: Database, encoder: Encoder, found: Golden, *, state: SetState) -> Model:
    """The library's record of the encoder's model, made now if it has none; the first one ever becomes the active.

    ``found`` is what the encoder gives for the golden inputs. Where the same files gave others when they were first
    used, they are computed in another way here, and that makes a model of its own.

    Raises:
        ModelUnavailable: its vectors are recorded with another size, so its towers don't fit together.
    """
    known = await find_models(db, encoder.identity)
    for model in known:
        if model.dimension != encoder.dimension:
            raise ModelUnavailable(
                f"The vectors of {encoder.name} have {encoder.dimension} numbers here, but {model.dimension} in the"
                " library: its two encoders are of different models. Copy the model's folder again."
            )
        if golden.agreement(await get_golden(db, model.id), found) >= golden.AGREE:
            await add_golden(db, model.id, found)
            return model
    identity = f"{encoder.identity}+{golden.fingerprint(found)}" if known else encoder.identity
    async with db.transaction():
        model = await record_model(
            db,
            identity=identity,
            name=encoder.name,
            dimension=encoder.dimension,
            precision=encoder.card.precision,
            state=state,
        )
        await add_golden(db, model.id, found)
    return model


async def open_active(
    db: Database, settings: Settings, *, towers: frozenset[TowerName]
) -> tuple[Encoder, Model]:
    """The encoder of the active model and its record; the settings' model when the library has none yet.

    Raises:
        SettingsError: the settings name no usable model, or its vectors have another size than they say.
        ModelUnavailable: the active model's files are missing, damaged or changed; says what would mend it.
    """
    active = await active_model(db)
    if active is not None:
        if active.name != settings.clip_model:
            log.warning(
                "CLIP_MODEL names %s, but the library's vectors are of %s, which stays in charge",
                settings.clip_model,
                active.name,
            )
        return await open_recorded(db, settings, active, towers=towers), active
    encoder = await open_encoder(settings, towers=towers)
    try:
        await register(db, encoder, await golden_vectors(encoder, towers), state=SetState.READY)
        # Another process may have been first, with another model.
        active = await active_model(db)
        if active is None or active.identity != encoder.identity:
            raise ModelUnavailable("Another process has begun this library with another model; start again.")
    except BaseException:
        await encoder.close()
        raise
    return encoder, active


async def open_recorded(
    db: Database, settings: Settings, model: Model, *, towers: frozenset[TowerName]
) -> Encoder:
    """An encoder that gives the vectors of this model's set.

    Raises:
        ModelUnavailable: the files are missing, damaged or others, or give other vectors than they did.
    """
    encoder = await open_encoder(settings, towers=towers, name=model.name)
    try:
        if encoder.identity != model.identity.partition("+")[0]:
            raise ModelUnavailable(
                f"The files of the model {model.name} are not those that the library's vectors were made with."
                " Put the former ones back."
            )
        await _require_agreement(db, encoder, model, towers)
    except BaseException:
        await encoder.close()
        raise
    return encoder


async def _require_agreement(
    db: Database, encoder: Encoder, model: Model, towers: frozenset[TowerName]
) -> None:
    found = await golden_vectors(encoder, towers)
    agreement = golden.agreement(await get_golden(db, model.id), found)
    if agreement >= golden.AGREE:
        await add_golden(db, model.id, found)
        return
    text = (
        f"The model {model.name} gives other vectors here than those of the library (they agree to {agreement:.4f},"
        f" run by {', '.join(sorted(encoder.providers))}). Run it as before, or make a set of its own of them:"
        f" `scene-sense model fill {model.name}`."
    )
    if "image" in towers or agreement < _SEARCH_AGREE:
        raise ModelUnavailable(text)
    log.warning("%s Searching goes on.", text)


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
        #: The active model as it was last seen in the database, loaded here or not.
        self.active: Model | None = None

    @property
    def answering(self) -> Loaded | None:
        """The model that searches of this process are answered with now; None when there is none to be had."""
        return self._answering

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
            if "image" in self._towers:
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
            return
        self.active = active
        await self._let_go()
        if self._answering is not None and self._answering.model.id == active.id:
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
        while self._loaded:
            _, loaded = self._loaded.popitem()
            await loaded.encoder.close()

    async def _load(self, model: Model) -> Loaded:
        async with self._loading:
            loaded = self._loaded.get(model.id)
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
        loaded = self._loaded[model.id] = Loaded(model, encoder, used_at=time.monotonic())
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
