"""What whoever runs the appliance is told of it, and how everybody's failures are tried again."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance import clock
from appliance.db import sightings
from appliance.db.engine import Database
from appliance.db.sightings import Sighting
from appliance.library import presence
from appliance.library.presence import SILENT_SECONDS, START_SECONDS, Presence, keep_telling
from appliance.library.self_examination import SelfExamination
from appliance.media.cache import RenditionCache
from tests.integration.test_failures import fail
from tests.support.home import picture
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import Web


async def got(browser: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def heard(db: Database, ago: float) -> None:
    await sightings.record(db, Sighting.WORKER, clock.now())
    await db.fetch(
        "UPDATE setting SET changed_at = now() - make_interval(secs => {}) WHERE key = {}",
        ago, Sighting.WORKER,
    )  # fmt: skip


async def test_a_worker_that_says_nothing_is_taken_for_gone(web: Web) -> None:
    db, ages = web.db, START_SECONDS + 1
    assert (await presence.look(db, up_seconds=1)).presence is Presence.UNKNOWN
    assert (await presence.look(db, up_seconds=ages)).presence is Presence.SILENT
    telling = asyncio.create_task(keep_telling(db))

    async def is_there() -> bool:
        return (await presence.look(db, up_seconds=ages)).presence is Presence.THERE

    await eventually_async(is_there)
    telling.cancel()
    await heard(db, SILENT_SECONDS + 5)
    # One that was heard of since this process began has fallen silent; else it may be about to come.
    assert (await presence.look(db, up_seconds=SILENT_SECONDS + 6)).presence is Presence.SILENT
    assert (await presence.look(db, up_seconds=1)).presence is Presence.UNKNOWN
    seen = await presence.look(db, up_seconds=ages)
    assert seen.presence is Presence.SILENT
    assert seen.seconds is not None
    assert seen.seconds > SILENT_SECONDS


async def test_the_status_tells_everybody_what_does_not_work(web: Web, anna: httpx.AsyncClient) -> None:
    status = await got(anna, "/api/status")
    assert (status["volume"]["writable"], status["volume"]["room"]) == (True, "enough")
    assert (status["model"], status["model_absence"]) == (None, "no_model")
    assert status["worker"] == {"state": "unknown"}
    await heard(web.db, 1)
    assert (await got(anna, "/api/status"))["worker"] == {"state": "there"}
    root = web.settings.storage_path
    root.rename(root.with_name("elsewhere"))
    volume = (await got(anna, "/api/status"))["volume"]
    assert (volume["state"], volume["writable"]) == ("missing", False)


async def test_the_server_finds_what_the_doctor_finds(web: Web, anna: httpx.AsyncClient) -> None:
    health = await got(anna, "/api/admin/health")
    found = {finding["name"]: finding for finding in health["findings"]}
    assert found["database"]["level"] == found["volume"]["level"] == found["settings"]["level"] == "ok"
    assert found["database.schema"]["level"] == "ok"
    assert (found["model"]["level"], found["queue"]["level"]) == ("failure", "failure")
    assert found["queue"]["remedy"]
    assert found["work.worker"]["level"] == "skipped"
    levels = [finding["level"] for finding in health["findings"]]
    assert (health["failures"], health["warnings"]) == (levels.count("failure"), levels.count("warning"))
    # It answers, as is plain; and no model is loaded a second time.
    assert not {"server", "model.runs"} & set(found)
    await heard(web.db, 300)
    web.context.examination._begun -= START_SECONDS
    health = await got(anna, "/api/admin/health")
    (worker,) = [each for each in health["findings"] if each["name"] == "work.worker"]
    assert (worker["level"], health["worker"]["state"]) == ("warning", "silent")
    assert "silent for 5 minutes" in worker["text"]
    root = web.settings.storage_path
    root.rename(root.with_name("elsewhere"))
    found = {each["name"]: each for each in (await got(anna, "/api/admin/health"))["findings"]}
    assert found["volume"]["level"] == "failure"


async def test_many_who_ask_cost_one_look(web: Web, anna: httpx.AsyncClient) -> None:
    examination = SelfExamination()
    looked = await asyncio.gather(*(examination.look(web.context.appliance) for _ in range(5)))
    assert len({id(each.found) for each in looked}) == 1
    again = await examination.look(web.context.appliance)
    assert again.found is not looked[0].found


async def test_everybodys_work_is_told_in_numbers_alone(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    for browser, number, code in (
        (anna, 1, "file_damaged"),
        (bob, 2, "file_damaged"),
        (bob, 3, "worker_lost"),
    ):
        await fail(web, await stored(browser, picture(number), f"holiday-{number}.jpg"), code)
    answer = await anna.get("/api/admin/work")
    work = answer.json()
    assert work["failed"] == 3
    assert [(each["code"], each["assets"], each["people"]) for each in work["reasons"]] == [
        ("file_damaged", 2, 2),
        ("worker_lost", 1, 1),
    ]
    assert all(each["remedy"] for each in work["reasons"])
    assert "holiday" not in answer.text
    assert "bob" not in answer.text

    tried = await anna.post("/api/admin/work/retry", json={"code": "file_damaged"})
    assert tried.json() == {"retried": 2}
    work = await got(anna, "/api/admin/work")
    assert [each["code"] for each in work["reasons"]] == ["worker_lost"]
    assert (await anna.post("/api/admin/work/retry", json={})).json() == {"retried": 1}
    work = await got(anna, "/api/admin/work")
    assert (work["failed"], work["reasons"], work["pending"]) == (0, [], 3)
    assert work["seconds_left"] is None
    assert (await bob.post("/api/admin/work/retry", json={})).status_code == 403
    (entry, *_) = (await got(anna, "/api/admin/audit?action=job.retry_all&outcome=ok"))["items"]
    assert entry["object"] == "1 assets"


async def test_what_lies_in_the_trash_is_not_tried_again(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), "a.jpg")
    await fail(web, asset, "file_damaged")
    assert (await anna.delete(f"/api/assets/{asset['id']}")).is_success
    assert (await got(anna, "/api/admin/work"))["failed"] == 0
    assert (await anna.post("/api/admin/work/retry", json={})).json() == {"retried": 0}


async def test_storage_says_what_takes_up_how_much(web: Web, anna: httpx.AsyncClient) -> None:
    kept = await stored(anna, picture(1), "a.jpg")
    gone = await stored(anna, picture(2), "b.jpg")
    assert (await anna.delete(f"/api/assets/{gone['id']}")).is_success
    storage = await got(anna, "/api/admin/storage")
    assert storage["originals"] == {"assets": 1, "bytes": kept["bytes"]}
    assert storage["trash"] == {"assets": 1, "bytes": gone["bytes"]}
    assert (storage["state"], storage["writable"]) == ("online", True)
    assert storage["path"] == str(web.settings.storage_path)
    assert storage["identity"] == str(web.context.appliance.volume.expected)
    assert storage["renditions"]["bytes"] is not None
    assert Path(storage["path"]).is_relative_to(storage["mount"])


def test_renditions_are_counted_as_long_as_there_is_time(tmp_path: Path) -> None:
    cache = RenditionCache(tmp_path / "cache")
    assert cache.measure(seconds=5) == 0
    (tmp_path / "cache" / "ab").mkdir(parents=True)
    (tmp_path / "cache" / "ab" / "one").write_bytes(b"12345")
    assert cache.measure(seconds=5) == 5
    assert cache.measure(seconds=-1) is None


@pytest.mark.parametrize("path", ["/api/admin/health", "/api/admin/work", "/api/admin/storage"])
async def test_a_member_is_told_nothing_of_it(bob: httpx.AsyncClient, path: str) -> None:
    assert (await bob.get(path)).status_code == 403
