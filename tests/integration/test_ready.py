"""``/api/health/ready`` answers in time, whatever hangs, and costs nothing while it does."""

import asyncio
import threading
import time
from pathlib import Path

import httpx

from appliance.embedded.valkey import Valkey
from tests.conftest import MakeSettings
from tests.support.frozen import frozen
from tests.support.services import start_cluster
from tests.support.waiting import eventually_async
from tests.support.web import open_web

#: What the answer may take at most, with room for a machine that is busy; seconds.
IN_TIME = 4.0


async def ask(browser: httpx.AsyncClient) -> tuple[int, dict[str, str], float]:
    """The status, the detail of each part, and how long it took."""
    began = time.monotonic()
    answer = await browser.get("/api/health/ready")
    details = {part["name"]: part["detail"] for part in answer.json()["parts"]}
    return answer.status_code, details, time.monotonic() - began


async def test_a_frozen_database_is_said_in_time_and_forgotten_when_it_goes_on(
    reachable_path: Path, make_settings: MakeSettings
) -> None:
    cluster = start_cluster(reachable_path)
    settings = make_settings(
        database_url=cluster.clone(), redis_url="redis://127.0.0.1:1", clip_model="not-there"
    )
    async with open_web(settings) as web, web.client() as browser:
        assert (await ask(browser))[0] == 200
        with frozen(cluster.server.pid):
            tasks: list[int] = []
            for _ in range(3):
                answers = await asyncio.gather(*(ask(browser) for _ in range(5)))
                for status, details, seconds in answers:
                    assert (status, details["database"]) == (503, "It does not answer in time.")
                    assert seconds < IN_TIME
                    assert details["volume"] == ""
                tasks.append(len(asyncio.all_tasks()))
            assert tasks[-1] <= tasks[0]
            assert (await browser.get("/api/health/live")).status_code == 200

        async def is_ready() -> bool:
            return (await ask(browser))[0] == 200

        await eventually_async(is_ready)


async def test_a_frozen_queue_is_said_in_time_and_holds_one_thread(
    reachable_path: Path, database_url: str, make_settings: MakeSettings
) -> None:
    queue = Valkey(reachable_path / "valkey")
    settings = make_settings(database_url=database_url, redis_url=queue.start(), clip_model="not-there")
    async with open_web(settings) as web, web.client() as browser:
        assert (await ask(browser))[1]["queue"] == ""
        with frozen(queue.pid):
            before = threading.active_count()
            for _ in range(2):
                answers = await asyncio.gather(*(ask(browser) for _ in range(4)))
                assert {status for status, *_ in answers} == {200}
                # The client gives up by itself after a while; whoever asks then is told that.
                assert "" not in {details["queue"] for _, details, _ in answers}
                assert max(seconds for *_, seconds in answers) < IN_TIME
            assert threading.active_count() <= before + 1

        async def is_there() -> bool:
            return (await ask(browser))[1]["queue"] == ""

        await eventually_async(is_there)
