"""Uploads in pieces and the room that there is; what becomes of those that nobody finishes."""

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance import clock
from appliance.db import transfers
from appliance.errors import VolumeUnavailable
from appliance.library import arrivals
from appliance.library.sweep import sweep
from appliance.media.growing import Growing
from appliance.media.store import Store
from tests.conftest import MakeSettings
from tests.support.home import picture
from tests.support.rows import count
from tests.support.tus import Slow, append, begin, begun, cancel, look, offset, sent
from tests.support.uploads import Remains, remains, stored, upload
from tests.support.web import Web, open_web
from web.uploading import upload_gate

DATA = picture(1, width=320, height=240)
SHA256 = hashlib.sha256(DATA).hexdigest()
NOTHING = Remains(frozenset(), 0, 0, 0)


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    """Two unfinished uploads for each person, three at a time for all."""
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        free_space_floor_bytes=0,
        clip_model="not-there",
        uploads_per_person=2,
        uploads_at_once=3,
    )
    async with open_web(settings) as opened:
        yield opened


async def set_quota(web: Web, size: int) -> None:
    await web.db.fetch("UPDATE account SET quota_bytes = {} WHERE name = 'anna'", size)


async def later(web: Web, hours: float) -> Any:
    """What a sweep does at that moment; its clock check is not what is asked here."""
    return await arrivals.drop_expired(
        web.context.appliance, now=clock.now() + timedelta(hours=hours), dry_run=False
    )


async def test_the_quota_counts_what_is_under_way_with_all_that_it_announced(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await set_quota(web, 2 * len(DATA))
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA[:10])
    refused = await begin(anna, len(DATA) + 1)
    assert (refused.status_code, refused.json()["code"]) == (507, "quota_exceeded")
    multipart = await upload(anna, DATA + bytes(len(DATA)))
    assert (multipart.status_code, multipart.json()["code"]) == (507, "quota_exceeded")
    second = await begin(anna, len(DATA))
    assert second.status_code == 201
    # What it reserved is enough for itself.
    assert (await append(anna, url, 10, DATA[10:])).headers["upload-result"] == "stored"
    other = picture(2, width=320, height=240)
    assert (await begin(anna, len(other))).status_code == 507


async def test_bytes_that_are_here_already_need_no_room(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, DATA)
    await set_quota(web, len(DATA))
    assert (await begin(anna, len(DATA))).status_code == 507
    again = await sent(anna, DATA, sha256=SHA256)
    assert (again.headers["upload-result"], again.headers["upload-asset"]) == ("duplicate", asset["id"])


async def test_two_uploads_that_fit_alone_do_not_both_begin_where_the_disk_has_no_room_for_both(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, store = 1000, web.context.appliance.store
    look_at = store.part_sizes
    monkeypatch.setattr(store, "free_space_floor_bytes", 5000)
    # As if nobody else wrote to this disk.
    monkeypatch.setattr(store, "part_sizes", lambda: (6999 - sum(look_at()[1].values()), look_at()[1]))
    first = await begun(anna, size)
    refused = await begin(anna, size)
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    monkeypatch.setattr(store, "free_space_floor_bytes", 0)
    assert (await append(anna, first, 0, bytes(10))).status_code == 204
    monkeypatch.setattr(store, "free_space_floor_bytes", 5000)
    assert (await begin(anna, size)).status_code == 507
    assert (await begin(anna, size - 1)).status_code == 201
    await cancel(anna, first)
    assert (await begin(anna, size)).status_code == 201


async def test_a_full_disk_in_the_middle_loses_nothing_that_came(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA[:100])
    store = web.context.appliance.store
    monkeypatch.setattr(store, "free_space_floor_bytes", 1 << 60)
    full = await append(anna, url, 100, DATA[100:])
    assert (full.status_code, full.json()["code"]) == (507, "disk_full")
    monkeypatch.setattr(store, "free_space_floor_bytes", 0)
    assert await offset(anna, url) == 100
    assert (await append(anna, url, 100, DATA[100:])).headers["upload-result"] == "stored"


async def test_whoever_hangs_up_while_an_upload_begins_leaves_nothing_behind(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on, take = threading.Event(), threading.Event(), Growing.open
    made: list[Growing] = []

    def slowly(part: Growing, *, make: bool = False) -> None:
        made.append(part)
        entered.set()
        assert go_on.wait(10)
        take(part, make=make)

    monkeypatch.setattr(Growing, "open", slowly)
    beginning = asyncio.create_task(begin(anna, len(DATA)))
    assert await asyncio.to_thread(entered.wait, 10)
    beginning.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await beginning
    assert [part.is_open for part in made] == [False]
    assert await count(web.db, "transfer") == 0
    assert await remains(web) == NOTHING


async def test_nobody_has_more_unfinished_uploads_than_allowed(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(begin(anna, 5) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 429, 429, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("too_many_uploads", "60")
    assert (await begin(bob, 5)).status_code == 201
    url = next(answer.headers["location"] for answer in answers if answer.status_code == 201)
    await append(anna, url, 0, b"12345")
    assert (await begin(anna, 5)).status_code == 201


async def test_no_more_uploads_than_allowed_come_at_once_through_all_doors(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    bodies = [Slow(DATA[:10]) for _ in range(3)]
    running = []
    for client, body in zip((anna, anna, bob), bodies, strict=True):
        url = await begun(client, len(DATA))
        running.append(asyncio.create_task(append(client, url, 0, body)))
    url = await begun(bob, len(DATA))
    for body in bodies:
        await body.taken()
    for refused in (await append(bob, url, 0, DATA), await upload(bob, DATA)):
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) > 0
    for body in bodies:
        body.give(DATA[10:], None)
    assert {(await task).status_code for task in running} == {204}
    assert (await upload(bob, DATA)).status_code == 200


async def test_an_expired_upload_is_gone_with_its_part_and_its_room(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await set_quota(web, len(DATA))
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA[:100])
    await web.db.fetch("UPDATE transfer SET expires_at = now() - interval '1 second'")
    for answer in (await look(anna, url), await append(anna, url, 100, DATA[100:])):
        assert answer.status_code == 410
    other = await begin(anna, len(DATA))
    assert other.status_code == 201
    report = await sweep(web.context.appliance)
    assert report.parts_removed == 1
    assert (await look(anna, url)).status_code == 404
    assert (await look(anna, other.headers["location"])).status_code == 200
    assert await later(web, 2) == 1
    assert await remains(web) == NOTHING
    assert await count(web.db, "transfer") == 0


async def test_the_sweep_touches_no_upload_that_lives(web: Web, anna: httpx.AsyncClient) -> None:
    waiting = await begun(anna, len(DATA))
    await append(anna, waiting, 0, DATA[:100])
    part = web.settings.storage_path / ".incoming" / f"{waiting.rpartition('/')[2]}.part"
    week_ago = time.time() - 7 * 86400
    os.utime(part, (week_ago, week_ago))
    stray = part.with_name("00000000-0000-4000-8000-000000000000.part")
    stray.write_bytes(b"x")
    os.utime(stray, (week_ago, week_ago))
    assert (await sweep(web.context.appliance)).parts_removed == 1
    assert not stray.exists()
    # One that is expired by the clock, but at which a request writes this very moment.
    coming = await begun(anna, len(DATA))
    slow = Slow(DATA[:50])
    sending = asyncio.create_task(append(anna, coming, 0, slow))
    await slow.taken()
    assert await later(web, 100) == 1
    slow.give(DATA[50:], None)
    assert (await sending).headers["upload-result"] == "stored"
    assert (await look(anna, waiting)).status_code == 404


async def test_results_are_forgotten_after_a_while(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA)
    await later(web, 47)
    assert (await anna.get(url)).status_code == 200
    await later(web, 49)
    assert (await anna.get(url)).status_code == 404
    assert await count(web.db, "asset") == 1


async def test_a_part_that_vanished_from_the_volume_is_told(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA[:100])
    (web.settings.storage_path / ".incoming" / f"{url.rpartition('/')[2]}.part").unlink()
    assert (await look(anna, url)).status_code == 410
    assert (await append(anna, url, 100, DATA[100:])).status_code == 410


@pytest.mark.parametrize("asks", ["client", "server"])
async def test_a_volume_that_goes_away_before_the_end_costs_nothing(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    url = await begun(anna, len(DATA), filename="a.jpg", sha256=SHA256)

    async def away(self: Store, *_: object) -> None:
        raise VolumeUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(Store, "commit", away)
        assert (await append(anna, url, 0, DATA)).status_code == 503
    if asks == "client":
        done = await look(anna, url)
        assert (done.status_code, done.headers["upload-result"]) == (200, "stored")
    else:
        assert await arrivals.finish_left(web.context.appliance, upload_gate(web.context)) == 1
    told = (await anna.get(url)).json()
    assert (told["status"], await count(web.db, "asset")) == ("stored", 1)
    assert (await remains(web)).files == {f"{told['asset']}/a.jpg"}


@pytest.mark.parametrize("died", ["before it was read", "after it was taken in"])
async def test_a_process_that_dies_at_the_end_leaves_nothing_undone(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, died: str
) -> None:
    url = await begun(anna, len(DATA), filename="a.jpg", sha256=SHA256)

    class Died(BaseException):
        pass

    async def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        if died == "before it was read":
            patched.setattr(arrivals, "_take_in", die)
        else:
            patched.setattr(transfers, "finish", die)
        with pytest.raises(Died):
            await append(anna, url, 0, DATA)
    assert (await anna.get(url)).json()["status"] == "finishing"
    assert await arrivals.finish_left(web.context.appliance, upload_gate(web.context)) == 1
    assert await arrivals.finish_left(web.context.appliance, upload_gate(web.context)) == 0
    told = (await anna.get(url)).json()
    assert (told["status"], told["asset"]) == ("stored", url.rpartition("/")[2])
    assert await remains(web) == Remains(frozenset({f"{told['asset']}/a.jpg"}), 1, 0, 1)


async def test_a_folder_that_closed_meanwhile_costs_nobody_a_picture(
    web: Web, anna: httpx.AsyncClient, tmp_path: Path
) -> None:
    folder = (await anna.post("/api/folders", json={"path": "away"})).json()["id"]
    url = await begun(anna, len(DATA), folder_id=folder)
    assert (await anna.delete(f"/api/folders/{folder}")).status_code == 204
    done = await append(anna, url, 0, DATA)
    asset = (await anna.get(f"/api/assets/{done.headers['upload-asset']}")).json()
    assert asset["folder"] is None
    assert (await begin(anna, 5, folder_id=folder)).status_code == 404
