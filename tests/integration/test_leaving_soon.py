"""What leaves by itself is seen before, and what a purge would take as well."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from appliance import clock
from tests.support.rows import add_asset
from tests.support.web import Web

DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


async def person_id(web: Web, name: str) -> UUID:
    row = await web.db.fetch_one("SELECT id FROM account WHERE name = {}", name)
    assert row is not None
    return UUID(str(row["id"]))


async def add_trashed(web: Web, name: str, now: datetime) -> UUID:
    return await add_asset(
        web.db,
        await person_id(web, name),
        trashed_at=now - DAY,
        purge_after=now + 29 * DAY,
        state="trashed",
    )


async def get(browser: httpx.AsyncClient, path: str, **query: str | int) -> httpx.Response:
    return await browser.get(path, params=query)


async def test_the_calendar_counts_by_the_days_of_a_time_zone(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, now: datetime
) -> None:
    tomorrow = (now + DAY).astimezone(UTC).replace(hour=23, minute=30, second=0, microsecond=0)
    anna_id = await person_id(web, "anna")
    for expires in (tomorrow, tomorrow, tomorrow + 40 * DAY, None, now - DAY):
        await add_asset(web.db, anna_id, expires_at=expires)
    await add_asset(web.db, await person_id(web, "bob"), expires_at=tomorrow)

    (day,) = (await get(anna, "/api/leaving")).json()
    assert (day["day"], day["assets"]) == (tomorrow.date().isoformat(), 2)
    assert day["bytes"] > 0
    (berlin,) = (await get(anna, "/api/leaving", zone="Europe/Berlin")).json()
    assert berlin["day"] == (tomorrow + DAY).date().isoformat()
    assert len((await get(anna, "/api/leaving", days=60)).json()) == 2
    for zone in ("Europe/Atlantis", "../etc", "x\x00"):
        assert (await get(anna, "/api/leaving", zone=zone)).status_code == 400


async def test_the_list_begins_with_the_first_to_go_and_pages_without_a_gap(
    web: Web, anna: httpx.AsyncClient, now: datetime
) -> None:
    anna_id = await person_id(web, "anna")
    # Several leave at the same moment.
    moments = [now + DAY * (1 + n // 3) for n in range(8)]
    for moment in reversed(moments):
        await add_asset(web.db, anna_id, expires_at=moment)
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await get(anna, "/api/leaving/assets", limit=3, **after)).json()
        seen += [item["expires_at"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [datetime.fromisoformat(text) for text in seen] == moments


async def test_emptying_the_trash_is_about_ones_own_and_can_be_taken_back_until_the_purge(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, now: datetime
) -> None:
    anna_id = await person_id(web, "anna")
    first = await add_trashed(web, "anna", now)
    second = await add_trashed(web, "anna", now)
    expired = await add_asset(web.db, anna_id, expires_at=now - DAY)
    alive = await add_asset(web.db, anna_id)
    foreign = await add_trashed(web, "bob", now)

    some = await anna.post("/api/trash/empty", json={"ids": [str(first), str(alive), str(foreign)]})
    assert some.json() == {"emptied": 1}
    assert (await anna.post("/api/trash/empty", json={})).json() == {"emptied": 3}
    plan = (await get(anna, "/api/admin/purge")).json()
    assert (plan["due"], plan["unasked"], plan["asks"], plan["hold"]) == (3, 0, False, None)
    assert [(each["owner"]["name"], each["assets"]) for each in plan["owners"]] == [("anna", 3)]

    assert (await anna.post(f"/api/assets/{second}/restore")).status_code == 200
    assert (await get(anna, "/api/admin/purge")).json()["due"] == 2
    assert {item["id"] for item in (await get(anna, "/api/trash")).json()["items"]} == {
        str(first), str(expired),
    }  # fmt: skip
    row = await web.db.fetch_one("SELECT purge_after FROM asset WHERE id = {}", foreign)
    assert row is not None
    assert row["purge_after"] == now + 29 * DAY


async def test_an_administrator_sees_the_hold_and_releases_it_once(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, now: datetime
) -> None:
    assert (await anna.post("/api/admin/purge/release", json={"hold": 1})).status_code == 409
    await web.db.fetch("INSERT INTO purge_hold (held_at, due, due_bytes, library) VALUES ({}, 5, 50, 9)", now)
    hold = (await get(anna, "/api/admin/purge")).json()["hold"]
    assert (hold["due"], hold["due_bytes"], hold["library"]) == (5, 50, 9)
    assert (await get(bob, "/api/admin/purge")).status_code == 403
    assert (await anna.post("/api/admin/purge/release", json={"hold": hold["id"]})).status_code == 204
    assert (await get(anna, "/api/admin/purge")).json()["hold"] is None
    assert (await anna.post("/api/admin/purge/release", json={"hold": hold["id"]})).status_code == 409
