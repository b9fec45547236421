"""A session's token is replaced where its rights change, and pages that have requests under way don't notice."""

import asyncio

import httpx
import pytest

from appliance.db.people import rotate_sessions
from appliance.errors import WrongCredentials
from appliance.library.people import reset_password
from appliance.library.sessions import start_session, start_token_session
from appliance.library.sign_in import check_credentials
from tests.support.doors import ANNA
from tests.support.home import picture
from tests.support.uploads import stored
from tests.support.web import PASSWORD, Web


def sid_of(answer: httpx.Response) -> str | None:
    """The session token that an answer brings, if it does."""
    for header in answer.headers.get_list("set-cookie"):
        if header.startswith("sid="):
            return header.partition("=")[2].partition(";")[0]
    return None


async def ask(web: Web, token: str, path: str = "/api/me", **options: str) -> httpx.Response:
    async with web.client() as browser:
        return await browser.get(path, headers={"Cookie": f"sid={token}", **options})


async def rights_change(web: Web) -> None:
    """What changing somebody's role does to their sessions."""
    for row in await web.db.fetch("SELECT id FROM account"):
        await rotate_sessions(web.db, row["id"])


async def later(web: Web, seconds: float) -> None:
    await web.db.fetch("UPDATE session SET rotated_at = rotated_at - make_interval(secs => {})", seconds)


async def test_after_a_change_of_rights_the_next_request_gets_a_new_token(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        old = browser.cookies["sid"]
        await rights_change(bare_web)

        answer = await browser.get("/api/me")

        new = sid_of(answer)
        assert new is not None and new != old
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert sid_of(await browser.get("/api/me")) is None
        assert (await ask(bare_web, new)).status_code == 200
        assert (await ask(bare_web, old)).status_code == 200
        await later(bare_web, 31)
        assert (await ask(bare_web, old)).status_code == 401
        assert (await ask(bare_web, new)).status_code == 200


async def test_of_many_requests_with_the_old_token_one_gets_the_new_one_and_all_are_answered(
    bare_web: Web,
) -> None:
    async with bare_web.signed_in() as browser:
        old = browser.cookies["sid"]
    await rights_change(bare_web)
    answers = await asyncio.gather(*(ask(bare_web, old) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len([answer for answer in answers if sid_of(answer)]) == 1


async def test_answers_of_every_kind_bring_the_new_token(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        asset = await stored(browser, picture(1))
        etag = f'"{asset["id"]}-{asset["media_version"]}-240"'
        for path, headers, status in (
            (f"/api/assets/{asset['id']}/original", {}, 200),
            (f"/api/assets/{asset['id']}/original", {"Range": "bytes=0-9"}, 206),
            (f"/media/{asset['id']}/{asset['media_version']}/240", {}, 200),
            (f"/media/{asset['id']}/{asset['media_version']}/240", {"If-None-Match": etag}, 304),
            ("/api/assets?no_such=1", {}, 400),
            ("/api/assets/00000000-0000-0000-0000-000000000000", {}, 404),
            ("/api/auth/state", {}, 200),
        ):
            await rights_change(bare_web)
            answer = await browser.get(path, headers=headers)
            assert answer.status_code == status, path
            assert sid_of(answer) is not None, path
            assert answer.headers["cache-control"] == "no-store", path
            await later(bare_web, 31)
        assert (await browser.get("/api/me")).status_code == 200


async def test_signing_out_with_a_token_that_was_just_replaced_ends_the_session(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        await rights_change(bare_web)
        out = await browser.post("/api/auth/logout")
        assert out.status_code == 204
        assert "sid" not in browser.cookies
    assert await bare_web.db.fetch("SELECT FROM session WHERE revoked_at IS NULL") == []


async def test_a_bearer_token_has_nothing_to_replace(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        token = (await browser.post("/api/auth/token", json=ANNA)).json()["access_token"]
        await rights_change(bare_web)
        async with bare_web.script(token) as script:
            answer = await script.get("/api/me")
    assert (answer.status_code, sid_of(answer)) == (200, None)


async def test_confirming_gives_a_new_token_and_counts_wrong_passwords(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        old = browser.cookies["sid"]
        await bare_web.db.fetch("UPDATE session SET authenticated_at = now() - interval '16 minutes'")
        key = {"name": "k", "scopes": ["asset:read"]}
        refused = await browser.post("/api/me/keys", json=key)
        assert (refused.status_code, refused.json()["code"]) == (403, "reauthenticate")
        wrong = await browser.post("/api/auth/confirm", json={"password": "not this one"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")

        right = await browser.post("/api/auth/confirm", json={"password": PASSWORD})

        assert right.status_code == 204
        assert browser.cookies["sid"] != old
        assert (await browser.post("/api/me/keys", json=key)).status_code == 201
        codes = [
            (await browser.post("/api/auth/confirm", json={"password": "not this one"})).status_code
            for _ in range(6)
        ]
        assert codes == [401] * 5 + [429]
        # Whoever guesses in a browser that was left open does not end the session that way.
        assert (await browser.get("/api/me")).status_code == 200


async def test_a_token_can_not_confirm_or_make_keys(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        token = (await browser.post("/api/auth/token", json=ANNA)).json()["access_token"]
    async with bare_web.script(token) as script:
        confirmed = await script.post("/api/auth/confirm", json={"password": PASSWORD})
        made = await script.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})
    assert confirmed.status_code == 403
    assert (made.status_code, made.json()["code"]) == (403, "reauthenticate")


async def make_key(web: Web, token: str) -> httpx.Response:
    async with web.client() as browser:
        body = {"name": "k", "scopes": ["asset:read"]}
        return await browser.post("/api/me/keys", json=body, headers={"Cookie": f"sid={token}"})


async def test_a_token_that_was_just_replaced_profits_from_no_later_proof(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        copied = browser.cookies["sid"]
        assert (await browser.post("/api/auth/confirm", json={"password": PASSWORD})).status_code == 204
        made = await make_key(bare_web, copied)
        own = await make_key(bare_web, browser.cookies["sid"])

    assert (made.status_code, made.json()["code"]) == (403, "reauthenticate")
    assert own.status_code == 201


async def test_with_another_password_the_token_before_is_worth_nothing_at_once(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        copied = browser.cookies["sid"]
        change = {"current_password": PASSWORD, "new_password": "another horse, another battery"}
        assert (await browser.post("/api/me/password", json=change)).status_code == 204
        assert (await ask(bare_web, copied)).status_code == 401
        assert (await ask(bare_web, browser.cookies["sid"])).status_code == 200


async def test_an_old_session_makes_no_administrators(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        member = {"username": "bob", "role": "member", "password": "correct horse battery staple"}
        bob = (await browser.post("/api/admin/users", json=member)).json()["id"]
        await bare_web.db.fetch("UPDATE session SET authenticated_at = now() - interval '1 hour'")
        another = {"username": "eve", "role": "admin", "password": "correct horse battery staple"}
        answers = [
            await browser.post("/api/admin/users", json=another),
            await browser.patch(f"/api/admin/users/{bob}", json={"role": "admin"}),
            await browser.post("/api/admin/invites", json={"role": "admin"}),
        ]

    assert {answer.json()["code"] for answer in answers} == {"reauthenticate"}


async def test_an_old_session_changes_nobodys_address(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        member = {"username": "bob", "role": "member", "password": "correct horse battery staple"}
        bob = f"/api/admin/users/{(await browser.post('/api/admin/users', json=member)).json()['id']}"
        await bare_web.db.fetch("UPDATE session SET authenticated_at = now() - interval '1 hour'")
        for address in ("mallory@home.test", None):
            refused = await browser.patch(bob, json={"email": address, "quota_bytes": 1})
            assert (refused.status_code, refused.json()["code"]) == (403, "reauthenticate")
        assert (await browser.get(bob)).json()["quota_bytes"] is None
        assert (await browser.patch(bob, json={"quota_bytes": 1})).status_code == 200
        assert (await browser.post("/api/auth/confirm", json={"password": PASSWORD})).status_code == 204
        changed = await browser.patch(bob, json={"email": "bob@home.test"})
        assert (changed.status_code, changed.json()["email"]) == (200, "bob@home.test")


async def test_who_was_let_in_by_a_password_that_is_another_by_now_gets_no_session(home: Web) -> None:
    db, passwords = home.db, home.context.passwords
    user = await check_credentials(db, passwords=passwords, name="anna", password=PASSWORD, place="p")
    await reset_password(db, user.id, "another horse, another battery", passwords=passwords)
    with pytest.raises(WrongCredentials):
        await start_session(db, home.settings, user, ip="", user_agent="")
    with pytest.raises(WrongCredentials):
        await start_token_session(db, home.settings, user, ip="", user_agent="")
