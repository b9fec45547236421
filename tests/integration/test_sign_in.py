"""Signing in and out, over the real application and a real database."""

import asyncio
import hashlib
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher

from appliance.clock import now
from appliance.db.people import rotate_sessions
from tests.conftest import MakeSettings
from tests.support.waiting import eventually_async
from tests.support.web import PASSWORD, Web, attributes_of, open_web
from web import lifespan


def setup_body(web: Web, **changes: str) -> dict[str, str]:
    return {"token": web.setup_token(), "username": "anna", "password": PASSWORD} | changes


async def audit_rows(web: Web) -> list[tuple[str, str, str]]:
    rows = await web.db.fetch("SELECT action, outcome, reason FROM audit ORDER BY id")
    return [(row["action"], row["outcome"], row["reason"]) for row in rows]


# --- setup ---------------------------------------------------------------------------------------------------


async def test_the_first_account_is_made_with_the_token_and_is_an_admin(bare_web: Web) -> None:
    async with bare_web.client() as browser:
        before = (await browser.get("/api/auth/state")).json()
        assert (before["setup_needed"], before["signed_in"]) == (True, False)

        made = await browser.post("/api/auth/setup", json=setup_body(bare_web))

        assert made.status_code == 201
        assert made.json()["role"] == "admin"
        assert (await browser.get("/api/me")).json()["name"] == "anna"
        after = (await browser.get("/api/auth/state")).json()
        assert (after["setup_needed"], after["signed_in"]) == (False, True)
    assert not (bare_web.settings.data_path / "secrets" / "setup-token").exists()
    assert await audit_rows(bare_web) == [("auth.setup", "ok", "")]


async def test_setup_works_once_and_only_once(bare_web: Web) -> None:
    body = setup_body(bare_web)
    async with bare_web.client() as browser:
        assert (await browser.post("/api/auth/setup", json=body)).status_code == 201
        again = await browser.post("/api/auth/setup", json=body | {"username": "mallory"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_of_two_setups_at_the_same_time_one_is_made(bare_web: Web) -> None:
    body = setup_body(bare_web)
    async with bare_web.client() as one, bare_web.client() as other:
        answers = await asyncio.gather(
            one.post("/api/auth/setup", json=body | {"username": "one"}),
            other.post("/api/auth/setup", json=body | {"username": "other"}),
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await bare_web.db.fetch("SELECT count(*) AS n FROM account") == [{"n": 1}]


async def test_a_wrong_setup_token_makes_nothing_and_is_not_tried_for_ever(bare_web: Web) -> None:
    async with bare_web.client() as browser:
        wrong = await browser.post("/api/auth/setup", json=setup_body(bare_web, token="guess"))
        assert (wrong.status_code, wrong.json()["code"]) == (403, "forbidden")
        for _ in range(4):
            await browser.post("/api/auth/setup", json=setup_body(bare_web, token="guess"))
        limited = await browser.post("/api/auth/setup", json=setup_body(bare_web, token="guess"))
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) >= 1
    assert await bare_web.db.fetch("SELECT name FROM account") == []


async def test_a_setup_token_is_for_its_owner_alone_and_ends_after_a_day(bare_web: Web) -> None:
    path = bare_web.settings.data_path / "secrets" / "setup-token"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    body = setup_body(bare_web)
    yesterday = (now() - timedelta(hours=25)).timestamp()
    os.utime(path, (yesterday, yesterday))
    async with bare_web.client() as browser:
        answer = await browser.post("/api/auth/setup", json=body)
    assert answer.status_code == 403
    assert "too old" in answer.json()["detail"]
    assert bare_web.setup_token() != body["token"]


async def test_the_log_has_the_setup_link_and_a_new_one_when_it_gets_too_old(
    make_settings: MakeSettings,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "web.lifespan")
    monkeypatch.setattr(lifespan, "LOOK_EVERY_SECONDS", 0.05)
    settings = make_settings(database_url=database_url, clip_model="not-there")
    async with open_web(settings) as web:
        first = web.setup_token()
        assert f"/setup#token={first}, once and within 24 hours" in caplog.text
        yesterday = (now() - timedelta(hours=25)).timestamp()
        os.utime(settings.data_path / "secrets" / "setup-token", (yesterday, yesterday))
        await eventually_async(_true_of(lambda: caplog.text.count("/setup#token=") == 2))
        assert f"/setup#token={web.setup_token()}" in caplog.text
        assert web.setup_token() != first
        async with web.client() as browser:
            await web.set_up(browser)
    caplog.clear()
    async with open_web(settings):
        assert "setup#token" not in caplog.text


def _true_of(predicate: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return predicate()

    return ask


@pytest.mark.parametrize(
    "password", ["short", "password", "PASSWORD123", "aaaaaaaaaaaa", "anna-anna", "x" * 1025, "ä" * 513]
)
async def test_a_weak_or_endless_password_is_refused(bare_web: Web, password: str) -> None:
    name = "anna-anna"
    async with bare_web.client() as browser:
        answer = await browser.post(
            "/api/auth/setup", json=setup_body(bare_web, username=name, password=password)
        )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert f'"{password}"' not in answer.text


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "two\nlines", "zero\u200bwidth"])
async def test_a_name_that_nobody_can_read_is_refused(bare_web: Web, name: str) -> None:
    async with bare_web.client() as browser:
        answer = await browser.post("/api/auth/setup", json=setup_body(bare_web, username=name))
    assert answer.status_code == 400


# --- sign-in and sign-out ------------------------------------------------------------------------------------


async def test_signing_in_and_out_ends_the_session_on_the_server(bare_web: Web) -> None:
    async with bare_web.signed_in() as first, bare_web.client() as browser:
        answer = await browser.post("/api/auth/login", json={"username": "ANNA", "password": PASSWORD})
        assert answer.status_code == 200
        stolen = browser.cookies["sid"]

        assert (await browser.post("/api/auth/logout")).status_code == 204

        assert "sid" not in browser.cookies
        browser.cookies["sid"] = stolen
        assert (await browser.get("/api/me")).status_code == 401
        assert (await first.get("/api/me")).status_code == 200
    actions = [(action, outcome) for action, outcome, _ in await audit_rows(bare_web)]
    assert actions == [("auth.setup", "ok"), ("auth.login", "ok"), ("auth.logout", "ok")]


def max_age_of(web: Web) -> str:
    return f"max-age={web.settings.session_max_hours * 3600:.0f}"


async def sessions_given(web: Web, browser: httpx.AsyncClient) -> dict[str, httpx.Response]:
    """An answer of each way in which a browser gets a session's token by password, and of a change of rights."""
    setup = await browser.post("/api/auth/setup", json=setup_body(web))
    login = await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
    confirm = await browser.post("/api/auth/confirm", json={"password": PASSWORD})
    for row in await web.db.fetch("SELECT id FROM account"):
        await rotate_sessions(web.db, row["id"])
    return {"setup": setup, "login": login, "confirm": confirm, "rotation": await browser.get("/api/me")}


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(bare_web: Web) -> None:
    async with bare_web.client() as browser:
        answers = await sessions_given(bare_web, browser)
    wanted = {"httponly", "samesite=lax", "path=/"}
    for way, answer in answers.items():
        assert attributes_of(answer, "sid") == wanted | {max_age_of(bare_web)}, way
    for way in ("setup", "login"):
        assert wanted <= attributes_of(answers[way], "device"), way
        assert "secure" not in attributes_of(answers[way], "device"), way


async def test_under_https_the_cookie_is_bound_to_the_host(
    make_settings: MakeSettings, database_url: str
) -> None:
    settings = make_settings(
        database_url=database_url, clip_model="not-there", public_url="https://photos.example.org"
    )
    async with open_web(settings) as web:
        browser = web.client(origin="https://photos.example.org", base_url="https://photos.example.org")
        async with browser:
            answers = await sessions_given(web, browser)
            wanted = {"secure", "httponly", "samesite=lax", "path=/"}
            for way, answer in answers.items():
                assert attributes_of(answer, "__Host-sid") == wanted | {max_age_of(web)}, way
                assert "domain" not in answer.headers["set-cookie"].lower(), way
            for way in ("setup", "login"):
                assert wanted <= attributes_of(answers[way], "__Host-device"), way
            out = await browser.post("/api/auth/logout")
            assert out.headers["clear-site-data"] == '"cache", "storage"'
            assert out.headers["cross-origin-opener-policy"] == "same-origin"


async def test_the_token_is_kept_as_its_hash_only(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        token = browser.cookies["sid"]
    rows = await bare_web.db.fetch("SELECT token_sha256 FROM session")
    assert [bytes(row["token_sha256"]) for row in rows] == [hashlib.sha256(token.encode()).digest()]
    assert len(token) >= 43


async def test_wrong_name_and_wrong_password_look_the_same(home: Web) -> None:
    async with home.client() as browser:
        wrong = await browser.post("/api/auth/login", json={"username": "anna", "password": "not this one"})
        unknown = await browser.post("/api/auth/login", json={"username": "bob", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 401
    without_id = [{**answer.json(), "request_id": ""} for answer in (wrong, unknown)]
    assert without_id[0] == without_id[1]
    assert [row for row in await audit_rows(home) if row[0] == "auth.login"] == [
        ("auth.login", "refused", "wrong_credentials"),
        ("auth.login", "refused", "unknown_name"),
    ]


async def test_a_disabled_account_is_out_everywhere_at_once(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        token = (await browser.post("/api/auth/token", json=_anna())).json()["access_token"]
        key = (await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})).json()["key"]

        await bare_web.db.fetch("UPDATE account SET disabled_at = now()")

        assert (await browser.get("/api/me")).status_code == 401
        assert (await browser.post("/api/auth/login", json=_anna())).status_code == 401
    for credential in (token, key):
        async with bare_web.script(credential) as script:
            assert (await script.get("/api/me")).status_code == 401


async def test_a_planted_session_is_never_signed_in(bare_web: Web) -> None:
    async with bare_web.signed_in() as attacker, bare_web.client() as victim:
        await attacker.post("/api/auth/login", json=_anna())
        planted = attacker.cookies["sid"]
        victim.cookies["sid"] = planted

        await victim.post("/api/auth/login", json=_anna())

        own = [cookie.value for cookie in victim.cookies.jar if cookie.domain]
        assert own and planted not in own
        assert (await attacker.get("/api/me")).status_code == 401


async def test_a_session_ends_when_it_is_not_used_and_at_its_end(bare_web: Web) -> None:
    idle = bare_web.settings.session_idle_hours
    async with bare_web.signed_in() as browser:
        await bare_web.db.fetch(
            "UPDATE session SET last_seen_at = now() - make_interval(secs => {})", idle * 3600 - 60
        )
        assert (await browser.get("/api/me")).status_code == 200
        # That use counted, so the idle time begins anew.
        seen = await bare_web.db.fetch(
            "SELECT last_seen_at > now() - interval '5 seconds' AS fresh FROM session"
        )
        assert seen == [{"fresh": True}]
        await bare_web.db.fetch(
            "UPDATE session SET last_seen_at = now() - make_interval(secs => {})", idle * 3600 + 1
        )
        assert (await browser.get("/api/me")).status_code == 401

        await bare_web.db.fetch(
            "UPDATE session SET last_seen_at = now(), expires_at = now() - interval '1 second'"
        )
        assert (await browser.get("/api/me")).status_code == 401


async def test_being_seen_is_written_once_a_minute_at_most(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        before = await bare_web.db.fetch("SELECT last_seen_at FROM session")
        for _ in range(3):
            await browser.get("/api/me")
        assert await bare_web.db.fetch("SELECT last_seen_at FROM session") == before


async def test_guessing_is_slowed_down_without_locking_a_housemate_out(home: Web) -> None:
    wrong = {"username": "anna", "password": "not this one"}
    async with home.client(peer="10.0.0.66") as guesser, home.client(peer="10.0.0.7") as anna:
        codes = [(await guesser.post("/api/auth/login", json=wrong)).status_code for _ in range(6)]
        right = await guesser.post("/api/auth/login", json=_anna())
        at_home = await anna.post("/api/auth/login", json=_anna())
    assert codes == [401] * 5 + [429]
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= 30
    assert at_home.status_code == 200


async def test_own_sessions_are_listed_and_can_be_ended(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser, bare_web.client() as phone:
        await phone.post("/api/auth/login", json=_anna(), headers={"User-Agent": "phone"})
        listed = (await browser.get("/api/me/sessions")).json()
        assert [item["current"] for item in listed].count(True) == 1
        other = next(item for item in listed if not item["current"])
        assert other["user_agent"] == "phone"

        assert (await browser.delete(f"/api/me/sessions/{other['id']}")).status_code == 204

        assert (await phone.get("/api/me")).status_code == 401
        assert (await browser.delete(f"/api/me/sessions/{other['id']}")).status_code == 404


async def test_an_old_hash_is_renewed_at_the_next_sign_in(home: Web) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await home.db.fetch("UPDATE account SET password_hash = {}", old)
    async with home.client() as browser:
        assert (await browser.post("/api/auth/login", json=_anna())).status_code == 200
    rows = await home.db.fetch("SELECT password_hash FROM account")
    assert "m=19456,t=2,p=1" in rows[0]["password_hash"]


async def test_the_event_loop_goes_on_while_passwords_are_hashed(home: Web) -> None:
    async with home.client() as browser:
        logins = [asyncio.create_task(browser.post("/api/auth/login", json=_anna())) for _ in range(4)]
        live = await asyncio.wait_for(browser.get("/api/health/live"), timeout=1)
        answers = await asyncio.gather(*logins)
    assert live.status_code == 200
    assert {answer.status_code for answer in answers} == {200}


async def test_too_many_sign_ins_at_once_are_told_to_come_back(home: Web) -> None:
    clients = [home.client(peer=f"10.0.1.{number}") for number in range(20)]
    answers = await asyncio.gather(*(client.post("/api/auth/login", json=_anna()) for client in clients))
    codes = [answer.status_code for answer in answers]
    assert set(codes) == {200, 503}
    assert codes.count(200) >= 11
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("busy", "5")


def _anna() -> dict[str, str]:
    return {"username": "anna", "password": PASSWORD}
