"""Everything that a process of the appliance works with, opened together and closed together.

Opened in this order, closed in the reverse one:

1. the database, which must answer and have this release's schema;
2. the volume, which may be missing if the database knows it: reading and searching go on without it;
3. the decoder's processes, where the process wants any;
4. the encoder of the active model. Without it there is no search, and the rest goes on; but a process that wants
   the image tower is there to encode, and does not start without it.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from appliance.clip.encoder import Encoder, TowerName
from appliance.db.engine import Database, open_database
from appliance.db.migrate import check_current
from appliance.db.models import active_model
from appliance.db.preflight import check_database
from appliance.embedded.urls import urls
from appliance.errors import ModelUnavailable
from appliance.jobs import Queue
from appliance.library.models import open_active
from appliance.library.volume import open_volume
from appliance.media.cache import RenditionCache
from appliance.media.decoder import Decoder
from appliance.media.store import Store
from appliance.media.volume import Volume
from appliance.records.media import DecodeLimits
from appliance.records.models import Model
from appliance.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Appliance:
    """The open parts."""

    settings: Settings
    db: Database
    volume: Volume
    store: Store
    cache: RenditionCache
    #: Without processes of its own where ``decoder_processes`` was 0; then it must not be used.
    decoder: Decoder
    queue: Queue
    #: None when no towers were asked for, or the model's files can't be used.
    encoder: Encoder | None
    #: The active model; None before the first start with a usable one.
    model: Model | None


@asynccontextmanager
async def open_appliance(
    settings: Settings, *, towers: frozenset[TowerName], decoder_processes: int, pool_size: int = 8
) -> AsyncIterator[Appliance]:
    """The appliance with these of the model's towers loaded and that many decoder processes.

    Raises:
        DatabaseUnavailable: nobody answers, or the embedded database is not running.
        SettingsError: the schema is not this release's, the volume is unknown, or a setting can't be used.
        ModelUnavailable: the image tower was asked for and can't be loaded.
    """
    database_url, redis_url = urls(settings)
    if settings.database_url is not None:
        # A server of somebody else's making: what is wrong with it is said in one line.
        await check_database(database_url)
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_database(database_url, pool_size=pool_size))
        await check_current(db)
        volume = await open_volume(db, settings)
        store = Store(
            volume,
            max_upload_bytes=settings.max_upload_bytes,
            free_space_floor_bytes=settings.free_space_floor_bytes,
        )
        limits = DecodeLimits(
            max_pixels=settings.max_pixels,
            timeout_seconds=settings.decode_timeout_seconds,
            memory_bytes=settings.decode_memory_bytes,
        )
        decoder = Decoder(limits, processes=max(1, decoder_processes))
        if decoder_processes:
            await stack.enter_async_context(decoder)
        queue = Queue(redis_url)
        stack.callback(queue.close)
        encoder, model = await _open_model(db, settings, towers)
        if encoder is not None:
            stack.push_async_callback(encoder.close)
        yield Appliance(
            settings=settings,
            db=db,
            volume=volume,
            store=store,
            cache=RenditionCache(settings.cache_path),
            decoder=decoder,
            queue=queue,
            encoder=encoder,
            model=model,
        )


async def _open_model(
    db: Database, settings: Settings, towers: frozenset[TowerName]
) -> tuple[Encoder | None, Model | None]:
    if not towers:
        return None, await active_model(db)
    try:
        return await open_active(db, settings, towers=towers)
    except ModelUnavailable as error:
        if "image" in towers:
            raise
        log.warning("going on without the model: %s", error.message)
        return None, await active_model(db)
