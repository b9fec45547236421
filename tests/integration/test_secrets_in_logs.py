"""Nothing that opens a door, and nothing that people look for, is in the log, however much of it is written."""

import logging

import httpx
import pytest

from tests.support.home import picture
from tests.support.rows import everything
from tests.support.uploads import stored
from tests.support.web import PASSWORD, Web

WRONG = "a password of another site, typed here by mistake"
WORDS = "the birthday that nobody may know of"


async def story(web: Web) -> set[str]:
    """A little of everything, and the secrets that were used in it."""
    async with web.client() as browser:
        setup_token = web.setup_token()
        wrong_setup = {"token": "W" * 43, "username": "anna", "password": PASSWORD}
        await browser.post("/api/auth/setup", json=wrong_setup)
        await web.set_up(browser)
        cookie = browser.cookies["sid"]
        credentials = {"username": "anna", "password": PASSWORD}
        key = (await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})).json()["key"]
        asset = await stored(browser, picture(1))
        await browser.patch(f"/api/assets/{asset['id']}", json={"description": WORDS})
        await browser.get("/api/search", params={"q": WORDS})
        await browser.post("/api/search", json={"text": WORDS})
        await browser.post("/api/auth/logout", headers={"Origin": "http://evil.example"})
        await browser.post("/api/auth/login", json={"username": "anna", "password": WRONG})
        await browser.post("/api/auth/login", json={"username": WRONG, "password": "anna"})
        await browser.post("/api/auth/login", content=b'{"password": "' + PASSWORD.encode())
        token = (await browser.post("/api/auth/token", json=credentials)).json()["access_token"]
        await browser.post("/api/auth/logout")
        await browser.get("/api/me", headers={"Cookie": f"sid={cookie}"})
    for credential in (token, key, key[:-1], token[:-1], "ss_AAAAAAAA_" + "S" * 43):
        async with web.script(credential) as script:
            await script.get("/api/assets")
            await script.post("/api/assets", files={"file": ("a.jpg", b"no picture")})
    return {setup_token, PASSWORD, cookie, key[12:], token, token.rpartition(".")[2], WRONG, WORDS}


async def test_the_log_at_its_most_talkative_has_no_secret(
    bare_web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="httpx")  # that is the browser's
    caplog.set_level(logging.DEBUG)
    secrets = await story(bare_web)
    assert "/api/search -> " in caplog.text
    assert '"action": "auth.login"' in caplog.text
    assert [secret for secret in secrets if secret in caplog.text] == []


async def test_the_audit_log_has_no_secret(bare_web: Web) -> None:
    secrets = await story(bare_web)
    rows = repr(await everything(bare_web.db, "audit"))
    assert "auth.token" in rows
    assert [secret for secret in secrets if secret in rows] == []


async def test_what_is_kept_of_secrets_is_no_secret(bare_web: Web) -> None:
    secrets = await story(bare_web) - {WORDS}
    for table in ("session", "api_key", "account", "setting", "attempt", "invite"):
        rows = repr(await everything(bare_web.db, table))
        assert [secret for secret in secrets if secret in rows] == [], table


async def test_answers_give_a_secret_once_and_never_in_an_address(bare_web: Web) -> None:
    seen: list[httpx.Response] = []

    async def look(answer: httpx.Response) -> None:
        await answer.aread()
        seen.append(answer)

    async with bare_web.client() as browser:
        browser.event_hooks["response"] = [look]
        await bare_web.set_up(browser)
        cookie = browser.cookies["sid"]
        key = (await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})).json()["key"]
        for path in ("/api/me", "/api/me/keys", "/api/me/sessions", "/api/auth/state", "/api/admin/audit"):
            assert (await browser.get(path)).status_code == 200
    with_key = [answer for answer in seen if key[12:] in answer.text]
    assert len(with_key) == 1
    assert not [answer for answer in seen if cookie in answer.text]
    assert not [answer for answer in seen if cookie in str(answer.url) or key in str(answer.url)]
