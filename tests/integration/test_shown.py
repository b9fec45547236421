"""Thumbnails of what was just listed need no look of their own, for exactly as long as they may be seen.

Where the triggers of the database are off, nobody is notified; a version that changes then is seen by a look alone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from appliance.db.engine import open_database
from appliance.library.access import LIFE_SECONDS, Access
from appliance.library.shown import Shown, packed_key
from tests.support.home import picture
from tests.support.remembering import does, listening, nobody_notified, soon, status
from tests.support.sharing import make_folder, share
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import Web

Look = Callable[[httpx.AsyncClient, dict[str, Any]], Awaitable[httpx.Response]]

BUCKET = "/api/timeline/buckets/undated"


async def _bucket_again(client: httpx.AsyncClient, asset: dict[str, Any]) -> httpx.Response:
    first = await client.get(BUCKET)
    assert asset["id"] in first.json()["id"]
    again = await client.get(BUCKET, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    return first


LOOKS: dict[str, Look] = {
    "list": lambda client, _: client.get("/api/assets"),
    "batch": lambda client, asset: client.post("/api/assets/batch", json={"ids": [asset["id"]]}),
    "month": lambda client, _: client.get(BUCKET),
    "month again": _bucket_again,
}


async def shared_picture(anna: httpx.AsyncClient, bob: httpx.AsyncClient) -> tuple[dict[str, Any], str, str]:
    """A picture of Anna's that Bob may see, all of whose renditions are made; the folder, and the share."""
    folder = await make_folder(anna, "trip")
    asset = await stored(anna, picture(1), folder="trip")
    assert await status(anna, asset) == 200
    return asset, folder, await share(anna, folder, bob)


@pytest.mark.parametrize("name", LOOKS)
async def test_a_picture_that_was_just_listed_is_given_without_a_look_at_it(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient, name: str
) -> None:
    asset, _, _ = await shared_picture(anna, bob)
    await listening(web)
    async with nobody_notified(web):
        for client in (anna, bob):
            await web.db.fetch("UPDATE asset SET media_version = 1")
            web.context.access.forget()
            assert asset["id"] in (await LOOKS[name](client, asset)).text
            await web.db.fetch("UPDATE asset SET media_version = 2")
            assert await status(client, asset) == 200
            # Whoever was shown nothing, and has no right, profits from nobody who has.
            await LOOKS[name](cleo, asset) if name != "month again" else None
            assert await status(cleo, asset) == 404
            web.context.access.forget()
            assert await status(client, asset) == 404


@pytest.mark.parametrize("name", LOOKS)
async def test_what_is_taken_away_is_out_of_sight_although_it_was_just_listed(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database_url: str, name: str
) -> None:
    asset, folder, shared = await shared_picture(anna, bob)
    await listening(web)
    async with nobody_notified(web):
        await LOOKS[name](bob, asset)
        assert await status(bob, asset) == 200
        assert (await anna.delete(f"/api/folders/{folder}/shares/{shared}")).is_success
        assert await status(bob, asset) == 404
    await share(anna, folder, bob)
    await LOOKS[name](bob, asset)
    assert await status(bob, asset) == 200
    await does(database_url, "DELETE FROM share")
    await soon(bob, asset, 404)


async def test_a_session_that_is_over_shows_nothing_that_it_was_shown(
    web: Web, bob: httpx.AsyncClient
) -> None:
    asset = await stored(bob, picture(1))
    await listening(web)
    assert await status(bob, asset) == 200
    await LOOKS["month"](bob, asset)
    copied = web.client()
    copied.headers["Cookie"] = f"sid={bob.cookies['sid']}"
    async with nobody_notified(web), copied:
        assert await status(copied, asset) == 200
        assert (await bob.post("/api/auth/logout")).is_success
        assert await status(copied, asset) == 401


@pytest.mark.parametrize("name", ["list", "batch", "month"])
async def test_what_was_being_listed_while_rights_changed_is_not_taken_for_shown(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database_url: str, name: str
) -> None:
    asset, _, _ = await shared_picture(anna, bob)
    await listening(web)

    async def waits() -> bool:
        row = await web.db.fetch_one("SELECT count(*) AS n FROM pg_locks WHERE NOT granted")
        return row is not None and row["n"] > 0

    async with nobody_notified(web):
        async with open_database(database_url, pool_size=1) as other:
            async with other.transaction():
                await other.fetch("LOCK TABLE asset IN ACCESS EXCLUSIVE MODE")
                look = asyncio.ensure_future(LOOKS[name](bob, asset))
                await eventually_async(waits)
                web.context.access.forget()
            assert asset["id"] in (await look).text
        await web.db.fetch("UPDATE asset SET media_version = 2")
        assert await status(bob, asset) == 404


@pytest.mark.parametrize("name", LOOKS)
async def test_a_picture_that_leaves_by_itself_is_kept_to_its_moment(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, name: str
) -> None:
    asset, _, _ = await shared_picture(anna, bob)
    await listening(web)
    async with nobody_notified(web):
        await web.db.fetch("UPDATE asset SET expires_at = now() + interval '0.6 s'")
        web.context.access.forget()
        assert asset["id"] in (await LOOKS[name](bob, asset)).text
        await asyncio.sleep(0.65)
        assert await status(bob, asset) == 404
        assert await status(anna, asset) == 200


async def test_a_number_that_is_no_version_is_not_found(web: Web, bob: httpx.AsyncClient) -> None:
    asset = await stored(bob, picture(1))
    await listening(web)
    await LOOKS["list"](bob, asset)
    for version in (0, 2, 2**31, 2**32 + 1, 10**30):
        assert (await bob.get(f"/media/{asset['id']}/{version}/240")).status_code == 404


def _hearing() -> Access:
    access = Access()
    access.set_hears(True)
    return access


def test_no_more_is_remembered_than_twice_the_most_and_the_latest_stays() -> None:
    access, ids = _hearing(), [uuid4() for _ in range(100)]
    shown = Shown(access, most=20)
    for start in range(0, 100, 10):
        shown.keep(access.ticket(), "bob", b"".join(packed_key(each, 1) for each in ids[start : start + 10]))
        assert shown.count <= 40
        assert all(shown.has("bob", each, 1) for each in ids[max(0, start - 10) : start + 10])
    assert not any(shown.has("bob", each, 1) for each in ids[:50])
    shown.keep(access.ticket(), "bob", b"".join(packed_key(each, 1) for each in ids))
    assert (shown.count, shown.has("bob", ids[19], 1), shown.has("bob", ids[20], 1)) == (40, True, False)
    assert not shown.has("bob", ids[0], 2) and not shown.has("eve", ids[0], 1)
    access.forget()
    assert shown.count == 0


def test_what_was_shown_is_forgotten_after_a_while_counted_from_before_the_look() -> None:
    access, asset = _hearing(), uuid4()
    shown = Shown(access)
    for age, is_kept in ((LIFE_SECONDS + 1, False), (LIFE_SECONDS - 5, True)):
        ticket = access.ticket()
        shown.keep(ticket._replace(began=ticket.began - age), "bob", packed_key(asset, 1))
        assert shown.has("bob", asset, 1) == is_kept
