"""What is remembered of who may see a picture is forgotten the moment that it is no longer so.

The pictures are asked for twice first, so that the answer is one from memory. Where the triggers of the database are
off, nobody is notified: then only what this process does by itself can make it forget.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from appliance.db.engine import open_database
from tests.conftest import MakeSettings
from tests.support.cli import on_the_server
from tests.support.home import picture
from tests.support.remembering import does, listening, nobody_notified, soon, status
from tests.support.sharing import make_folder, me, share
from tests.support.uploads import stored
from tests.support.waiting import eventually_async
from tests.support.web import PASSWORD, Web, open_web


async def remembered(web: Web, client: httpx.AsyncClient, asset: dict[str, Any]) -> None:
    """This client sees the picture, and is known to."""
    await listening(web)

    async def is_kept() -> bool:
        # What is still notified of before empties the memory once more; what it holds may be from before that.
        generation = web.context.access.generation
        first = await status(client, asset)
        await asyncio.sleep(0.02)
        seen = [first, await status(client, asset)]
        return seen == [200, 200] and web.context.access.generation == generation

    await eventually_async(is_kept)


async def sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
    assert answer.status_code == 200


def copy_of(web: Web, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Whoever has a copy of this browser's cookies, and is given no new ones."""
    copied = web.client()
    copied.headers["Cookie"] = f"sid={client.cookies['sid']}"
    return copied


async def test_a_second_look_at_a_picture_asks_the_database_nothing(web: Web, bob: httpx.AsyncClient) -> None:
    asset = await stored(bob, picture(1))
    await remembered(web, bob, asset)
    async with nobody_notified(web):
        await web.db.fetch("UPDATE session SET revoked_at = now()")
        await web.db.fetch("UPDATE asset SET media_version = 2")
        assert await status(bob, asset) == 200
        assert (await bob.get(f"/api/assets/{asset['id']}")).status_code == 401
        web.context.access.forget()
        assert await status(bob, asset) == 401


async def test_a_credential_is_over_with_the_answer_of_what_ended_it(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    asset = await stored(bob, picture(1))
    name = {"name": "k", "scopes": ["asset:read"], "expires_days": 1}
    key = (await bob.post("/api/me/keys", json=name)).json()
    token = (await bob.post("/api/auth/token", json={"username": "bob", "password": PASSWORD})).json()
    person = f"/api/admin/users/{await me(bob)}"

    async def end_session() -> httpx.Response:
        sessions = (await bob.get("/api/me/sessions")).json()
        script = next(each for each in sessions if not each["current"])
        return await bob.delete(f"/api/me/sessions/{script['id']}")

    async def in_a_browser(act: Callable[[], Awaitable[httpx.Response]]) -> None:
        await sign_in(bob)
        async with copy_of(web, bob) as copied:
            await is_ended_by(copied, act)

    async def is_ended_by(client: httpx.AsyncClient, act: Callable[[], Awaitable[httpx.Response]]) -> None:
        await remembered(web, client, asset)
        answer = await act()
        assert answer.is_success, answer.text
        assert await status(client, asset) == 401

    again = {"current_password": PASSWORD, "new_password": PASSWORD}
    async with (
        nobody_notified(web),
        web.script(key["key"]) as script,
        web.script(token["access_token"]) as other,
    ):
        await is_ended_by(script, lambda: bob.delete(f"/api/me/keys/{key['id']}"))
        await is_ended_by(other, end_session)
        await in_a_browser(lambda: bob.post("/api/auth/logout"))
        await in_a_browser(lambda: bob.post("/api/me/password", json=again))
        await in_a_browser(lambda: anna.delete(f"{person}/sessions"))
        await in_a_browser(lambda: anna.patch(person, json={"disabled": True}))


async def test_a_picture_is_out_of_sight_with_the_answer_of_what_took_it_away(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    trip, rome = await make_folder(anna, "trip"), await make_folder(anna, "trip/rome")
    asset = await stored(anna, picture(1), folder="trip/rome")
    address = f"/api/assets/{asset['id']}"
    shared = await share(anna, trip, bob)

    async def seen_again() -> None:
        await anna.post(f"{address}/restore")
        await anna.patch(address, json={"folder": "trip/rome"})
        await anna.patch(f"/api/folders/{rome}", json={"parent": trip})

    acts: tuple[Callable[[], Awaitable[httpx.Response]], ...] = (
        lambda: anna.delete(address),
        lambda: anna.patch(address, json={"folder": "other"}),
        lambda: anna.patch(f"/api/folders/{rome}", json={"parent": None}),
        lambda: anna.delete(f"/api/folders/{trip}/shares/{shared}"),
    )
    async with nobody_notified(web):
        for act in acts:
            await seen_again()
            await remembered(web, bob, asset)
            answer = await act()
            assert answer.is_success, answer.text
            assert await status(bob, asset) == 404
            assert await status(anna, asset) == 200


async def test_whoever_sees_everything_no_longer_does_when_demoted(
    make_settings: MakeSettings, database_url: str
) -> None:
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        free_space_floor_bytes=0,
        clip_model="not-there",
        admin_sees_all=True,
    )
    async with open_web(settings) as web, web.signed_in() as anna, web.second_person("bob") as bob:
        asset = await stored(anna, picture(1))
        person = f"/api/admin/users/{await me(bob)}"
        assert (await anna.patch(person, json={"role": "admin"})).is_success
        async with nobody_notified(web):
            await remembered(web, bob, asset)
            assert (await anna.patch(person, json={"role": "member"})).is_success
            assert await status(bob, asset) == 404


async def test_credentials_that_another_process_ends_are_over(
    web: Web, bob: httpx.AsyncClient, database_url: str
) -> None:
    asset = await stored(bob, picture(1))
    for sql in (
        "UPDATE session SET revoked_at = now()",
        "UPDATE session SET token_sha256 = sha256(id::text::bytea)",
        "DELETE FROM session",
        "UPDATE account SET disabled_at = now()",
    ):
        await sign_in(bob)
        await remembered(web, bob, asset)
        await does(database_url, sql)
        await soon(bob, asset, 401)


async def test_pictures_that_another_process_takes_away_are_out_of_sight(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database_url: str
) -> None:
    trip, _ = await make_folder(anna, "trip"), await make_folder(anna, "trip/rome")
    asset = await stored(anna, picture(1), folder="trip/rome")
    await share(anna, trip, bob)
    for sql, back in (
        (
            "UPDATE asset SET state = 'trashed', trashed_at = now()",
            "UPDATE asset SET state = 'active', trashed_at = NULL",
        ),
        ("UPDATE asset SET expires_at = now()", "UPDATE asset SET expires_at = NULL"),
        ("UPDATE asset SET media_version = 2", "UPDATE asset SET media_version = 1"),
        (
            "UPDATE asset SET folder = NULL",
            "UPDATE asset SET folder = (SELECT id FROM folder WHERE name = 'rome')",
        ),
        (
            "UPDATE folder SET parent = NULL, path = 'rome' WHERE name = 'rome'",
            "UPDATE folder SET parent = (SELECT id FROM folder WHERE name = 'trip'), path = 'trip/rome'"
            " WHERE name = 'rome'",
        ),
        ("DELETE FROM share", ""),
    ):
        await remembered(web, bob, asset)
        await does(database_url, sql)
        await soon(bob, asset, 404)
        if back:
            await web.db.fetch(back)


async def test_what_was_looked_up_while_something_changed_is_not_remembered(
    web: Web, bob: httpx.AsyncClient, database_url: str
) -> None:
    asset = await stored(bob, picture(1))
    await remembered(web, bob, asset)
    web.context.access.forget()

    async def waits() -> bool:
        row = await web.db.fetch_one("SELECT count(*) AS n FROM pg_locks WHERE NOT granted")
        return row is not None and row["n"] > 0

    async with open_database(database_url, pool_size=1) as other:
        async with other.transaction():
            await other.fetch("LOCK TABLE asset IN ACCESS EXCLUSIVE MODE")
            look = asyncio.create_task(status(bob, asset))
            await eventually_async(waits)
            web.context.access.forget()
        assert await look == 200
    async with nobody_notified(web):
        await web.db.fetch("UPDATE asset SET media_version = 2")
        assert await status(bob, asset) == 404


async def test_ends_that_come_by_themselves_are_kept_to_the_moment(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "trip")
    asset = await stored(anna, picture(1), folder="trip")
    await share(anna, folder, bob)
    await listening(web)
    key = await bob.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"], "expires_days": 1})
    script = web.script(key.json()["key"])
    async with nobody_notified(web), script:
        for statement, client, ended in (
            ("UPDATE asset SET expires_at = now() + interval '1 second'", bob, 404),
            ("UPDATE api_key SET expires_at = now() + interval '1 second'", script, 401),
            ("UPDATE session SET expires_at = now() + interval '1 second'", bob, 401),
        ):
            await web.db.fetch("UPDATE asset SET expires_at = NULL")
            await web.db.fetch(statement)
            web.context.access.forget()
            assert await status(client, asset) == 200
            await soon(client, asset, ended)
            if "asset" in statement:
                assert await status(anna, asset) == 200


async def test_the_token_before_is_looked_at_each_time(web: Web, bob: httpx.AsyncClient) -> None:
    asset = await stored(bob, picture(1))
    async with copy_of(web, bob) as before:
        await remembered(web, before, asset)
        answer = await bob.post("/api/auth/confirm", json={"password": PASSWORD})
        assert answer.is_success and bob.cookies["sid"] not in before.headers["Cookie"]
        async with nobody_notified(web):
            assert await status(before, asset) == 200
            await web.db.fetch("UPDATE session SET rotated_at = now() - interval '1 minute'")
            assert await status(before, asset) == 401
            assert await status(bob, asset) == 200


async def test_looking_at_pictures_is_use_of_a_session(web: Web, bob: httpx.AsyncClient) -> None:
    asset = await stored(bob, picture(1))
    await listening(web)
    await web.db.fetch("UPDATE session SET last_seen_at = now() - interval '5 minutes'")
    web.context.access.forget()
    assert await status(bob, asset) == 200
    row = await web.db.fetch_one(
        "SELECT count(*) AS n FROM session WHERE last_seen_at > now() - interval '1 minute'"
    )
    assert row == {"n": 1}


async def test_nothing_is_remembered_while_nobody_hears(web: Web, bob: httpx.AsyncClient) -> None:
    asset = await stored(bob, picture(1))
    await remembered(web, bob, asset)
    generation = web.context.access.generation
    async with nobody_notified(web):
        await web.db.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'scene-sense-listener' AND datname = current_database()"
        )

        async def was_noticed() -> bool:
            return web.context.access.generation > generation

        await eventually_async(was_noticed)
        web.context.access.set_hears(False)
        assert await status(bob, asset) == 200
        await web.db.fetch("UPDATE session SET revoked_at = now()")
        assert await status(bob, asset) == 401
    await listening(web)


async def test_the_command_line_ends_what_is_remembered(web: Web, bob: httpx.AsyncClient) -> None:
    asset = await stored(bob, picture(1))
    await remembered(web, bob, asset)
    assert (await on_the_server(web).type("user", "disable", "bob")).code == 0
    await soon(bob, asset, 401)
