"""Quotas: what counts, when it is looked at, and that nothing gets round them."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from appliance import clock
from appliance.db import quotas, uploads
from appliance.errors import Unauthenticated
from appliance.library.quotas import reserve
from appliance.library.sweep import sweep
from appliance.records.assets import Facts, Kind
from appliance.records.uploads import IngestRequest, Upload
from tests.conftest import MakeSettings
from tests.integration.test_cli_key import scene_sense
from tests.support.home import picture
from tests.support.rows import count
from tests.support.uploads import BOUNDARY, NOTHING, Pulled, form, form_headers, part, remains, stored, upload
from tests.support.web import Web, open_web

SIZES = {number: len(picture(number)) for number in range(8)}


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with open_web(settings) as opened:
        yield opened


async def limit(web: Web, quota_bytes: int | None) -> None:
    await web.db.fetch("UPDATE account SET quota_bytes = {}", quota_bytes)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_what_fits_to_the_byte_is_taken_and_one_more_byte_is_not(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await limit(web, SIZES[0] + SIZES[1])
    for number in (0, 1):
        await stored(anna, picture(number))
    before = await remains(web)
    await limit(web, SIZES[0] + SIZES[1] + SIZES[2] - 1)
    assert code_of(await upload(anna, picture(2))) == (507, "quota_exceeded")
    assert await remains(web) == before
    await limit(web, SIZES[0] + SIZES[1] + SIZES[2])
    await stored(anna, picture(2))


async def test_the_trash_counts_until_it_is_purged(web: Web, anna: httpx.AsyncClient) -> None:
    await limit(web, SIZES[0])
    asset = await stored(anna, picture(0))
    await anna.delete(f"/api/assets/{asset['id']}")
    assert code_of(await upload(anna, picture(1))) == (507, "quota_exceeded")
    await web.db.fetch("DELETE FROM asset")
    await limit(web, SIZES[1])
    await stored(anna, picture(1))


async def test_the_same_bytes_again_cost_nothing(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(0))
    for quota in (SIZES[0], 0):
        await limit(web, quota)
        assert (await upload(anna, picture(0))).json()["status"] == "duplicate"
        await anna.delete(f"/api/assets/{asset['id']}")
        assert (await upload(anna, picture(0))).json()["status"] == "restored"
        answers = await asyncio.gather(*(upload(anna, picture(0)) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {200}


async def test_uploads_at_the_same_time_do_not_exceed_it_together(web: Web, anna: httpx.AsyncClient) -> None:
    for round_number in range(3):
        await web.db.fetch("DELETE FROM asset")
        sizes = sorted(SIZES.values())
        await limit(web, sum(sizes[-3:]))
        answers = await asyncio.gather(*(upload(anna, picture(number)) for number in SIZES))
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses[201] >= 3, round_number
        assert statuses[201] + statuses[507] == len(SIZES)
        rows = await web.db.fetch("SELECT sum(bytes)::bigint AS bytes, count(*) AS n FROM asset")
        assert rows[0]["bytes"] <= sum(sizes[-3:])
        assert rows[0]["n"] == statuses[201]
        assert await count(web.db, "upload") == 0


async def test_the_same_new_bytes_at_the_same_time_count_once(web: Web, anna: httpx.AsyncClient) -> None:
    await limit(web, SIZES[0])
    answers = await asyncio.gather(*(upload(anna, picture(0), f"{n}.jpg") for n in range(6)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 5}


def begun(owner: UUID, size: int) -> Upload:
    """An upload that was cut off an hour ago, before its bytes were durable."""
    facts = Facts(
        mime="image/jpeg", kind=Kind.IMAGE, width=1, height=1, taken=None, camera=None, lens=None, latitude=None,
        longitude=None, thumbhash=b"1", mean_color=0,
    )  # fmt: skip
    return Upload(
        id=uuid4(), request=IngestRequest(owner, "a.jpg"), sha256=bytes(32), bytes=size, facts=facts,
        created_at=clock.now() - timedelta(hours=1),
    )  # fmt: skip


async def test_an_upload_that_a_crash_cut_off_counts_until_it_is_finished_or_dropped(
    web: Web, anna: httpx.AsyncClient
) -> None:
    me = UUID((await anna.get("/api/me")).json()["id"])
    lost = begun(me, 10)
    assert await uploads.insert_upload(web.db, lost)
    await limit(web, SIZES[0] + 9)
    assert await quotas.room(web.db, me) == SIZES[0] - 1
    assert (await upload(anna, picture(0))).status_code == 507
    # Its bytes are nowhere, so that a sweep drops it.
    await sweep(web.context.appliance)
    await stored(anna, picture(0))


async def test_a_file_that_can_not_fit_is_refused_before_its_bytes_are_looked_at(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await limit(web, 1000)
    # The body is no form at all, which nobody gets to see.
    headers = form_headers() | {"Content-Length": str(5 * 1024 * 1024)}
    answer = await anna.post("/api/assets", content=Pulled([b"x"]), headers=headers)
    assert code_of(answer) == (507, "quota_exceeded")
    assert await remains(web) == NOTHING


async def test_one_that_does_not_tell_its_size_is_stopped_on_the_way(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await limit(web, 100_000)

    def body() -> Iterator[bytes]:
        yield form(part("file", b"", filename="a.jpg"))[: -len(BOUNDARY) - 8]
        for _ in range(20):
            yield b"x" * 65536

    # It is no picture and the form never ends; both would be found out only after all of it had come.
    answer = await anna.post("/api/assets", content=Pulled(body()), headers=form_headers())
    assert code_of(answer) == (507, "quota_exceeded")
    assert await remains(web) == NOTHING


async def test_whoever_asks_before_sending_hears_what_there_is_no_room_for(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await stored(anna, picture(0))
    await limit(web, SIZES[0] + 250)

    def asked(name: str, size: int) -> dict[str, str | int]:
        return {"sha256": hashlib.sha256(name.encode()).hexdigest(), "size": size}

    known = {"sha256": hashlib.sha256(picture(0)).hexdigest(), "size": SIZES[0]}
    files = [asked("a", 100), asked("b", 200), asked("a", 100), known, asked("c", 150), asked("d", 1)]
    answer = await anna.post("/api/uploads/check", json=files)
    assert [each["state"] for each in answer.json()] == ["new", "no_room", "new", "known", "new", "no_room"]
    await limit(web, None)
    answer = await anna.post("/api/uploads/check", json=files)
    assert [each["state"] for each in answer.json()] == ["new", "new", "new", "known", "new", "new"]


async def test_an_import_on_the_server_keeps_to_the_quota(web: Web, anna: httpx.AsyncClient) -> None:
    folder = web.settings.data_path.parent / "photos"
    folder.mkdir()
    for number in (0, 1):
        (folder / f"{number}.jpg").write_bytes(picture(number))
    await limit(web, SIZES[0])
    said = scene_sense(web, "import", str(folder), "--json", "--jobs", "1")
    assert said.returncode == 1, said.stderr
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    outcomes = {line["path"].rsplit("/", 1)[-1]: (line["status"], line["code"]) for line in lines[:-1]}
    assert outcomes == {"0.jpg": ("stored", None), "1.jpg": ("rejected", "quota_exceeded")}
    assert await count(web.db, "asset") == 1


@pytest.mark.parametrize("quota", [None, 10**9])
async def test_somebody_who_was_deleted_uploads_nothing(
    web: Web, anna: httpx.AsyncClient, quota: int | None
) -> None:
    me = UUID((await anna.get("/api/me")).json()["id"])
    await limit(web, quota)
    await web.db.fetch("UPDATE account SET deleted_at = now()")
    with pytest.raises(Unauthenticated):
        await reserve(web.db, begun(me, 10))
    assert (await upload(anna, picture(0))).status_code == 401
    assert await remains(web) == NOTHING
