"""Models over HTTP: how full their sets are, what they find side by side, and who may change them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.db import jobs
from appliance.records.search import Place
from tests.conftest import MakeSettings
from tests.support.home import open_home, picture
from tests.support.tiny_models import Tiny, make
from tests.support.uploads import stored
from tests.support.web import Web, open_web
from web.schemas.cursors import read_search_cursor, search_cursor
from workers.actors.embed import embed_once


@pytest.fixture
async def web(
    make_settings: MakeSettings, database_url: str, redis_url: str, tmp_path: Path
) -> AsyncIterator[Web]:
    models = tmp_path / "models"
    make(models / "old", Tiny(image_dimension=12, text_dimension=12))
    make(models / "new", Tiny(image_dimension=20, text_dimension=20))
    settings = make_settings(
        database_url=database_url,
        redis_url=redis_url,
        free_space_floor_bytes=0,
        models_path=str(models),
        clip_model="old",
    )
    async with open_web(settings) as opened:
        yield opened


@pytest.fixture
async def anna(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.signed_in() as browser:
        for number in range(4):
            await stored(browser, picture(number), f"{number}.jpg")
        yield browser


async def work(web: Web) -> None:
    async with open_home(web.settings) as home:
        while await jobs.has_due(home.db, kind=jobs.EMBED):
            await embed_once(home)


async def post(browser: httpx.AsyncClient, path: str, status: int = 200, **body: Any) -> Any:
    answer = await browser.post(f"/api/admin/models{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_model_takes_over_and_goes_by_hand_of_the_owner(web: Web, anna: httpx.AsyncClient) -> None:
    await work(web)
    (only,) = (await anna.get("/api/admin/models")).json()
    assert (only["name"], only["active"], only["vectors"], only["assets"]) == ("old", True, 4, 4)
    filling = (await post(anna, "/fill", name="new"))[1]
    assert (filling["state"], filling["waiting"], filling["dimension"]) == ("filling", 4, 20)
    refused = await post(anna, "/switch", 409, name="new")
    assert "lacks 4 pictures" in refused["detail"]
    await work(web)
    first = (await post(anna, "/switch", name="new"))[0]
    assert (first["name"], first["active"]) == ("new", True)
    await web.context.appliance.models.look()
    assert (await anna.get("/api/search", params={"q": "red dog"})).json()["model"] == "new"
    assert (await post(anna, "/undo"))[0]["name"] == "old"
    await web.context.appliance.models.look()
    assert (await anna.get("/api/search", params={"q": "red dog"})).json()["model"] == "old"
    assert (await anna.delete("/api/admin/models/old")).status_code == 409
    await post(anna, "/pause", name="new")
    await web.db.fetch("UPDATE active_model SET switched_at = now() - interval '1 hour'")
    assert [each["name"] for each in (await anna.delete("/api/admin/models/new")).json()] == ["old"]
    assert (await anna.delete("/api/admin/models/new")).status_code == 404
    rows = await web.db.fetch(
        "SELECT action, object, outcome FROM audit WHERE action LIKE 'model.%' ORDER BY id"
    )
    assert [(row["action"], row["object"], row["outcome"]) for row in rows][:3] == [
        ("model.fill", "new", "ok"), ("model.switch", "new", "refused"), ("model.switch", "new", "ok"),
    ]  # fmt: skip


async def test_two_models_are_compared_on_what_is_asked_or_was_saved(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await post(anna, "/fill", name="new")
    await work(web)
    wish: dict[str, Any] = {"models": ["old", "new"], "queries": ["a red dog", "cat", "cat"], "limit": 3}
    found = await post(anna, "/compare", **wish)
    assert [each["query"] for each in found] == ["a red dog", "cat"]
    assert [len(each["one"]) for each in found] == [len(each["other"]) for each in found] == [3, 3]
    for each in found:
        ids = [{hit["id"] for hit in each[side]} for side in ("one", "other")]
        assert each["shared"] == len(ids[0] & ids[1])
    assert found[0]["one"][0]["score"] != found[0]["other"][0]["score"]

    nothing = await post(anna, "/compare", 400, models=["old", "new"])
    assert "no saved searches" in nothing["detail"]
    await web.db.fetch(
        "INSERT INTO saved_search (id, owner, name, request)"
        " SELECT gen_random_uuid(), id, 'dogs', {}::jsonb FROM account",
        '{"terms": [{"text": "dog", "weight": 1}, {"asset": "x"}]}',
    )
    assert [each["query"] for each in await post(anna, "/compare", models=["old", "new"])] == ["dog"]
    assert (
        "takes two models"
        in (await post(anna, "/compare", 400, models=["old", "old"], queries=["a"]))["detail"]
    )
    await post(anna, "/compare", 404, models=["old", "other"], queries=["a"])


async def test_only_whoever_runs_the_appliance_may_see_or_change_models(
    web: Web, anna: httpx.AsyncClient
) -> None:
    async with web.second_person() as bob, web.client() as nobody:
        for browser, status in ((bob, 403), (nobody, 401)):
            assert (await browser.get("/api/admin/models")).status_code == status
            for path in ("/fill", "/switch", "/pause"):
                await post(browser, path, status, name="new")
            await post(browser, "/undo", status)
            await post(browser, "/compare", status, models=["old", "new"])
            assert (await browser.delete("/api/admin/models/old")).status_code == status


async def test_later_pages_are_of_the_model_that_gave_the_first(web: Web, anna: httpx.AsyncClient) -> None:
    await post(anna, "/fill", name="new")
    await work(web)
    first = (await anna.get("/api/search", params={"q": "red dog", "limit": 2})).json()
    await post(anna, "/switch", name="new")
    await web.context.appliance.models.look()
    rest = (await anna.get("/api/search", params={"q": "red dog", "limit": 2, "after": first["next"]})).json()
    assert (first["model"], rest["model"]) == ("old", "old")
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 4
    place = read_search_cursor(first["next"])
    assert isinstance(place, Place)
    gone = search_cursor(replace(place, model_id=77))
    answer = await anna.get("/api/search", params={"q": "red dog", "after": gone})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("missing", 503, "model_unavailable"),
        ("../old", 400, "bad_request"),
        (".hidden", 400, "bad_request"),
        ("a/b", 400, "bad_request"),
        ("", 400, "bad_request"),
    ],
)
async def test_a_name_that_is_no_model_is_refused(
    web: Web, anna: httpx.AsyncClient, name: str, status: int, code: str
) -> None:
    assert (await post(anna, "/fill", status, name=name))["code"] == code
    assert [each["name"] for each in (await anna.get("/api/admin/models")).json()] == ["old"]
