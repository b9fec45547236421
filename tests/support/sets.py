"""A library with the models ``old``, which answers, and ``new``, and what is done with their sets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.db import jobs
from appliance.library.appliance import Appliance
from appliance.library.sets import fill, status
from appliance.records.accounts import Viewer
from appliance.records.models import Model, SetStatus
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, picture
from tests.support.tiny_models import Tiny, make
from workers.actors.embed import embed_once


@asynccontextmanager
async def open_with_two_models(
    make_settings: MakeSettings, folder: Path, *, database_url: str, redis_url: str
) -> AsyncIterator[Appliance]:
    """The library as a worker opens it; the models' vectors differ in size, 12 and 20."""
    models = folder / "models"
    make(models / "old", Tiny(image_dimension=12, text_dimension=12))
    make(models / "new", Tiny(image_dimension=20, text_dimension=20))
    settings = make_settings(
        database_url=database_url,
        redis_url=redis_url,
        free_space_floor_bytes=0,
        models_path=str(models),
        clip_model="old",
        embed_batch=16,
    )
    async with open_home(settings) as appliance:
        yield appliance


async def add(home: Appliance, viewer: Viewer, numbers: range) -> None:
    """Take in the pictures of these numbers."""
    for number in numbers:
        await add_picture(home, viewer, picture(number), name=f"{number}.jpg")


async def work(home: Appliance) -> None:
    """What workers do until nothing is due."""
    while await jobs.has_due(home.db, kind=jobs.EMBED):
        await embed_once(home)


async def begin(home: Appliance, name: str = "new") -> Model:
    """Fill the set of this model from now on."""
    return await fill(home.db, home.queue, home.settings, name)


async def by_name(home: Appliance) -> dict[str, SetStatus]:
    """How each set is, by its model's name."""
    return {each.model.name: each for each in await status(home.db)}
