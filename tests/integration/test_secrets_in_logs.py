"""Nothing that opens a door, and nothing that people look for, is in the log, however much of it is written."""

import logging
import re

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.home import picture
from tests.support.rows import everything
from tests.support.uploads import stored
from tests.support.web import ORIGIN, PASSWORD, Web, open_web

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


def addresses_in(text: str) -> set[str]:
    """What in a text can be followed: addresses, and paths in quotes; without what stands behind ``#``.

    That part stays in the browser, whatever server or proxy it asks.
    """
    found = re.findall(r"""[a-z]+://[^\s"'<>)]+|(?<=["'])/[^\s"'<>]*""", text)
    return {address.partition("#")[0] for address in found}


async def test_answers_give_a_secret_once_and_never_in_an_address(
    make_settings: MakeSettings, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="httpx")  # that is the browser's
    caplog.set_level(logging.DEBUG)
    seen: list[httpx.Response] = []

    async def look(answer: httpx.Response) -> None:
        await answer.aread()
        seen.append(answer)

    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        clip_model="not-there",
        signup="invite",
        public_url=ORIGIN,
    )
    async with open_web(settings) as web, web.client() as browser:
        setup_token = web.setup_token()
        browser.event_hooks["response"] = [look]
        await web.set_up(browser)
        cookie = browser.cookies["sid"]
        key = (await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})).json()["key"]
        link = (await browser.post("/api/admin/invites", json={"role": "member"})).json()["link"]
        for path in (*LOOKED_AT, "/api/auth/oidc/start", "/nowhere"):
            await browser.get(path)
        token = (
            await browser.post("/api/auth/token", json={"username": "anna", "password": PASSWORD})
        ).json()
    invite = link.rpartition("invite=")[2]
    with_key = [answer for answer in seen if key[12:] in answer.text]
    assert len(with_key) == 1
    assert not [answer for answer in seen if cookie in answer.text]
    # Both links lead to where their secret is used, and keep it from whoever is asked for the page.
    followed = addresses_in(caplog.text)
    for answer in seen:
        followed |= addresses_in(answer.text) | addresses_in(answer.headers.get("location", ""))
    assert {f"{ORIGIN}/signup", f"{ORIGIN}/setup"} <= followed
    secrets = [setup_token, invite, cookie, key[12:], token["access_token"], PASSWORD]
    assert min(len(secret) for secret in secrets) > 10
    assert [secret for secret in secrets if any(secret in address for address in followed)] == []


#: What tells of sessions, keys and people, and what is written down.
LOOKED_AT = (
    "/api/me",
    "/api/me/keys",
    "/api/me/sessions",
    "/api/auth/state",
    "/api/admin/audit",
    "/api/admin/invites",
)
