"""What a model gives for fixed inputs is kept and compared, and what it gave for texts outlives a restart."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from pgvector import HalfVector

from appliance.clip.encoder import TowerName
from appliance.db import jobs
from appliance.db.models import active_model
from appliance.errors import ModelUnavailable
from appliance.library.appliance import Appliance
from appliance.library.models import Models
from appliance.library.recorded import open_recorded
from appliance.library.sets import status
from appliance.records.accounts import Viewer
from appliance.records.models import Model
from tests.conftest import MakeSettings
from tests.support.rows import add_person
from tests.support.sets import add, begin, by_name, open_with_two_models, work
from workers.actors.embed import embed_once

TEXT: frozenset[TowerName] = frozenset({"text"})
IMAGE: frozenset[TowerName] = frozenset({"image"})


@pytest.fixture
async def home(
    make_settings: MakeSettings, database_url: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[Appliance]:
    async with open_with_two_models(
        make_settings, tmp_path, database_url=database_url, redis_url=redis_url
    ) as appliance:
        yield appliance


@pytest.fixture
async def viewer(home: Appliance) -> Viewer:
    return await add_person(home.db)


async def spoil_golden(home: Appliance, cosine: float) -> Model:
    """The golden vectors as another way of computing would have left them; the active model."""
    active = await active_model(home.db)
    assert active is not None
    for row in await home.db.fetch("SELECT id, vector FROM golden_vector WHERE model = {}", active.id):
        vector = row["vector"].to_numpy().astype(np.float64)
        vector /= np.linalg.norm(vector)
        across = np.roll(vector, 1) - vector * (vector @ np.roll(vector, 1))
        across /= np.linalg.norm(across)
        turned = cosine * vector + np.sqrt(1 - cosine**2) * across
        await home.db.fetch(
            "UPDATE golden_vector SET vector = {} WHERE id = {}", HalfVector(turned), row["id"]
        )
    return active


async def test_a_model_that_gives_other_vectors_than_it_did_writes_no_row(
    home: Appliance, viewer: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    await add(home, viewer, range(2))
    active = await spoil_golden(home, 0.99)
    with pytest.raises(ModelUnavailable, match=r"gives other vectors here .*agree to 0\.99"):
        await open_recorded(home.db, home.settings, active, towers=IMAGE)
    await home.models.forget(active)
    for _ in range(3):
        await embed_once(home)
    assert await home.db.fetch("SELECT id FROM embedding") == []
    assert (await by_name(home))["old"].failed == 0
    assert "no vectors of old can be made: The model old gives other vectors here" in caplog.text


async def test_a_small_difference_is_said_and_searching_goes_on_and_a_large_one_ends_it(
    home: Appliance, caplog: pytest.LogCaptureFixture
) -> None:
    server = Models(home.db, home.settings, TEXT)
    await server.open()  # keeps what the texts give, too
    await server.close()
    active = await spoil_golden(home, 0.99)
    with caplog.at_level(logging.WARNING):
        encoder = await open_recorded(home.db, home.settings, active, towers=TEXT)
    assert "Searching goes on." in caplog.text
    await encoder.close()
    await spoil_golden(home, 0.7)
    with pytest.raises(ModelUnavailable, match="gives other vectors here"):
        await open_recorded(home.db, home.settings, active, towers=TEXT)


async def test_another_way_of_computing_the_same_files_can_have_a_set_of_its_own(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(2))
    await work(home)
    active = await spoil_golden(home, 0.9)
    model = await begin(home, "old")
    assert model.id != active.id
    assert model.identity.startswith(f"{active.identity}+")
    again = await begin(home, "old")
    assert again.id == model.id
    await home.models.forget(active)
    await work_on(home, model)
    assert [each.vectors for each in await status(home.db)] == [2, 2]


async def work_on(home: Appliance, model: Model) -> None:
    while await jobs.has_due(home.db, kind=jobs.EMBED, model_ids=[model.id]):
        await embed_once(home)


async def test_a_restart_keeps_the_vectors_of_texts_but_not_the_texts(home: Appliance) -> None:
    def one() -> Models:
        return Models(home.db, home.settings, TEXT)

    server = one()
    await server.open()
    assert server.answering is not None
    vector = await server.answering.encoder.encode_text("red dog")
    await server.close()
    (kept,) = (home.settings.cache_path / "queries").iterdir()
    assert b"red dog" not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0

    server = one()
    await server.open()
    assert server.answering is not None
    np.testing.assert_array_equal(server.answering.encoder.queries.get("red dog"), vector)
    await server.close()

    kept.write_bytes(kept.read_bytes()[:-30])
    server = one()
    await server.open()
    assert server.answering is not None
    assert server.answering.encoder.queries.get("red dog") is None
    np.testing.assert_allclose(await server.answering.encoder.encode_text("red dog"), vector, atol=1e-6)
    await server.close()
