"""What every request has to pass: host, proxy, origin, shape; and what every answer carries."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from appliance.library.appliance import Appliance
from tests.conftest import MakeSettings
from tests.support.web import ORIGIN, PASSWORD, Web, open_web
from web import inputs

ANNA = {"username": "anna", "password": PASSWORD}


# --- cross-site requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Origin": ORIGIN}, True),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://localhost:9000"}, False),
        ({"Origin": "http://localhost"}, False),
        ({"Origin": "https://localhost:8020"}, False),
        ({"Origin": "http://localhost:8020.evil.example"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else str(value),
)
async def test_a_request_that_changes_something_has_to_come_from_the_page(
    home: Web, headers: dict[str, str], passes: bool
) -> None:
    async with home.client() as browser:
        await browser.post("/api/auth/login", json=ANNA)
        del browser.headers["Origin"]

        answer = await browser.post("/api/auth/logout", headers=headers)

        assert answer.status_code == (204 if passes else 403)
        assert passes or answer.json()["code"] == "cross_site"
        browser.headers["Origin"] = ORIGIN
        assert (await browser.get("/api/auth/state")).json()["signed_in"] is not passes
    refused = await home.db.fetch("SELECT actor FROM audit WHERE action = 'csrf'")
    assert len(refused) == (0 if passes else 1)
    assert all(row["actor"] is not None for row in refused)


async def test_another_sites_page_can_not_sign_a_browser_in_nor_fill_the_disk(home: Web) -> None:
    async with home.client(origin="http://evil.example") as browser:
        assert (await browser.post("/api/auth/login", json=ANNA)).status_code == 403
        browser.cookies.set("sid", "made up")
        assert (await browser.post("/api/auth/login", json=ANNA)).status_code == 403
    assert not await home.db.fetch("SELECT action FROM audit WHERE action IN ('csrf', 'auth.login')")


async def test_a_script_needs_no_origin_but_its_bearer_does_not_excuse_a_cookie(home: Web) -> None:
    async with home.client(origin=None) as script:
        token = (await script.post("/api/auth/token", json=ANNA)).json()["access_token"]
    async with home.script(token) as script:
        assert (await script.post("/api/auth/logout")).status_code == 204
        script.cookies["sid"] = "x"
        assert (await script.post("/api/auth/logout")).status_code == 403


async def test_basic_authentication_is_ambient_and_excuses_nothing(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        headers = {"Authorization": "Basic YTpi", "Origin": "http://evil.example"}
        assert (await browser.post("/api/auth/logout", headers=headers)).status_code == 403


async def test_the_public_address_is_an_own_origin_behind_a_proxy_that_hides_it(
    make_settings: MakeSettings, database_url: str
) -> None:
    settings = make_settings(
        database_url=database_url, clip_model="not-there", public_url="http://photos.home.example"
    )
    async with open_web(settings) as web:
        behind = web.client(origin="http://photos.home.example", base_url="http://127.0.0.1:8020")
        async with behind as browser:
            await web.set_up(browser)
            refused = await browser.post(
                "/api/auth/logout", headers={"Origin": "http://photos.home.example:81"}
            )
            assert refused.status_code == 403
            assert (await browser.post("/api/auth/logout")).status_code == 204


# --- hosts and proxies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example", "a b", "@", ""]
)
async def test_a_name_that_anybody_could_point_here_is_refused(bare_web: Web, host: str) -> None:
    async with bare_web.client() as browser:
        answer = await browser.get("/api/auth/state", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")
    assert "TRUSTED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8020", "[::1]:8020", "192.168.1.9", "x.localhost:1"]
)
async def test_addresses_and_loopback_names_are_answered(bare_web: Web, host: str) -> None:
    async with bare_web.client() as browser:
        assert (await browser.get("/api/auth/state", headers={"Host": host})).status_code == 200


@pytest.fixture
async def proxied(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url,
        clip_model="not-there",
        trusted_proxies="10.1.0.0/16",
        trusted_hosts="photos.home.example",
    )
    async with open_web(settings) as web:
        yield web


FORWARDED = {
    "X-Forwarded-For": "6.6.6.6, 192.0.2.7, 10.1.0.9",
    "X-Forwarded-Host": "evil.example, photos.home.example",
    "X-Forwarded-Proto": "https",
    "X-Real-IP": "6.6.6.6",
    "Forwarded": "for=6.6.6.6",
}


async def ip_of_the_session(web: Web) -> str:
    return str((await web.db.fetch("SELECT ip FROM session"))[0]["ip"])


async def test_a_trusted_proxy_is_believed_and_only_what_it_added_itself(proxied: Web) -> None:
    async with proxied.client(peer="10.1.0.5", origin="https://photos.home.example") as browser:
        browser.headers.update(FORWARDED)
        await proxied.set_up(browser)
    assert await ip_of_the_session(proxied) == "192.0.2.7"


async def test_forwarded_headers_of_anybody_else_are_as_if_they_were_not_there(proxied: Web) -> None:
    async with proxied.client(peer="10.2.0.5") as browser:
        browser.headers.update(FORWARDED)
        await proxied.set_up(browser)
    assert await ip_of_the_session(proxied) == "10.2.0.5"


async def test_a_host_that_a_proxy_forwards_has_to_be_known_as_well(proxied: Web) -> None:
    async with proxied.client(peer="10.1.0.5") as browser:
        answer = await browser.get("/api/auth/state", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 400


async def test_guesses_through_a_proxy_are_counted_by_the_guesser(proxied: Web) -> None:
    async with proxied.client(peer="10.1.0.5", origin=None) as guesser:
        wrong = {"username": "anna", "password": "not this one"}
        for _ in range(5):
            await guesser.post("/api/auth/login", json=wrong, headers={"X-Forwarded-For": "192.0.2.7"})
        same = await guesser.post("/api/auth/login", json=wrong, headers={"X-Forwarded-For": "192.0.2.7"})
        other = await guesser.post("/api/auth/login", json=wrong, headers={"X-Forwarded-For": "192.0.2.8"})
    assert [same.status_code, other.status_code] == [429, 401]


# --- shapes --------------------------------------------------------------------------------------------------


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title"] and body["detail"]
    assert "Traceback" not in answer.text


async def test_malformed_requests_get_a_problem_each(home: Web) -> None:
    async with home.client() as browser:

        async def login(content: bytes, content_type: str = "application/json") -> httpx.Response:
            return await browser.post(
                "/api/auth/login", content=content, headers={"Content-Type": content_type}
            )

        good = json.dumps(ANNA).encode()
        assert_problem(await login(good, "text/plain"), 415, "wrong_content_type")
        assert_problem(await login(good, "application/x-www-form-urlencoded"), 415, "wrong_content_type")
        assert_problem(await login(b"{" + b" " * 1024 * 1024 + b"}"), 413, "body_too_large")
        for junk in (
            b"",
            b"{",
            b"\xff",
            b"nonsense",
            b"[" * 100_000,
            b'{"username": NaN}',
            b"null",
            b"[]",
            b"7",
        ):
            assert_problem(await login(junk), 400, "bad_request")
        assert_problem(await login(b'{"username": "a\\u0000", "password": "x"}'), 400, "bad_request")
        assert_problem(await login(b'{"username": "\\ud800", "password": "x"}'), 400, "bad_request")
        assert_problem(await login(good[:-1] + b', "role": "admin"}'), 400, "bad_request")
        assert (await login(good, "application/json; charset=utf-8")).status_code == 200


async def test_what_is_wrong_is_named(home: Web) -> None:
    async with home.client() as browser:
        body = await browser.post("/api/auth/login", json={"username": 7, "extra": 1})
        query = await browser.get("/api/auth/state", params={"verbose": "1", "x\x00": "2"})
    assert {part["where"] for part in body.json()["errors"]} == {"username", "password", "extra"}
    assert query.json()["errors"][0]["where"] == "verbose"
    assert_problem(query, 400, "bad_request")


async def test_unknown_addresses_methods_and_ids_get_a_problem_each(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        for path in (
            "/api",
            "/api/",
            "/api/nothing",
            "/api/me/",
            "/media/nothing",
            "/api/../secret",
            "/api/%00",
        ):
            assert_problem(await browser.get(path), 404, "not_found")
        for wrong in ("not-a-uuid", "00000000-0000-0000-0000-00000000000g", "1", "%2e%2e"):
            assert_problem(await browser.delete(f"/api/me/sessions/{wrong}"), 404, "not_found")
        missing = await browser.delete("/api/me/sessions/00000000-0000-4000-8000-000000000000")
        assert_problem(missing, 404, "not_found")
        method = await browser.put("/api/me/keys")
        assert_problem(method, 405, "method_not_allowed")
        assert method.headers["allow"] == "GET, HEAD, POST"
        assert_problem(await browser.request("TRACE", "/api/me"), 405, "method_not_allowed")
        assert_problem(await browser.post("/"), 405, "method_not_allowed")
        assert (await browser.head("/api/me")).status_code == 200


async def test_an_unforeseen_error_says_nothing_of_the_inside(
    bare_web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> Appliance:
        raise LookupError("the password is hunter2")

    monkeypatch.setattr("web.state.Context.appliance", property(broken))
    async with bare_web.client() as browser:
        answer = await browser.get("/api/auth/state")
    assert_problem(answer, 500, "internal_error")
    assert "hunter2" not in answer.text
    assert answer.json()["request_id"] in caplog.text


async def test_a_body_that_does_not_come_is_given_up(home: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "BODY_PIECE_SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async with home.client() as browser:
        answer = await browser.post(
            "/api/auth/login", content=slow(), headers={"Content-Type": "application/json"}
        )
    assert_problem(answer, 408, "too_slow")


# --- answers -------------------------------------------------------------------------------------------------


async def test_every_answer_tells_the_browser_to_be_careful(bare_web: Web) -> None:
    async with bare_web.client() as browser:
        answers = [
            await browser.get("/api/auth/state"),
            await browser.get("/api/me"),
            await browser.get("/api/docs"),
            await browser.get("/", headers={"Accept": "text/html"}),
            await browser.get("/nothing"),
            await browser.get("/api/me", headers={"Host": "evil.example"}),
        ]
    for answer in answers:
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert len(headers["x-request-id"]) == 16
        assert not {"server", "x-powered-by", "access-control-allow-origin"} & set(headers)
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    assert answers[0].headers["cache-control"] == "no-store"


async def test_ready_says_what_is_missing(bare_web: Web) -> None:
    async with bare_web.client() as browser:
        answer = await browser.get("/api/health/ready")
        body = answer.json()
        assert (answer.status_code, body["ready"]) == (200, True)
        assert body["missing"] == ["queue", "model"]
        (bare_web.settings.storage_path / ".scene-sense-volume").unlink()
        assert "volume" in (await browser.get("/api/health/ready")).json()["missing"]
        assert (await browser.get("/api/health/live")).json() == {"status": "ok"}
