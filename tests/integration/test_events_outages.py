"""A stream over restarts: the server's, and the database's death."""

import asyncio
import os
import signal
from pathlib import Path

import httpx

from appliance.db.engine import open_database
from appliance.db.migrate import upgrade
from appliance.embedded.postgres import Postgres
from tests.conftest import MakeSettings
from tests.integration.test_server import free_port, server, until_live
from tests.support.cli import listening
from tests.support.events import watching
from tests.support.home import picture
from tests.support.uploads import stored, upload
from tests.support.waiting import eventually, eventually_async
from tests.support.web import PASSWORD, Web, open_web


async def _signed_in(origin: str, data: Path) -> httpx.AsyncClient:
    browser = httpx.AsyncClient(base_url=origin, headers={"Origin": origin}, trust_env=False, timeout=30)
    token = (data / "secrets" / "setup-token").read_text().strip()
    body = {"token": token, "username": "anna", "password": PASSWORD}
    assert (await browser.post("/api/auth/setup", json=body)).status_code == 201
    return browser


async def test_a_stop_ends_streams_and_the_next_server_tells_what_was_missed(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    origin, bind = f"http://127.0.0.1:{port}", f"127.0.0.1:{port}"
    floor = {"FREE_SPACE_FLOOR_BYTES": "0"}
    with server(tmp_path, database_url, bind, **floor) as process:
        with httpx.Client(base_url=origin) as probe:
            until_live(probe)
        browser = await _signed_in(origin, tmp_path)
        async with watching(browser, origin) as stream:
            first = await stored(browser, picture(1))
            await stream.until(lambda each: first["id"] in each.ids)
            cut = stream.last_id
            missed = await stored(browser, picture(2))
            process.send_signal(signal.SIGTERM)
            await stream.until(lambda each: each.ended, 3)
            assert stream.events[-1] == ("end", {"reason": "stopping"})
        process.communicate(timeout=10)
        assert process.returncode == 0
    with server(tmp_path, database_url, bind, **floor):
        with httpx.Client(base_url=origin) as probe:
            until_live(probe)
        async with watching(browser, origin, cut) as again:
            await again.until(lambda each: missed["id"] in each.ids)
            assert not again.of("resync")
            last = await stored(browser, picture(3))
            await again.until(lambda each: last["id"] in each.ids)
    await browser.aclose()


async def test_the_database_dies_and_comes_back_and_nobody_misses_anything(
    reachable_path: Path, make_settings: MakeSettings
) -> None:
    postgres = Postgres(reachable_path / "postgres")
    postgres.start()
    try:
        async with open_database(postgres.url, pool_size=1) as empty:
            await upgrade(empty)
        settings = make_settings(
            database_url=postgres.url,
            redis_url="redis://127.0.0.1:1",
            free_space_floor_bytes=0,
            clip_model="not-there",
        )
        async with open_web(settings) as web, web.signed_in() as anna, listening(web) as url:
            first = await stored(anna, picture(1))
            async with watching(anna, url) as stream:
                generation = web.context.access.generation
                os.kill(postgres.pid, signal.SIGKILL)
                await eventually_async(lambda: _knows_nothing(web, generation))
                assert (await anna.get(f"/media/{first['id']}/1/240")).status_code == 503
                await asyncio.to_thread(eventually, lambda: not postgres.running())
                await asyncio.to_thread(postgres.start)

                async def takes() -> bool:
                    answer = await upload(anna, picture(2))
                    return answer.status_code == 201

                await eventually_async(takes, 20)
                await stream.until(lambda each: each.ids - {first["id"]}, 15)
                assert not stream.ended
    finally:
        postgres.stop(seconds=5)


async def _knows_nothing(web: Web, generation: int) -> bool:
    return web.context.access.generation > generation and not web.context.access.hears
