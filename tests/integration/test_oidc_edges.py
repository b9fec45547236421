"""What is refused on the way there and back, by whatever oddity, and what a look at a link must not use up."""

from base64 import urlsafe_b64encode

import pytest

from appliance.records.sign_in import shown
from tests.support.identity_provider import NpmProvider
from tests.support.oidc import Browser, OidcHome, sign_in_error
from tests.support.web import ORIGIN
from web.auth.oidc.provider import RENEWALS


@pytest.fixture
def home(shared_oidc_home: OidcHome) -> OidcHome:
    return shared_oidc_home


async def state_of(browser: Browser) -> str:
    """The state of a sign-in that this browser has begun."""
    started = await browser.start()
    return str(started.next_request.url.params["state"]) if started.next_request else ""


async def reason(home: OidcHome) -> str:
    return (await home.audit())[-1].reason


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", "oidc_callback"),
        ("&code=a&code=b", "oidc_callback"),
        ("&code=", "oidc_callback"),
        ("&error=server_error&error_description=%0aforged%20line", "oidc_provider_error"),
        ("&error=login_required", "oidc_provider_error"),
        ("&error=access_denied", "oidc_denied"),
    ],
)
async def test_an_answer_without_a_code_signs_nobody_in(home: OidcHome, rest: str, expected: str) -> None:
    async with home.browser() as browser:
        query = f"state={await state_of(browser)}&iss={home.web.settings.oidc_issuer}{rest}"
        assert sign_in_error(await browser.get(f"/api/auth/oidc/callback?{query}")) == shown(expected)
        assert await reason(home) == expected
        assert (await browser.me()).status_code == 401


async def test_another_browser_can_not_come_back_with_this_ones_answer(home: OidcHome) -> None:
    async with home.browser() as one, home.browser() as other:
        back = await one.callback("bob")
        assert sign_in_error(await other.get(back)) == "expired"
        assert await reason(home) == "oidc_browser"
        assert sign_in_error(await one.get(back)) is None


#: What browsers say where something else than a page of the appliance's led to an address of it.
ELSEWHERE = pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Referer": "http://localhost:9999/"},
        {"Origin": "http://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Referer": f"{ORIGIN}/sign-in"},
        {"Sec-Fetch-Site": "same-site", "Referer": f"{ORIGIN}/"},
    ],
    ids=["nothing", "another port", "another site", "cross-site", "by way of ours", "same-site"],
)


@ELSEWHERE
async def test_no_other_site_signs_anybody_in_or_changes_who_is_signed_in(
    home: OidcHome, headers: dict[str, str]
) -> None:
    async with home.browser() as browser:
        flows = "SELECT count(*) AS n FROM sign_in_flow"
        before = await home.db.fetch(flows)
        for query in ("?next=/folders", "?next=/folders&purpose=login"):
            url = f"{ORIGIN}/api/auth/oidc/start{query}"
            answer = await browser.client.get(url, headers=headers)
            assert answer.headers["location"] == f"{ORIGIN}/sign-in?next=%2Ffolders"
            assert "set-cookie" not in answer.headers
            # Nor by saying that the server itself had led here.
            assert (await browser.client.get(f"{url}&moved=true", headers=headers)).status_code == 400
        assert await home.db.fetch(flows) == before
        await home.local_admin(browser)
        await browser.client.get(f"{ORIGIN}/api/auth/oidc/start", headers=headers)
        assert (await browser.me()).json()["name"] == "anna"


async def test_another_site_uses_up_nobodys_tries_to_sign_in(home: OidcHome) -> None:
    async with home.browser() as browser:
        for _ in range(70):
            url = f"{ORIGIN}/api/auth/oidc/start"
            answer = await browser.client.get(url, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.headers["location"] == f"{ORIGIN}/sign-in"
        assert sign_in_error(await browser.sign_in("bob")) is None


@pytest.mark.parametrize("purpose", ["connect", "confirm"])
@ELSEWHERE
async def test_no_other_site_begins_what_ties_something_to_an_account(
    home: OidcHome, purpose: str, headers: dict[str, str]
) -> None:
    async with home.browser() as browser:
        await home.local_admin(browser)
        url = f"{ORIGIN}/api/auth/oidc/start?purpose={purpose}"
        assert sign_in_error(await browser.client.get(url, headers=headers)) == "sign_in_refused"
        assert await reason(home) == "oidc_cross_site"
        assert (await browser.me()).status_code == 200


async def test_only_whoever_is_signed_in_connects_and_confirms(home: OidcHome) -> None:
    async with home.browser() as browser:
        for purpose in ("connect", "confirm"):
            assert sign_in_error(await browser.start(purpose=purpose)) == "sign_in_refused"
            assert await reason(home) == "oidc_session"
        await home.local_admin(browser)
        back = await browser.callback("alice", purpose="connect")
        await browser.api("POST", "/api/auth/logout")
        assert sign_in_error(await browser.get(back)) == "sign_in_refused"
        assert await reason(home) == "oidc_session"


async def test_a_disabled_account_stays_out(home: OidcHome) -> None:
    async with home.browser() as browser, home.browser() as again:
        await browser.signed_in("bob")
        await home.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'bob'")
        try:
            assert (await browser.me()).status_code == 401
            assert sign_in_error(await again.sign_in("bob")) == "disabled"
            assert await reason(home) == "oidc_disabled"
        finally:
            await home.db.fetch("UPDATE account SET disabled_at = NULL WHERE name = 'bob'")


async def test_what_only_looks_at_a_link_uses_nothing_up(home: OidcHome) -> None:
    async with home.browser() as browser:
        back = await browser.callback("bob")
        flows = await home.db.fetch("SELECT FROM sign_in_flow")
        for url in (back, f"{ORIGIN}/api/auth/oidc/start"):
            assert (await browser.client.head(url)).status_code == 405
        assert len(await home.db.fetch("SELECT FROM sign_in_flow")) == len(flows)
        assert sign_in_error(await browser.get(back)) is None


async def test_a_flood_of_strange_tokens_asks_for_keys_a_few_times_and_keeps_nobody_out(
    home: OidcHome, provider: NpmProvider
) -> None:
    header = urlsafe_b64encode(b'{"alg":"RS256","kid":"strange"}').rstrip(b"=").decode()
    url = f"{ORIGIN}/api/auth/oidc/backchannel-logout"
    async with home.browser() as browser:
        for _ in range(2 * RENEWALS):
            answer = await browser.client.post(url, data={"logout_token": f"{header}.e30.AAAA"})
            assert answer.status_code == 400
        assert sum("/jwks" in line for line in provider.log()) <= RENEWALS + 1
        provider.rotate(same_kid=True)
        assert sign_in_error(await browser.sign_in("bob")) is None


async def test_a_flood_of_begun_sign_ins_is_slowed_down(home: OidcHome) -> None:
    async with home.browser() as browser:
        answers = [(await browser.start()).status_code for _ in range(70)]
        assert answers[-1] == 429
        assert await home.db.fetch("SELECT FROM sign_in_flow HAVING count(*) <= 70")
