"""A library whose vectors are made by encoder servers: recognised, never mixed, and stood in for."""

import time
from pathlib import Path
from typing import Any

import pytest

from appliance.clip.encoder import TowerName
from appliance.clip.local import LocalEncoder
from appliance.clip.remote.encoder import RemoteEncoder
from appliance.db import jobs
from appliance.db.engine import Database
from appliance.errors import EncoderUnavailable, ModelUnavailable
from appliance.library.models import Models
from appliance.library.sets import fill, status, switch
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.encoders import free_port, listening, our_server, toy
from tests.support.home import add_picture, open_home, picture
from tests.support.rows import add_person
from tests.support.tiny_models import Tiny, make
from workers.actors.embed import embed_once

TEXT: frozenset[TowerName] = frozenset({"text"})


@pytest.fixture
def at(make_settings: MakeSettings, database_url: str, redis_url: str, tmp_path: Path) -> Any:
    """The settings of one installation, with these changes."""
    make(tmp_path / "models/tiny", Tiny(image_dimension=12, text_dimension=12))
    fixed = {
        "database_url": database_url,
        "redis_url": redis_url,
        "free_space_floor_bytes": 0,
        "models_path": str(tmp_path / "models"),
        "clip_server_timeout_seconds": 5,
    }
    return lambda **changes: make_settings(**(fixed | {"clip_model": "tiny"} | changes))


async def work(settings: Settings, *, add: range) -> list[int]:
    """Take pictures in, do what workers do, and count the vectors of each set."""
    async with open_home(settings) as home:
        people = await home.db.fetch("SELECT id FROM account")
        viewer = await add_person(home.db, f"person {len(people)}")
        for number in add:
            await add_picture(home, viewer, picture(number))
        for _ in range(10):
            if await jobs.has_due(home.db, kind=jobs.EMBED):
                await embed_once(home)
        return [each.vectors for each in await status(home.db)]


async def test_files_here_and_on_a_server_of_ours_fill_one_set(at: Any) -> None:
    assert await work(at(), add=range(2)) == [2]
    async with our_server(at()) as url:
        assert await work(at(clip_server_url=url), add=range(2, 4)) == [4]
    assert await work(at(), add=range(4, 5)) == [5]


async def test_a_foreign_server_is_recognised_by_its_vectors_and_another_model_writes_none(
    at: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(toy().app()) as url:
        assert await work(at(clip_server_url=url, clip_model="theirs"), add=range(2)) == [2]
        assert await work(at(clip_server_url=url, clip_model="theirs"), add=range(2, 3)) == [3]
    other = toy()
    other.alter = lambda vector: [*vector[1:], vector[0]]
    async with listening(other.app()) as url:
        with pytest.raises(ModelUnavailable, match="theirs gives other vectors here"):
            await work(at(clip_server_url=url, clip_model="theirs"), add=range(3, 4))
        with pytest.raises(ModelUnavailable, match="There is no model folder"):
            await work(at(), add=range(3, 4))


async def test_a_library_moves_from_files_here_to_a_foreign_server(at: Any) -> None:
    assert await work(at(), add=range(3)) == [3]
    async with listening(toy().app()) as url:
        settings = at(clip_server_url=url, clip_model="theirs")
        # The server would give vectors of its own under any name; those of the old set are made here.
        async with open_home(settings) as home:
            assert isinstance(home.encoder, LocalEncoder)
            await fill(home.db, home.queue, settings, "theirs")
        assert await work(settings, add=range(3, 5)) == [5, 5]
        async with open_home(settings) as home:
            await switch(home.db, home.queue, "theirs")
            await home.models.look()
            assert isinstance(home.encoder, RemoteEncoder)


async def test_files_here_stand_in_while_the_server_is_away_and_no_longer(
    at: Any, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assert await work(at(), add=range(1)) == [1]
    port = free_port()
    models = Models(database, at(clip_server_url=f"http://127.0.0.1:{port}"), TEXT)
    await models.open()
    assert models.answering is not None
    assert isinstance(models.answering.encoder, LocalEncoder)
    assert "tiny is run on this machine" in caplog.text
    vector = await models.answering.encoder.encode_text("red dog")
    async with our_server(at(), port):
        await models.look()
        assert isinstance(models.answering.encoder, LocalEncoder)
        models.answering.until = time.monotonic()
        await models.look()
        assert isinstance(models.answering.encoder, RemoteEncoder)
        assert await models.answering.encoder.encode_text("red dog") == pytest.approx(vector, abs=1e-6)
        await models.close()


async def test_a_server_that_comes_later_is_found_by_processes_that_are_there(
    at: Any, database: Database
) -> None:
    port = free_port()
    settings = at(clip_server_url=f"http://127.0.0.1:{port}", clip_model="theirs")
    models = Models(database, settings, TEXT)
    await models.open()
    assert models.answering is None
    async with listening(toy().app(), port):
        await models.look()
        assert models.answering is not None
        assert models.answering.model.name == "theirs"
        await models.close()


async def test_pictures_wait_and_lose_no_try_while_no_server_answers(at: Any) -> None:
    port = free_port()
    settings = at(clip_server_url=f"http://127.0.0.1:{port}", clip_model="theirs")
    async with listening(toy().app(), port):
        assert await work(settings, add=range(1)) == [1]
    async with open_home(settings) as home:
        viewer = await add_person(home.db, "later")
        await add_picture(home, viewer, picture(7))
        await embed_once(home)
        (job,) = await home.db.fetch("SELECT state, attempts FROM job WHERE state <> 'done'")
        assert (job["state"], job["attempts"]) == ("pending", 0)
        with pytest.raises(EncoderUnavailable, match="No encoder server can be used"):
            assert home.models.active is not None
            async with home.models.using(home.models.active):
                pass
