"""``scene-sense model fill|compare|switch|undo|pause|drop``: what is typed and what is said."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.db import jobs
from tests.conftest import MakeSettings
from tests.support.cli import Desk, Said, on_the_server
from tests.support.home import open_home, picture
from tests.support.tiny_models import Tiny, make
from tests.support.uploads import stored
from tests.support.web import open_web
from workers.actors.embed import embed_once


@pytest.fixture
async def desk(make_settings: MakeSettings, database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    models = tmp_path / "models"
    make(models / "old", Tiny(image_dimension=12, text_dimension=12))
    make(models / "new", Tiny(image_dimension=20, text_dimension=20))
    chosen = {"MODELS_PATH": str(models), "CLIP_MODEL": "old"}
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0, **chosen
    )
    async with open_web(settings) as web, web.signed_in() as anna:
        for number in range(4):
            await stored(anna, picture(number), f"{number}.jpg")
        there = on_the_server(web)
        yield replace(there, environment={**there.environment, **chosen})


async def work(desk: Desk) -> None:
    async with open_home(desk.web.settings) as home:
        while await jobs.has_due(home.db, kind=jobs.EMBED):
            await embed_once(home)


async def good(desk: Desk, *arguments: str) -> Said:
    said = await desk.type("model", *arguments)
    assert said.code == 0, said
    return said


async def refused(desk: Desk, *arguments: str) -> str:
    said = await desk.type("model", *arguments)
    assert said.code in {1, 2}, said
    assert "Traceback" not in said.err
    assert said.out == ""
    return said.err


async def test_a_model_takes_over_from_the_shell(desk: Desk) -> None:
    await work(desk)
    begun = await good(desk, "fill", "new")
    assert begun.out == "new: 0 of 4 pictures, 0%, nothing done lately: does a worker run?\n"
    assert "searches go on with the present model" in begun.err
    assert "lacks 4 pictures" in await refused(desk, "switch", "new")
    await work(desk)
    waited = await good(desk, "fill", "new", "--wait")
    assert waited.out == "new: 4 of 4 pictures\n"
    assert "answers searches now" in (await good(desk, "switch", "new")).out
    assert (await good(desk, "undo", "--json")).json["name"] == "old"
    assert "new gets no more vectors" in (await good(desk, "pause", "new")).out
    assert "new answered searches a moment ago" in await refused(desk, "drop", "new")
    await desk.web.db.fetch("UPDATE active_model SET switched_at = now() - interval '1 hour'")
    assert "has no vectors in the library any more" in (await good(desk, "drop", "new")).out
    assert "old answers searches" in await refused(desk, "drop", "old")
    assert "the library has no set of new" in (await refused(desk, "switch", "new")).lower()
    rows = await desk.web.db.fetch("SELECT action FROM audit WHERE reason = 'command line' ORDER BY id")
    assert [row["action"] for row in rows] == [
        "model.fill", "model.fill", "model.switch", "model.undo", "model.pause", "model.drop",
    ]  # fmt: skip


async def test_two_models_are_laid_side_by_side(desk: Desk, tmp_path: Path) -> None:
    await good(desk, "fill", "new")
    await work(desk)
    said = await good(desk, "compare", "old", "new", "a red dog", "--limit", "2")
    lines = said.out.splitlines()
    assert lines[0] == "a red dog"
    assert lines[1].split() == ["old", "new"]
    assert all(line.count(".jpg") == 2 for line in lines[2:4])
    assert said.err.startswith("both found ")
    queries = tmp_path / "queries.txt"
    queries.write_text("cat\n\nphoto of a cat\n")
    found = (await good(desk, "compare", "old", "new", "--queries", str(queries), "--json")).json
    assert [each["query"] for each in found] == ["cat", "photo of a cat"]
    assert all(len(each["found"]["old"]) == len(each["found"]["new"]) == 4 for each in found)
    assert "no saved searches" in await refused(desk, "compare", "old", "new")
    assert "takes two models" in await refused(desk, "compare", "old", "old", "cat")
    assert "can't be read" in await refused(
        desk, "compare", "old", "new", "--queries", str(tmp_path / "none")
    )


@pytest.mark.parametrize("sees_all", [True, False])
async def test_an_administrator_compares_models_on_what_their_searches_find(
    desk: Desk, *, sees_all: bool
) -> None:
    async with desk.web.second_person("bob") as bob:
        await stored(bob, picture(9), "bob.jpg")
    await good(desk, "fill", "new")
    await work(desk)
    desk = replace(desk, environment={**desk.environment, "ADMIN_SEES_ALL": str(sees_all).lower()})
    [found] = (await good(desk, "compare", "old", "new", "cat", "--json")).json
    for hits in found["found"].values():
        assert ("bob.jpg" in {hit["filename"] for hit in hits}) == sees_all
        assert len(hits) == 4 + sees_all


@pytest.mark.parametrize("verb", ["fill", "switch", "pause", "drop"])
async def test_a_name_that_is_no_model_is_one_clear_line(desk: Desk, verb: str) -> None:
    assert len((await refused(desk, verb, "nothing")).splitlines()) == 1
