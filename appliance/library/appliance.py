"""Everything that a process of the appliance works with, opened together and closed together.

Opened in this order, closed in the reverse one:

1. the database, which must answer and have this release's schema;
2. the volume, which may be missing if the database knows it: reading and searching go on without it;
3. the decoder's processes, where the process wants any;
4. the encoder of the active model. Without it there is no search, and the rest goes on; but a process that wants
   the image tower is there to encode, and does not start without it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from appliance.clip.encoder import Encoder, TowerName
from appliance.db.engine import Database, open_database
from appliance.db.migrate import check_current
from appliance.db.preflight import check_database
from appliance.embedded.urls import urls
from appliance.jobs import Queue
from appliance.library.background import Backgrounds
from appliance.library.eyes import Eyes
from appliance.library.models import Models
from appliance.library.volume import open_volume
from appliance.media.cache import RenditionCache
from appliance.media.decoder import Decoder
from appliance.media.store import Store
from appliance.media.volume import Volume
from appliance.records.media import DecodeLimits
from appliance.records.models import Model
from appliance.settings import Settings


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
    models: Models
    backgrounds: Backgrounds
    eyes: Eyes

    @property
    def encoder(self) -> Encoder | None:
        """The encoder that answers; None when no towers were asked for, or the model's files can't be used."""
        return self.models.answering.encoder if self.models.answering else None

    @property
    def model(self) -> Model | None:
        """The model that answers; where none can be had the active one, None before the first usable one.

        It and :attr:`encoder` belong together when nothing is awaited in between.
        """
        return self.models.answering.model if self.models.answering else self.models.active


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
        decoder = Decoder(_limits(settings), processes=max(1, decoder_processes))
        if decoder_processes:
            await stack.enter_async_context(decoder)
        queue = Queue(redis_url)
        stack.callback(queue.close)
        models = Models(db, settings, towers)
        stack.push_async_callback(models.close)
        backgrounds = Backgrounds(db, settings.cache_path)
        stack.push_async_callback(backgrounds.close)
        eyes = Eyes(db, settings)
        stack.push_async_callback(eyes.close)
        await models.open()
        yield Appliance(
            settings=settings,
            db=db,
            volume=volume,
            store=store,
            cache=RenditionCache(settings.cache_path),
            decoder=decoder,
            queue=queue,
            models=models,
            backgrounds=backgrounds,
            eyes=eyes,
        )


def _limits(settings: Settings) -> DecodeLimits:
    return DecodeLimits(
        max_pixels=settings.max_pixels,
        timeout_seconds=settings.decode_timeout_seconds,
        memory_bytes=settings.decode_memory_bytes,
    )
