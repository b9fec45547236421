"""A sign-in belongs to the browser that began it, works once, and leads nowhere but into the appliance."""

import logging
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.identity_provider import NpmProvider
from tests.support.oidc import OidcHome, sign_in_error
from tests.support.web import ORIGIN


@pytest.fixture
def home(shared_oidc_home: OidcHome) -> OidcHome:
    return shared_oidc_home


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_the_request_has_all_that_protects_it_and_asks_for_no_more_than_needed(
    home: OidcHome, provider: NpmProvider
) -> None:
    async with home.browser() as browser:
        started = await browser.start()
        assert started.status_code == 303
        url = started.headers["location"]
        assert url.startswith(f"{provider.issuer}/auth?")
        asked = query_of(url)
        assert asked["redirect_uri"] == f"{ORIGIN}/api/auth/oidc/callback"
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 22
        assert asked["scope"].split() == ["openid", "profile", "email", "groups"]
        assert started.headers["cache-control"] == "no-store"
        again = query_of((await browser.start()).headers["location"])
        assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


async def test_the_way_back_is_by_public_url_whatever_host_the_request_names(home: OidcHome) -> None:
    async with home.browser() as browser:
        headers = {"Host": "127.0.0.1:9999", "X-Forwarded-Host": "evil.example"}
        url = f"{ORIGIN}/api/auth/oidc/start?next=/x"
        moved = await browser.client.get(url, headers=headers)
        assert moved.headers["location"] == f"{ORIGIN}/sign-in?next=%2Fx"
        started = await browser.client.get(url, headers=headers | browser.own_page())
        asked = query_of(started.headers["location"])
        assert asked["redirect_uri"] == f"{ORIGIN}/api/auth/oidc/callback"


async def test_two_tabs_can_sign_in_side_by_side(home: OidcHome) -> None:
    async with home.browser() as browser:
        first = await browser.start(next_="/one")
        second = await browser.start(next_="/two")
        for started, next_ in ((second, "/two"), (first, "/one")):
            back = await browser.at_provider(started.headers["location"], "bob")
            answer = await browser.get(back)
            assert answer.headers["location"] == next_
        assert (await browser.me()).json()["name"] == "bob"


async def test_a_callback_works_once(home: OidcHome) -> None:
    async with home.browser() as browser:
        back = await browser.callback("bob")
        assert sign_in_error(await browser.get(back)) is None
        assert sign_in_error(await browser.get(back)) == "expired"
        assert (await browser.me()).json()["name"] == "bob", "who is signed in stays so"
    assert (await home.audit())[-1].reason == "oidc_state"


async def test_a_callback_in_another_browser_signs_nobody_in_and_leaves_the_first_its_turn(
    home: OidcHome,
) -> None:
    async with home.browser() as mallory, home.browser() as victim:
        back = await mallory.callback("mallory")
        await victim.start()
        assert sign_in_error(await victim.get(back)) == "expired"
        assert (await victim.me()).status_code == 401
        assert (await home.audit())[-1].reason == "oidc_browser"
        assert sign_in_error(await mallory.get(back)) is None


async def test_somebody_elses_code_in_ones_own_flow_is_worth_nothing(home: OidcHome) -> None:
    async with home.browser() as mallory, home.browser() as victim:
        code = query_of(await mallory.callback("mallory"))["code"]
        own = httpx.URL(await victim.callback("bob"))
        answer = await victim.get(str(own.copy_set_param("code", code)))
        assert sign_in_error(answer) == "sign_in_refused"
        assert (await victim.me()).status_code == 401
    assert (await home.audit())[-1].reason == "oidc_code"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=a&state=b",
        "code=a",
        "state=",
        "error=access_denied&state=b",
        "code=a&code=b&state=c",
        "code=%00&state=%00",
        "state=" + "x" * 5000,
        "code=a&state=%ff%fe",
    ],
)
async def test_a_forged_callback_changes_nothing(home: OidcHome, query: str) -> None:
    async with home.browser() as browser:
        await browser.signed_in("bob")
        started = await browser.start()
        answer = await browser.get(f"/api/auth/oidc/callback?{query}")
        # What no browser sends is answered as any malformed address is.
        assert sign_in_error(answer) in {"expired", "sign_in_refused"} or answer.status_code == 400
        assert (await browser.me()).json()["name"] == "bob"
        back = await browser.at_provider(started.headers["location"], "bob")
        assert sign_in_error(await browser.get(back)) is None


async def test_a_sign_in_that_takes_too_long_has_to_be_begun_anew(home: OidcHome) -> None:
    async with home.browser() as browser:
        back = await browser.callback("bob")
        await home.db.fetch("UPDATE sign_in_flow SET expires_at = now() - interval '1 second'")
        assert sign_in_error(await browser.get(back)) == "expired"
    assert (await home.audit())[-1].reason == "oidc_flow_expired"


async def test_whoever_says_no_at_the_provider_is_back_at_the_sign_in_page(home: OidcHome) -> None:
    async with home.browser() as browser:
        started = await browser.start()
        back = await browser.at_provider(started.headers["location"], "bob", cancel=True)
        assert sign_in_error(await browser.get(back)) == "cancelled"
    assert (await home.audit())[-1].reason == "oidc_denied"


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/", "/"),
        ("/albums/7?page=2", "/albums/7?page=2"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        (" //evil.example", "/"),
        ("evil.example", "/"),
        ("@evil.example", "/"),
        ("", "/"),
    ],
)
async def test_it_leads_nowhere_but_into_the_appliance(home: OidcHome, wanted: str, led: str) -> None:
    async with home.browser() as browser:
        answer = await browser.signed_in("bob", next_=wanted)
        assert answer.headers["location"].removeprefix(ORIGIN) == led


async def test_a_session_that_was_there_before_ends_and_its_token_is_no_more(home: OidcHome) -> None:
    async with home.browser() as browser:
        browser.client.cookies.set("sid", "planted-by-somebody", domain="localhost.local")
        await browser.signed_in("bob")
        first = browser.client.cookies["sid"]
        assert first != "planted-by-somebody"
        await browser.signed_in("bob")
        second = browser.client.cookies["sid"]
        assert first != second
    async with home.browser() as thief:
        for token, status in ((first, 401), (second, 200)):
            thief.client.cookies.set("sid", token, domain="localhost.local")
            assert (await thief.me()).status_code == status


async def test_no_token_of_the_providers_reaches_the_browser(
    home: OidcHome, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    async def note(response: httpx.Response) -> None:
        if response.url.host == "localhost":
            await response.aread()
            location = response.headers.get("location", "")
            leaves = location.startswith("http") and not location.startswith(ORIGIN)
            headers = [
                value for name, value in response.headers.multi_items() if name != "location" or not leaves
            ]
            seen.append("\n".join([*headers, response.text]))

    async with home.browser() as browser:
        browser.client.event_hooks = {"response": [note]}
        await browser.signed_in("alice")
        for path in ("/api/me", "/api/me/sessions", "/api/me/identities", "/api/auth/state"):
            assert (await browser.api("GET", path)).status_code == 200
        everything = "\n".join(seen)
        # The provider ends its own session only for whoever shows whose it is.
        seen.clear()
        out = await browser.api("POST", "/api/auth/logout")
        assert len(re.findall(r"id_token_hint=eyJ[\w-]+\.eyJ", out.text)) == 1
        assert not re.search(r"eyJ[\w-]+\.eyJ", "\n".join(seen).replace(out.text, ""))
    assert not re.search(r"eyJ[\w-]+\.eyJ", caplog.text)
    assert "alice" in everything
    assert not re.search(r"eyJ[\w-]+\.eyJ", everything)
    assert "access_token" not in everything
    assert "scene-secret" not in everything


async def test_the_id_token_is_kept_sealed(home: OidcHome) -> None:
    async with home.browser() as browser:
        await browser.signed_in("alice")
    rows = await home.db.fetch("SELECT id_token FROM session WHERE issuer IS NOT NULL")
    assert rows
    for row in rows:
        kept = row["id_token"]
        assert "eyJ" not in (kept.decode("latin-1") if isinstance(kept, bytes) else str(kept))


async def test_a_connection_is_not_begun_by_another_site(home: OidcHome) -> None:
    async with home.browser() as browser:
        await home.local_admin(browser)
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        url = f"{ORIGIN}/api/auth/oidc/start?purpose=connect"
        answer = await browser.client.get(url, headers=headers)
        assert "/auth?" not in answer.headers.get("location", "")


async def test_confirming_is_for_the_same_person_and_asks_the_provider_anew(
    home: OidcHome, provider: NpmProvider
) -> None:
    async with home.browser() as browser:
        await browser.signed_in("bob")
        await home.db.fetch("UPDATE session SET authenticated_at = now() - interval '1 hour'")
        body = {"name": "script", "scopes": ["search:read"]}
        assert (await browser.api("POST", "/api/me/keys", body)).status_code == 403
        asked = len([line for line in provider.log() if line.startswith("POST /interaction/")])
        answer = await browser.sign_in("bob", purpose="confirm", next_="/account")
        assert answer.headers["location"] == "/account"
        assert len([line for line in provider.log() if line.startswith("POST /interaction/")]) == asked + 1
        assert (await browser.api("POST", "/api/me/keys", body)).status_code == 201
        assert sign_in_error(await browser.sign_in("alice", purpose="confirm")) is not None
        assert (await browser.me()).json()["name"] == "bob"
    assert (await home.audit())[-1].reason == "oidc_other_person"


async def test_whoever_finds_a_screen_open_confirms_nothing_by_leaving_out_the_question(
    home: OidcHome,
) -> None:
    async with home.browser() as browser:
        await browser.signed_in("bob")
        started = await browser.start(purpose="confirm")
        url = httpx.URL(started.headers["location"])
        unasked = url.copy_remove_param("prompt").copy_remove_param("max_age")
        assert unasked != url
        back = await browser.at_provider(str(unasked), "nobody who could sign in")
        assert sign_in_error(await browser.get(back)) == "sign_in_refused"
    assert (await home.audit())[-1].reason == "oidc_auth_time"


async def test_a_proof_of_an_hour_ago_confirms_nothing(home: OidcHome, provider: NpmProvider) -> None:
    async with home.browser() as browser:
        await browser.signed_in("bob")
        provider.fault("auth_time_old")
        assert sign_in_error(await browser.sign_in("bob", purpose="confirm")) == "sign_in_refused"
    assert (await home.audit())[-1].reason == "oidc_auth_time"
