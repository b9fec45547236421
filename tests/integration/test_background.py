"""What is known of chance in somebody's library: of whose pictures it is, and that it is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.db.background import sample_vectors
from appliance.library.appliance import Appliance, open_appliance
from appliance.library.background import Background, Backgrounds, generic_prompts
from appliance.records.accounts import Viewer
from appliance.records.models import Model
from tests.conftest import MakeSettings
from tests.support.rows import add_person
from tests.support.vectors import add_crowd, unit


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Appliance]:
    settings = make_settings(database_url=database_url, redis_url="redis://127.0.0.1:1")
    async with open_appliance(settings, towers=frozenset({"text"}), decoder_processes=0) as opened:
        yield opened


@pytest.fixture
def model(home: Appliance) -> Model:
    assert home.model is not None
    return home.model


def towards(axis: int, count: int, dimension: int) -> NDArray[np.float32]:
    """Pictures that lie around one axis, so that it can be told whose they are."""
    noise = np.random.default_rng(axis).normal(size=(count, dimension)) * 0.01
    return unit(noise + np.eye(dimension)[axis])


async def read(backgrounds: Backgrounds, viewer: Viewer, model: Model, encoder: Encoder | None) -> Background:
    """The background as soon as it is read; a search does not wait for so long."""
    async with asyncio.timeout(60):
        while (found := await backgrounds.of(viewer, model, encoder)) is None:
            pass
    return found


async def test_a_sample_has_nobody_elses_pictures(home: Appliance, model: Model) -> None:
    # Nobody counts the table meanwhile.
    await home.db.ddl("ALTER TABLE embedding SET (autovacuum_enabled = false)")
    people = [await add_person(home.db, name) for name in ("ada", "bob")]
    for axis, person in enumerate(people):
        await add_crowd(home.db, person.user_id, towards(axis, 20, model.dimension), model_id=model.id)
    for axis, person in enumerate(people):
        found = await sample_vectors(home.db, person, model_id=model.id, limit=100)
        assert found.shape == (20, model.dimension)
        assert (found.argmax(axis=1) == axis).all()
        assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-3)
    assert len(await sample_vectors(home.db, people[0], model_id=model.id, limit=5)) == 5
    # Of a table that was counted some pages are read, which may have fewer.
    await home.db.ddl("ANALYZE embedding")
    assert 2 <= len(await sample_vectors(home.db, people[0], model_id=model.id, limit=5)) <= 5


async def test_a_background_is_each_persons_own_and_kept(
    home: Appliance, model: Model, tmp_path: Path
) -> None:
    ada, bob = [await add_person(home.db, name) for name in ("ada", "bob")]
    await add_crowd(home.db, ada.user_id, towards(0, 20, model.dimension), model_id=model.id)
    backgrounds = Backgrounds(home.db, tmp_path)
    try:
        known = await read(backgrounds, ada, model, home.encoder)
        empty = await read(backgrounds, bob, model, home.encoder)
        assert (len(known.pictures), len(known.generic)) == (20, len(generic_prompts()))
        assert known.is_known
        assert len(empty.pictures) == 0
        assert not empty.is_known
        assert await backgrounds.of(ada, model, None) is known
    finally:
        await backgrounds.close()
