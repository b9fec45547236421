"""Sets of vectors side by side: filled in the background, switched, undone, paused and dropped."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.clip.encoder import TowerName
from appliance.db import sets
from appliance.db.models import active_model
from appliance.errors import Conflict, ModelUnavailable, NotFound
from appliance.library import models as library_models
from appliance.library.appliance import Appliance
from appliance.library.embed import claim, embed
from appliance.library.models import Models
from appliance.library.sets import drop, fill, pause, settle, status, switch, undo
from appliance.records.accounts import Viewer
from appliance.records.models import Model, SetState
from tests.conftest import MakeSettings
from tests.support.home import parts_of
from tests.support.rows import add_person
from tests.support.sets import add, begin, by_name, open_with_two_models, work
from tests.support.tiny_models import Tiny, make
from workers.actors import embed as actor
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


async def test_a_set_fills_in_the_background_and_is_ready_when_every_picture_had_its_turn(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(20))
    await work(home)
    model = await begin(home)
    assert (model.dimension, model.state) == (20, SetState.FILLING)
    waiting = (await by_name(home))["new"]
    assert (waiting.assets, waiting.vectors, waiting.waiting, waiting.coverage) == (20, 0, 20, 0.0)
    assert waiting.seconds_left is None
    assert (await settle(home.db)).ready == ()

    await embed_once(home)
    half = (await by_name(home))["new"]
    assert half.vectors == home.settings.embed_batch
    assert half.seconds_left is not None
    await work(home)
    assert (await settle(home.db)).ready == ("new",)
    full = (await by_name(home))["new"]
    assert (full.model.state, full.vectors, full.waiting, full.coverage) == (SetState.READY, 20, 0, 1.0)
    active = await active_model(home.db)
    assert active is not None
    assert active.name == "old"


async def test_new_uploads_get_both_and_the_active_set_goes_first(home: Appliance, viewer: Viewer) -> None:
    await add(home, viewer, range(4))
    await work(home)
    await begin(home)
    await add(home, viewer, range(4, 6))
    await embed_once(home)
    seen = await by_name(home)
    assert (seen["old"].vectors, seen["new"].vectors) == (6, 0)
    await work(home)
    seen = await by_name(home)
    assert (seen["old"].vectors, seen["new"].vectors) == (6, 6)


async def test_a_set_that_lacks_pictures_does_not_answer_unless_it_is_insisted_on(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(3))
    await work(home)
    await begin(home)
    with pytest.raises(Conflict, match="lacks 3 pictures that are found now"):
        await switch(home.db, home.queue, "new")
    await switch(home.db, home.queue, "new", anyway=True)
    assert (await by_name(home))["new"].active


async def test_a_switch_can_be_undone_and_misses_nothing_that_came_meanwhile(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(3))
    await work(home)
    with pytest.raises(Conflict, match="no set to go back to"):
        await undo(home.db, home.queue)
    await begin(home)
    await work(home)
    await switch(home.db, home.queue, "new")
    await add(home, viewer, range(3, 5))
    await work(home)
    assert (await undo(home.db, home.queue)).name == "old"
    seen = await by_name(home)
    assert (seen["old"].active, seen["old"].vectors, seen["new"].previous) == (True, 5, True)
    assert (await undo(home.db, home.queue)).name == "new"


async def test_a_server_answers_from_the_former_model_until_the_new_one_is_loaded(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(2))
    await work(home)
    await begin(home)
    await work(home)
    server = Models(home.db, home.settings, TEXT)
    await server.open()
    assert server.answering is not None
    former = server.answering
    await switch(home.db, home.queue, "new")
    aside = home.settings.models_path / "aside"
    (home.settings.models_path / "new").rename(aside)
    with pytest.raises(ModelUnavailable, match="no model folder"):
        await server.look()
    assert server.answering is former
    aside.rename(home.settings.models_path / "new")
    await server.look()
    assert server.answering is former  # it is not asked for again at once
    server._refused.clear()
    await server.look()
    assert server.answering.model.name == "new"
    assert (await server.answering.encoder.encode_text("red dog")).shape == (20,)
    assert (await former.encoder.encode_text("red dog")).shape == (12,)
    await server.close()


async def test_a_model_that_is_gone_does_not_keep_the_others_from_being_filled(
    home: Appliance, viewer: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    await add(home, viewer, range(2))
    await work(home)
    await begin(home)
    shutil.rmtree(home.settings.models_path / "new")
    await add(home, viewer, range(2, 4))
    for _ in range(3):
        await embed_once(home)
    seen = await by_name(home)
    assert (seen["old"].vectors, seen["new"].vectors, seen["new"].failed) == (4, 0, 0)
    assert "no vectors of new can be made: There is no model folder" in caplog.text


async def test_a_paused_set_gets_nothing_more_until_it_is_filled_again(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(2))
    await work(home)
    await begin(home)
    assert (await pause(home.db, "new")).state is SetState.PAUSED
    await add(home, viewer, range(2, 4))
    for _ in range(3):
        await embed_once(home)
    await settle(home.db)
    assert (await by_name(home))["new"].vectors == 0
    with pytest.raises(Conflict, match="answers searches and has to be kept up"):
        await pause(home.db, "old")
    await begin(home)
    await work(home)
    assert (await by_name(home))["new"].vectors == 4


async def test_only_a_set_that_does_not_answer_is_dropped_and_all_of_it_goes(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(3))
    await work(home)
    await begin(home)
    await work(home)
    with pytest.raises(NotFound, match="no set of other"):
        await drop(home.db, "other")
    with pytest.raises(Conflict, match="old answers searches; switch to another model first"):
        await drop(home.db, "old")
    await switch(home.db, home.queue, "new")
    with pytest.raises(Conflict, match=r"old answered searches a moment ago.* try again in \d+ s"):
        await drop(home.db, "old")
    await drop(home.db, "old", settle_seconds=0)
    assert list(await by_name(home)) == ["new"]
    left = await home.db.fetch(
        "SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM embedding) AS n"
    )
    assert (left[0]["jobs"], left[0]["n"]) == (3, 3)
    with pytest.raises(Conflict, match="no set to go back to"):
        await undo(home.db, home.queue)


async def test_a_drop_that_was_cut_off_is_ended_by_the_next_sweep(home: Appliance, viewer: Viewer) -> None:
    await add(home, viewer, range(3))
    await work(home)
    model = await begin(home)
    await work(home)
    await sets.begin_drop(home.db, model, settle_seconds=0)
    with pytest.raises(Conflict, match="is being dropped"):
        await switch(home.db, home.queue, "new")
    with pytest.raises(Conflict, match="is being dropped"):
        await begin(home)
    assert (await settle(home.db)).dropped == ("new",)
    assert list(await by_name(home)) == ["old"]


async def test_a_worker_that_is_at_pictures_of_a_dropped_set_writes_nothing(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(2))
    await work(home)
    model = await begin(home)
    async with home.models.using(model) as encoder:
        parts = actor.parts_of(home, model, encoder)
        claims = await claim(parts, limit=16)
        await drop(home.db, "new")
        report = await embed(parts, claims)
    assert report.written == 0
    assert len(await home.db.fetch("SELECT id FROM embedding")) == 2


async def test_a_process_keeps_few_models_loaded(home: Appliance, viewer: Viewer, tmp_path: Path) -> None:
    make(home.settings.models_path / "third", Tiny(image_dimension=6, text_dimension=6))
    await add(home, viewer, range(2))
    for name in ("new", "third"):
        await begin(home, name)
    await work(home)
    assert [each.vectors for each in await status(home.db)] == [2, 2, 2]
    assert len(home.models._loaded) == library_models.KEPT
    assert home.encoder is not None
    assert home.encoder.dimension == 12


async def test_two_fills_at_once_make_one_set(home: Appliance, viewer: Viewer) -> None:
    await add(home, viewer, range(2))
    first, second = await asyncio.gather(begin(home), begin(home))
    assert first.id == second.id
    await work(home)
    assert {name: each.vectors for name, each in (await by_name(home)).items()} == {"old": 2, "new": 2}


async def test_what_is_embedded_by_hand_is_of_the_active_set(home: Appliance, viewer: Viewer) -> None:
    await add(home, viewer, range(1))
    await begin(home)
    parts = parts_of(home)
    await embed(parts, await claim(parts, limit=4))
    assert {name: each.vectors for name, each in (await by_name(home)).items()} == {"old": 1, "new": 0}


async def test_a_less_exact_model_is_filled_only_when_it_was_measured_or_it_is_insisted_on(
    home: Appliance, viewer: Viewer
) -> None:
    (home.settings.models_path / "new/scene-sense.json").write_text('{"precision": "int8"}')
    with pytest.raises(Conflict, match="computes in int8, and nobody has measured"):
        await begin(home)
    assert list(await by_name(home)) == ["old"]
    model = await fill(home.db, home.queue, home.settings, "new", unmeasured=True)
    assert (model.precision, model.state) == ("int8", SetState.FILLING)


async def test_fills_and_drops_at_once_leave_a_whole_set_or_none(home: Appliance, viewer: Viewer) -> None:
    await add(home, viewer, range(3))
    await work(home)
    for _ in range(8):
        await begin(home)
        results = await asyncio.gather(
            begin(home), drop(home.db, "new", settle_seconds=0), begin(home), return_exceptions=True
        )
        assert all(isinstance(each, Model | Conflict | NotFound) for each in results), results
        await settle(home.db)
        left = await home.db.fetch(
            "SELECT m.state, (SELECT count(*) FROM job j WHERE j.model = m.id) AS jobs FROM model m"
            " WHERE m.name = 'new'"
        )
        assert [(row["state"], row["jobs"]) for row in left] in ([], [("filling", 3)])


async def test_pauses_and_switches_at_once_never_leave_the_answering_set_paused(
    home: Appliance, viewer: Viewer
) -> None:
    await add(home, viewer, range(2))
    await work(home)
    await begin(home)
    await work(home)
    for _ in range(10):
        results = await asyncio.gather(
            *(pause(home.db, name) for name in ("new", "old")),
            switch(home.db, home.queue, "new"),
            undo(home.db, home.queue),
            settle(home.db),
            return_exceptions=True,
        )
        assert not [
            each for each in results if isinstance(each, BaseException) and not isinstance(each, Conflict)
        ]
        active = await active_model(home.db)
        assert active is not None
        assert active.state in {SetState.READY, SetState.FILLING}
