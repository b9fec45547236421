"""A whole library of its own for a test: database, volume, decoder, model, and pictures to fill it with."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import numpy as np
from PIL import Image

from appliance.library.appliance import Appliance, open_appliance
from appliance.library.embed import EmbedParts
from appliance.library.ingest import ingest
from appliance.records.accounts import Viewer
from appliance.records.uploads import IngestRequest, IngestResult
from appliance.settings import Settings
from workers.actors import embed as actor


def picture(number: int, *, width: int = 96, height: int = 64) -> bytes:
    """A small JPEG like no other number's: soft patches of colour."""
    rng = np.random.default_rng(number)
    patches = Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8))
    out = io.BytesIO()
    patches.resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()


@asynccontextmanager
async def open_home(settings: Settings, *, decoder_processes: int = 1) -> AsyncIterator[Appliance]:
    """The appliance as a worker opens it."""
    async with open_appliance(
        settings, towers=frozenset({"image"}), decoder_processes=decoder_processes, pool_size=4
    ) as appliance:
        yield appliance


def parts_of(appliance: Appliance) -> EmbedParts:
    """What a worker embeds with into the active set."""
    assert appliance.encoder is not None
    assert appliance.model is not None
    return actor.parts_of(appliance, appliance.model, appliance.encoder)


async def add_picture(
    appliance: Appliance,
    viewer: Viewer,
    data: bytes,
    *,
    name: str = "a.jpg",
    expires_at: datetime | None = None,
) -> IngestResult:
    """Take one file in, as an upload does."""

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    return await ingest(
        await appliance.store.stage(chunks()),
        IngestRequest(owner=viewer.user_id, filename=name, expires_at=expires_at),
        db=appliance.db,
        store=appliance.store,
        decoder=appliance.decoder,
        queue=appliance.queue,
    )
