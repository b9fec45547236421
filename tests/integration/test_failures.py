"""What failed is told with what helps, is tried again or let go, and what can't be read is left in peace."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from appliance.db.condition import find_work
from appliance.db.failures import is_set_aside, set_aside
from appliance.db.jobs import count_jobs
from appliance.library.failures import OTHERWISE, REMEDIES, remedy
from appliance.library.sweep import sweep
from tests.support.home import picture
from tests.support.uploads import stored
from tests.support.web import Web


async def fail(web: Web, asset: dict[str, Any], code: str, *, text: str = "It did not work.") -> None:
    """All work on this picture failed in this way."""
    await web.db.fetch(
        "INSERT INTO model (identity, name, dimension) SELECT 'm', 'm', 4 WHERE NOT EXISTS (SELECT FROM model)"
    )
    await web.db.fetch(
        """
        INSERT INTO job (asset, kind, model, state, attempts, error_code, error_text)
        SELECT {}, 'embed', id, 'failed', 4, {}, {} FROM model
        ON CONFLICT (asset, kind, model) DO UPDATE SET state = 'failed', error_code = excluded.error_code
        """,
        UUID(asset["id"]), code, text,
    )  # fmt: skip


async def failures(browser: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await browser.get("/api/failures", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_failure_is_told_once_to_its_person_with_what_helps(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    damaged = await stored(anna, picture(1), "damaged.jpg")
    odd = await stored(anna, picture(2), "odd.jpg")
    await stored(anna, picture(3), "fine.jpg")
    await fail(web, damaged, "file_damaged")
    await fail(web, odd, "something_new")
    refused = await anna.post("/api/assets", files={"file": ("words.txt", b"no picture")})
    assert refused.status_code == 415

    told = await failures(anna)
    assert [(each["filename"], each["remedy"]) for each in told["assets"]] == [
        ("odd.jpg", OTHERWISE),
        ("damaged.jpg", remedy("file_damaged")),
    ]
    (upload,) = told["uploads"]
    assert (upload["filename"], upload["code"]) == ("words.txt", "file_unsupported")
    assert upload["remedy"] == REMEDIES["file_unsupported"]
    only = await failures(anna, code="file_damaged")
    assert ([each["filename"] for each in only["assets"]], only["uploads"]) == (["damaged.jpg"], [])
    assert await failures(bob) == {"assets": [], "uploads": []}
    assert (await anna.get("/api/failures", params={"code": "x; drop"})).status_code == 400


async def test_one_or_all_of_a_kind_are_tried_again_and_nobody_elses(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    assets = [await stored(anna, picture(n), f"{n}.jpg") for n in range(4)]
    for asset, code in zip(
        assets, ("decode_limit", "decode_limit", "encode_failed", "worker_lost"), strict=True
    ):
        await fail(web, asset, code)

    async def retry(browser: httpx.AsyncClient, **body: Any) -> int:
        answer = await browser.post("/api/failures/retry", json=body)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["retried"])

    assert await retry(bob, assets=[assets[0]["id"]]) == 0
    assert await retry(anna, code="decode_limit") == 2
    assert await retry(anna, assets=[assets[3]["id"]]) == 1
    assert [each["filename"] for each in (await failures(anna))["assets"]] == ["2.jpg"]
    rows = await web.db.fetch("SELECT count(*) AS n FROM job WHERE state = 'pending' AND attempts = 0")
    assert rows[0]["n"] >= 3
    assert await retry(anna) == 1


async def test_what_is_let_go_goes_to_the_trash_or_is_forgotten(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    first, second = [await stored(anna, picture(n), f"{n}.jpg") for n in range(2)]
    await fail(web, first, "file_damaged")
    await fail(web, second, "file_damaged")
    for name in ("a.txt", "b.txt"):
        await anna.post("/api/assets", files={"file": (name, name.encode())})
    uploads = (await failures(anna))["uploads"]

    async def discard(browser: httpx.AsyncClient, **body: Any) -> tuple[int, int]:
        answer = await browser.post("/api/failures/discard", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["trashed"], answer.json()["forgotten"]

    assert await discard(anna) == (0, 0)
    assert (await find_work(web.db)).failed == (await count_jobs(web.db)).failed == 2
    named = {"assets": [first["id"]], "uploads": [uploads[0]["id"]]}
    assert await discard(bob, **named) == (0, 0)
    assert await discard(anna, **named) == (1, 1)
    # What was let go fails nobody any more, whoever is asked.
    assert (await find_work(web.db)).failed == (await count_jobs(web.db)).failed == 1
    assert [item["id"] for item in (await anna.get("/api/trash")).json()["items"]] == [first["id"]]
    assert await discard(anna, code="file_damaged") == (1, 0)
    assert await discard(anna, code="file_unsupported") == (0, 1)
    assert await failures(anna) == {"assets": [], "uploads": []}


@pytest.mark.parametrize("code", ["file_damaged", "worker_lost", "decode_limit"])
async def test_what_can_not_be_read_is_set_aside_until_its_person_tries_again(
    web: Web, anna: httpx.AsyncClient, code: str
) -> None:
    asset = await stored(anna, picture(1), "a.jpg")
    fine = await stored(anna, picture(2), "fine.jpg")
    await fail(web, asset, code)
    await fail(web, fine, "encode_failed")
    await sweep(web.context.appliance)
    assert await is_set_aside(web.db, UUID(asset["id"]))
    told = {each["filename"]: each["set_aside"] for each in (await failures(anna))["assets"]}
    assert told == {"a.jpg": True, "fine.jpg": False}

    address = f"/media/{asset['id']}/{asset['media_version']}/240"
    answer = await anna.get(address)
    assert (answer.status_code, answer.json()["code"]) == (422, "set_aside")
    assert (await anna.get(f"/media/{fine['id']}/{fine['media_version']}/240")).status_code == 200
    assert (await anna.get(f"/api/assets/{asset['id']}/original")).status_code == 200

    assert (await anna.post("/api/failures/retry", json={"assets": [asset["id"]]})).status_code == 200
    assert await set_aside(web.db) == 0
    assert (await anna.get(address)).status_code == 200
