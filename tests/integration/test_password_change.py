"""Changing a password, getting the first one, and what ends with it."""

from typing import Any

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.doors import ANNA, audit_rows, opened
from tests.support.web import PASSWORD, Web

NEW = "another horse battery"


async def change(browser: httpx.AsyncClient, **body: Any) -> httpx.Response:
    given = {"current_password": PASSWORD, "new_password": NEW} | body
    return await browser.post("/api/me/password", json=given)


async def test_a_new_password_ends_all_other_sessions_and_gives_this_one_a_new_token(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser, bare_web.client() as phone, bare_web.client() as old_tab:
        await phone.post("/api/auth/login", json=ANNA)
        token = (await phone.post("/api/auth/token", json=ANNA)).json()["access_token"]
        before = browser.cookies["sid"]

        assert (await change(browser)).status_code == 204

        assert browser.cookies["sid"] != before
        assert (await browser.get("/api/me")).status_code == 200
        assert (await phone.get("/api/me")).status_code == 401
        async with bare_web.script(token) as script:
            assert (await script.get("/api/me")).status_code == 401
        assert (await old_tab.post("/api/auth/login", json=ANNA)).status_code == 401
        assert (await old_tab.post("/api/auth/login", json=ANNA | {"password": NEW})).status_code == 200
    assert await audit_rows(bare_web, "password.change") == [("ok", "")]


@pytest.mark.parametrize(("end_keys", "status"), [(False, 200), (True, 401)])
async def test_keys_end_with_the_password_only_when_asked(bare_web: Web, end_keys: bool, status: int) -> None:
    async with bare_web.signed_in() as browser:
        made = await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})
        await change(browser, end_keys=end_keys)
        async with bare_web.script(made.json()["key"]) as script:
            assert (await script.get("/api/me")).status_code == status


@pytest.mark.parametrize("body", [{"current_password": "not this one"}, {"current_password": None}])
async def test_without_the_current_password_nothing_changes(bare_web: Web, body: dict[str, Any]) -> None:
    async with bare_web.signed_in() as browser, bare_web.client() as phone:
        refused = await change(browser, **body)
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")
        assert (await phone.post("/api/auth/login", json=ANNA)).status_code == 200


@pytest.mark.parametrize("password", ["short", "password123", "anna"])
async def test_a_new_password_has_to_be_a_good_one(bare_web: Web, password: str) -> None:
    async with bare_web.signed_in() as browser:
        assert (await change(browser, new_password=password)).status_code == 400
        assert (await browser.get("/api/me")).status_code == 200


async def test_the_first_password_needs_a_fresh_sign_in_instead_of_an_old_one(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser, bare_web.client() as phone:
        await bare_web.db.fetch("UPDATE account SET password_hash = NULL")
        assert (await browser.get("/api/me")).json()["has_password"] is False
        await bare_web.db.fetch("UPDATE session SET authenticated_at = now() - interval '16 minutes'")
        late = await browser.post("/api/me/password", json={"new_password": NEW})
        assert (late.status_code, late.json()["code"]) == (403, "reauthenticate")
        await bare_web.db.fetch("UPDATE session SET authenticated_at = now() - interval '14 minutes'")

        assert (await browser.post("/api/me/password", json={"new_password": NEW})).status_code == 204

        assert (await phone.post("/api/auth/login", json=ANNA | {"password": NEW})).status_code == 200


async def test_neither_a_token_nor_a_key_changes_a_password(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        key = (await browser.post("/api/me/keys", json={"name": "k", "scopes": ["admin"]})).json()["key"]
        token = (await browser.post("/api/auth/token", json=ANNA)).json()["access_token"]
    for credential in (key, token):
        async with bare_web.script(credential) as script:
            assert (await change(script)).status_code == 403


async def test_all_other_sessions_are_ended_at_once(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser, bare_web.client() as phone:
        await phone.post("/api/auth/login", json=ANNA)
        await phone.post("/api/auth/token", json=ANNA)
        ended = await browser.delete("/api/me/sessions")
        assert (ended.status_code, ended.json()) == (200, {"ended": 2})
        assert (await phone.get("/api/me")).status_code == 401
        assert [item["current"] for item in (await browser.get("/api/me/sessions")).json()] == [True]


async def test_who_one_is_has_everything_that_the_page_shows(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        body = (await browser.get("/api/me")).json()
    assert {name: body[name] for name in body if name != "id"} == {
        "name": "anna",
        "role": "admin",
        "email": None,
        "has_password": True,
        "quota_bytes": None,
        "used_bytes": 0,
        "pinned": True,
        "admin_sees_all": False,
    }


async def test_that_administrators_see_all_is_told_to_everybody(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, admin_sees_all=True) as (web, anna):
        async with web.client() as stranger:
            assert (await stranger.get("/api/auth/state")).json()["admin_sees_all"] is True
        assert (await anna.get("/api/me")).json()["admin_sees_all"] is True
