"""Room that uploads in pieces were promised: no other door takes it, and what nobody uses is given back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from appliance.db import transfers
from appliance.errors import DatabaseUnavailable, DiskFull
from appliance.library import room
from appliance.library.room import Room
from tests.support.home import picture
from tests.support.rows import count
from tests.support.tus import Slow, append, begin, begun, cancel, offset, sent
from tests.support.uploads import Pulled, form, form_headers, part, remains, upload
from tests.support.web import Web
from web.multipart import MAX_OVERHEAD_BYTES
from web.uploading import upload_gate

DATA = picture(1, width=320, height=240)
OTHER = picture(2, width=320, height=240)

MB = 1024 * 1024


class Disk:
    """As if the disk had so many bytes beside what is kept free, and only uploads in pieces wrote to it."""

    def __init__(self, web: Web, monkeypatch: pytest.MonkeyPatch, *, size: int) -> None:
        self.size = size
        store = web.context.appliance.store
        look = store.part_sizes

        def sizes() -> tuple[int, dict[Any, int]]:
            found = look()[1]
            return self.size - sum(found.values()), found

        monkeypatch.setattr(store, "part_sizes", sizes)
        # What is believed for a second is asked anew each time.
        monkeypatch.setattr(room, "_FRESH_SECONDS", 0.0)


async def lapse(web: Web) -> None:
    """As if no byte had come for long."""
    await web.db.fetch("UPDATE transfer SET reserved_until = now() - interval '1 second'")


async def reserved_minutes(web: Web) -> tuple[int | None, int]:
    """For how long the one upload has its room, and lives."""
    (row,) = await web.db.fetch(
        "SELECT round(extract(epoch FROM reserved_until - now()) / 60)::int AS room,"
        " round(extract(epoch FROM expires_at - now()) / 60)::int AS lives FROM transfer"
    )
    return row["room"], row["lives"]


async def test_a_form_takes_no_room_that_an_upload_in_pieces_was_promised(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(web, monkeypatch, size=len(OTHER) + len(DATA) - 1)
    url = await begun(anna, len(OTHER))
    await append(anna, url, 0, OTHER[:100])
    refused = await upload(anna, DATA)
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    assert (await remains(web)).assets == 0
    # What has come of it was promised before, and counts once.
    disk.size += 1
    assert (await upload(anna, DATA)).status_code == 201
    assert (await append(anna, url, 100, OTHER[100:])).headers["upload-result"] == "stored"


async def test_a_form_that_says_how_long_it_is_is_refused_before_its_bytes(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk(web, monkeypatch, size=4 * MB)
    await begun(anna, 2 * MB)
    headers = {**form_headers(), "Content-Length": str(2 * MB + MAX_OVERHEAD_BYTES)}
    # It would be no form, had anybody looked at it.
    fits = await anna.post("/api/assets", content=Pulled([b"x"]), headers=headers)
    assert (fits.status_code, fits.json()["code"]) == (400, "bad_request")
    headers["Content-Length"] = str(2 * MB + MAX_OVERHEAD_BYTES + 1)
    refused = await anna.post("/api/assets", content=Pulled([b"x"]), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")


async def test_a_form_under_way_gives_way_to_what_was_promised_meanwhile(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk(web, monkeypatch, size=4 * len(DATA))
    whole = form(part("file", DATA, filename="a.jpg"))
    body = Slow(whole[:1000])
    sending = asyncio.create_task(anna.post("/api/assets", content=body, headers=form_headers()))
    await body.taken()
    await begun(bob, 4 * len(DATA))
    body.give(whole[1000:], None)
    refused = await sending
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    assert (await remains(web)).assets == 0


async def test_a_database_that_restarts_does_not_end_a_form_that_fits(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk(web, monkeypatch, size=25)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(10)

    async def away(*_: object, **__: object) -> int:
        raise DatabaseUnavailable

    one = Room(web.context.appliance)
    await one.require(10)
    monkeypatch.setattr(transfers, "sum_lacking", away)
    taken: list[bytes] = []
    with pytest.raises(DiskFull):
        async for chunk in one.filled(chunks()):
            taken.append(chunk)
    assert len(taken) == 2
    with pytest.raises(DatabaseUnavailable):
        await Room(web.context.appliance).require(10)


async def test_an_upload_of_which_nothing_comes_gives_its_room_back_and_gets_it_again_if_it_is_there(
    web: Web, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk(web, monkeypatch, size=len(DATA))
    lost = await begun(anna, len(DATA))
    assert await reserved_minutes(web) == (10, 60)
    assert (await begin(anna, len(DATA))).json()["code"] == "disk_full"
    await lapse(web)
    other = await begun(anna, len(DATA))
    refused = await append(anna, lost, 0, DATA)
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    assert await offset(anna, lost) == 0
    await cancel(anna, other)
    assert (await append(anna, lost, 0, DATA[:9])).status_code == 204
    assert (await begin(anna, len(DATA))).json()["code"] == "disk_full"
    assert (await append(anna, lost, 9, DATA[9:])).headers["upload-result"] == "stored"


async def test_the_same_holds_for_room_in_a_quota(web: Web, anna: httpx.AsyncClient) -> None:
    await web.db.fetch("UPDATE account SET quota_bytes = {} WHERE name = 'anna'", len(DATA))
    lost = await begun(anna, len(DATA))
    assert (await begin(anna, 1)).json()["code"] == "quota_exceeded"
    await lapse(web)
    other = await begun(anna, 1)
    refused = await append(anna, lost, 0, DATA)
    assert (refused.status_code, refused.json()["code"]) == (507, "quota_exceeded")
    assert await offset(anna, lost) == 0
    await cancel(anna, other)
    assert (await append(anna, lost, 0, DATA)).headers["upload-result"] == "stored"


async def test_an_upload_keeps_its_room_from_its_first_byte_on(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    empty = await append(anna, url, 0, b"")
    assert (empty.status_code, await reserved_minutes(web)) == (204, (10, 60))
    wrong = await append(anna, url, 0, DATA[:9], {"Upload-Checksum": "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA="})
    assert (wrong.status_code, await reserved_minutes(web)) == (460, (10, 60))
    await append(anna, url, 0, DATA[:9])
    assert await reserved_minutes(web) == (None, 48 * 60)
    await append(anna, url, 9, b"")
    assert await reserved_minutes(web) == (None, 48 * 60)


async def test_a_slow_first_piece_keeps_its_room_while_it_comes(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    body = Slow(DATA[:9])
    sending = asyncio.create_task(append(anna, url, 0, body))
    await body.taken()
    assert await reserved_minutes(web) == (None, 48 * 60)
    body.give(DATA[9:], None)
    assert (await sending).headers["upload-result"] == "stored"


async def test_sums_of_uploads_that_are_over_are_forgotten(web: Web, anna: httpx.AsyncClient) -> None:
    gate = upload_gate(web.context)
    waiting, refused = await begun(anna, len(DATA)), await begun(anna, 9)
    await append(anna, waiting, 0, DATA[:9])
    assert [str(each) for each in gate.remembered()] == [waiting.rpartition("/")[2]]
    await append(anna, waiting, 9, DATA[9:])
    assert (await append(anna, refused, 0, b"no photo.")).status_code == 415
    assert (await sent(anna, OTHER)).headers["upload-result"] == "stored"
    assert list(gate.remembered()) == []
    assert await count(web.db, "asset") == 2
