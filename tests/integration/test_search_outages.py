"""The database dies while people search: they are told that it is away, nothing hangs, and it goes on by itself."""

import asyncio
import os
import signal
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.support.album import Album, open_album
from tests.support.services import start_cluster
from tests.support.waiting import eventually, eventually_async

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("/api/search", {"q": "a violet dog", "collapse": True, "limit": 3}),
    ("/api/search", {"q": "violet", "strength": "balanced"}),
    ("/api/search", {"q": "tag:third1"}),
    ("/api/facets", {"q": "violet"}),
    ("/api/suggestions", {"q": "viol"}),
    ("/api/duplicates", {}),
    ("/api/saved-searches/news", {}),
    ("/api/recent-searches", {}),
]
SECONDS = 10


async def test_a_database_that_dies_is_away_for_searches_and_they_go_on_once_it_is_back(
    reachable_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    cluster = await asyncio.to_thread(start_cluster, reachable_path)
    postgres = cluster.server
    try:
        async with open_album(cluster, tmp_path) as album:
            saved = await album.anna.post("/api/saved-searches", json={"name": "v", "q": "violet"})
            assert saved.status_code == 201
            for _ in range(2):
                await _die_meanwhile(album, postgres.pid)
                await asyncio.to_thread(eventually, lambda: not postgres.running())
                assert {await _ask(album, *asked) for asked in ASKED} == {503}
                await asyncio.to_thread(postgres.start)
                await eventually_async(lambda: _all_answer(album), 20)
        assert "violet" not in caplog.text
    finally:
        postgres.stop(seconds=5)


async def _die_meanwhile(album: Album, pid: int) -> None:
    """Kill the database while four clients ask one thing after the other: nobody waits, or meets a fault of ours."""
    met: Counter[int] = Counter()
    over = asyncio.Event()

    async def go_on() -> None:
        for asked in cycle(ASKED):
            if over.is_set():
                return
            met[await _ask(album, *asked)] += 1
            # What is known to be away is answered at once, which leaves no turn to anybody else.
            await asyncio.sleep(0)

    clients = [asyncio.create_task(go_on()) for _ in range(4)]
    await eventually_async(lambda: _has(met, 200), SECONDS)
    os.kill(pid, signal.SIGKILL)
    await eventually_async(lambda: _has(met, 503), SECONDS)
    over.set()
    await asyncio.gather(*clients)
    assert set(met) == {200, 503}


async def _has(met: Counter[int], status: int) -> bool:
    return met[status] >= len(ASKED)


async def _ask(album: Album, path: str, query: dict[str, Any]) -> int:
    async with asyncio.timeout(SECONDS):
        return (await album.anna.get(path, params=query)).status_code


async def _all_answer(album: Album) -> bool:
    return {await _ask(album, *asked) for asked in ASKED} == {200}
