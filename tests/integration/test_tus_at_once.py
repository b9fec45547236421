"""Uploads in pieces by several at once: two clients on one, one that goes silent, cancelling, and who may at all."""

import asyncio
import hashlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from appliance.library import transfers
from tests.support.home import picture
from tests.support.rows import count
from tests.support.tus import (
    Slow,
    append,
    begin,
    begun,
    cancel,
    look,
    offset,
    script,
    sent,
)
from tests.support.uploads import Remains, remains
from tests.support.web import Web

DATA = picture(1, width=320, height=240)
SHA256 = hashlib.sha256(DATA).hexdigest()


async def test_two_clients_on_one_upload_do_not_mix(anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA), sha256=SHA256)
    slow = Slow(DATA[:100])
    sending = asyncio.create_task(append(anna, url, 0, slow))
    await slow.taken()
    for at in (0, 100):
        other = await append(anna, url, at, DATA[at:])
        assert (other.status_code, other.json()["code"]) == (423, "upload_locked")
        assert "retry-after" in other.headers
    slow.give(DATA[100:], None)
    assert (await sending).headers["upload-result"] == "stored"


async def test_a_request_that_fell_silent_gives_way_and_what_it_brought_stays(
    anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfers, "SILENT_SECONDS", 0.0)
    url = await begun(anna, len(DATA), sha256=SHA256)
    slow = Slow(DATA[:100])
    silent = asyncio.create_task(append(anna, url, 0, slow))
    await slow.taken()
    done = await append(anna, url, 100, DATA[100:])
    assert done.headers["upload-result"] == "stored"
    assert (await silent).status_code == 423


async def test_what_came_before_a_request_was_cut_off_is_kept(anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA), sha256=SHA256)
    slow = Slow(DATA[:100])
    sending = asyncio.create_task(append(anna, url, 0, slow))
    await slow.taken()
    sending.cancel()
    await asyncio.wait([sending])
    assert await offset(anna, url) == 100
    assert (await append(anna, url, 100, DATA[100:])).headers["upload-result"] == "stored"


async def test_an_upload_can_be_cancelled_also_while_it_comes(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    slow = Slow(DATA[:100])
    sending = asyncio.create_task(append(anna, url, 0, slow))
    await slow.taken()
    assert (await cancel(anna, url)).status_code == 204
    assert (await sending).status_code in {404, 423}
    for answer in (await look(anna, url), await cancel(anna, url), await append(anna, url, 0, DATA)):
        assert answer.status_code == 404
    assert await remains(web) == Remains(frozenset(), 0, 0, 0)
    assert await count(web.db, "transfer") == 0


async def test_forgetting_the_result_leaves_the_asset(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA)
    assert (await cancel(anna, url)).status_code == 204
    assert await count(web.db, "transfer") == 0
    assert await count(web.db, "asset") == 1


async def test_uploads_of_others_are_not_there(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    url = await begun(anna, len(DATA), sha256=SHA256)
    for answer in (
        await look(bob, url),
        await append(bob, url, 0, DATA),
        await cancel(bob, url),
        await bob.get(url),
    ):
        assert answer.status_code == 404
        assert answer.headers["tus-resumable"] == "1.0.0"
    known = await bob.post("/api/uploads/check", json=[{"sha256": SHA256, "size": len(DATA)}])
    assert known.json()[0]["uploading"] is None
    assert await offset(anna, url) == 0


async def test_a_key_needs_the_right_to_write_and_other_sites_may_not(
    web: Web, anna: httpx.AsyncClient
) -> None:
    async with script(web, anna, "asset:read") as reader, script(web, anna, "asset:write") as writer:
        assert (await begin(reader, 5)).status_code == 403
        assert (await sent(writer, DATA)).headers["upload-result"] == "stored"
    stranger = {"Origin": "http://evil.example"}
    url = await begun(anna, 5)
    for answer in (await begin(anna, 5, headers=stranger), await append(anna, url, 0, b"12345", stranger)):
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert await offset(anna, url) == 0


async def test_a_disabled_person_can_not_go_on_and_an_enabled_one_can(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    url = await begun(bob, len(DATA))
    await append(bob, url, 0, DATA[:100])
    await web.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'bob'")
    assert (await append(bob, url, 100, DATA[100:])).status_code == 401
    await web.db.fetch("UPDATE account SET disabled_at = NULL WHERE name = 'bob'")
    assert (await append(bob, url, 100, DATA[100:])).status_code == 204


async def test_an_upload_that_is_under_way_is_found_by_its_sum(anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA), sha256=SHA256)
    await append(anna, url, 0, DATA[:100])
    (known,) = (await anna.post("/api/uploads/check", json=[{"sha256": SHA256, "size": len(DATA)}])).json()
    assert known["uploading"] == {"id": url.rpartition("/")[2], "offset": 100}
    await append(anna, url, 100, DATA[100:])
    (known,) = (await anna.post("/api/uploads/check", json=[{"sha256": SHA256, "size": len(DATA)}])).json()
    assert (known["state"], known["uploading"]) == ("known", None)


async def test_an_upload_says_until_when_it_waits(web: Web, anna: httpx.AsyncClient) -> None:
    def hours(answer: httpx.Response) -> float:
        moment = parsedate_to_datetime(answer.headers["upload-expires"])
        return (moment - datetime.now(UTC)).total_seconds() / 3600

    first = await begin(anna, len(DATA))
    assert 0.9 < hours(first) <= 1
    later = await append(anna, first.headers["location"], 0, DATA[:10])
    assert 47.9 < hours(later) <= 48
