"""Where people sign in through the identity provider only, and the way back in when that is broken."""

from typing import Any

import httpx
import pytest

from appliance.errors import UsageError
from appliance.library.open_login import close_password_login, open_password_login
from tests.conftest import MakeSettings
from tests.support.doors import ANNA, opened
from tests.support.web import ORIGIN, PASSWORD

PROVIDER: dict[str, Any] = {
    "password_login": False,
    "oidc_enabled": True,
    "oidc_issuer": "https://auth.example.org",
    "oidc_client_id": "scene-sense",
    "public_url": ORIGIN,
    "signup": "open",
}

DOORS = (
    ("/api/auth/login", ANNA),
    ("/api/auth/token", ANNA),
    ("/api/auth/login", {"username": "nobody", "password": "nothing at all"}),
    ("/api/auth/signup", {"username": "bob", "password": PASSWORD}),
)


async def through(browser: httpx.AsyncClient, path: str, body: dict[str, str]) -> tuple[int, str]:
    answer = await browser.post(path, json=body)
    return answer.status_code, answer.json().get("code", "")


async def test_every_door_for_passwords_is_shut_with_the_same_answer(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, **PROVIDER) as (web, anna), web.client() as browser:
        for path, body in DOORS:
            assert await through(browser, path, body) == (403, "password_login_off")
        confirmed = await anna.post("/api/auth/confirm", json={"password": PASSWORD})
        assert (confirmed.status_code, confirmed.json()["code"]) == (403, "password_login_off")
        state = (await browser.get("/api/auth/state")).json()
        # The session of the setup is none of a password's business any more.
        assert (await anna.get("/api/me")).status_code == 200
    assert (state["password_login"], state["signup"]) == (False, "off")
    assert state["oidc"] == {"button_text": "Sign in with your home account", "auto_launch": False}


async def test_whoever_runs_the_server_opens_the_door_for_a_while(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, **PROVIDER) as (web, _), web.client() as browser:
        until = await open_password_login(web.db, hours=2)
        rows = await web.db.fetch("SELECT now() + interval '2 hours' - {}::timestamptz AS off", until)
        assert abs(rows[0]["off"].total_seconds()) < 5
        assert (await browser.get("/api/auth/state")).json()["password_login"] is True
        assert await through(browser, "/api/auth/login", ANNA) == (200, "")

        await web.db.fetch(
            "UPDATE setting SET value = jsonb_build_object('at', now() - interval '1 second')"
            " WHERE key = 'password-login-until'"
        )
        assert await through(browser, "/api/auth/login", ANNA) == (403, "password_login_off")

        await open_password_login(web.db, hours=1)
        await close_password_login(web.db)
        assert await through(browser, "/api/auth/login", ANNA) == (403, "password_login_off")


@pytest.mark.parametrize("hours", [0, -1, 73])
async def test_the_door_is_not_opened_for_ever(
    make_settings: MakeSettings, database_url: str, hours: float
) -> None:
    async with opened(make_settings, database_url, **PROVIDER) as (web, _):
        with pytest.raises(UsageError):
            await open_password_login(web.db, hours=hours)


async def test_nobody_is_invited_to_an_account_that_could_not_sign_in(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with opened(make_settings, database_url, **PROVIDER) as (_, anna):
        refused = await anna.post("/api/admin/invites", json={})
    assert refused.status_code == 409
    assert "PASSWORD_LOGIN" in refused.json()["detail"]
