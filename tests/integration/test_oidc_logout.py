"""Signing out ends the session here first, and at the provider as well; the provider can end sessions here."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from appliance.records.sign_in import Reason
from tests.integration.conftest import OpenOidcHome
from tests.support.identity_provider import NpmProvider
from tests.support.oidc import Browser, OidcHome, audit, running_home
from tests.support.web import ORIGIN

#: The fault of a logout token, and why it ends no session.
REFUSED = {
    "logout_alg_none": Reason.ALG,
    "logout_alg_hs256": Reason.ALG,
    "logout_alg_other": Reason.ALG,
    "logout_signature_bad": Reason.SIGNATURE,
    "logout_key_foreign": Reason.SIGNATURE,
    "logout_no_event": Reason.LOGOUT_TOKEN,
    "logout_other_event": Reason.LOGOUT_TOKEN,
    "logout_event_not_an_object": Reason.LOGOUT_TOKEN,
    "logout_with_nonce": Reason.LOGOUT_TOKEN,
    "logout_nobody": Reason.LOGOUT_TOKEN,
    "logout_jti_missing": Reason.LOGOUT_TOKEN,
    "logout_typ_other": Reason.LOGOUT_TOKEN,
    "logout_aud_other": Reason.AUD,
    "logout_iss_other": Reason.ISS,
    "logout_iat_old": Reason.IAT_OLD,
    "logout_iat_3_minutes": Reason.IAT_OLD,
    "logout_iat_missing": Reason.IAT,
    "logout_expired": Reason.EXP,
}

#: What is allowed, and has to end the session.
TAKEN = (
    "logout_typ_missing",
    "logout_typ_jwt",
    "logout_sub_only",
    "logout_sid_only",
    "logout_iat_2_minutes",
)


@pytest.fixture
def home(shared_oidc_home: OidcHome) -> OidcHome:
    return shared_oidc_home


async def deliver(home: OidcHome, token: str) -> httpx.Response:
    """The provider's request, which comes without any cookie or Origin."""
    async with home.browser() as sender:
        url = f"{ORIGIN}/api/auth/oidc/backchannel-logout"
        return await sender.client.post(url, data={"logout_token": token})


# --- signing out here --------------------------------------------------------------------------------------------


async def test_signing_out_ends_the_session_before_the_browser_goes_to_the_provider(
    home: OidcHome, provider: NpmProvider
) -> None:
    async with home.browser() as browser:
        await browser.signed_in("bob")
        token = browser.client.cookies["sid"]
        answer = await browser.api("POST", "/api/auth/logout")
        assert answer.status_code == 200
        redirect = answer.json()["redirect"]
        query = parse_qs(urlsplit(redirect).query)
        assert redirect.startswith(f"{provider.issuer}/session/end?")
        assert query["id_token_hint"]
        assert query["post_logout_redirect_uri"] == [f"{ORIGIN}/?signed_out=1"]
        browser.client.cookies.set("sid", token, domain="localhost.local")
        assert (await browser.me()).status_code == 401

        assert await browser.at_provider(redirect, "bob") == f"{ORIGIN}/?signed_out=1"
        before = provider.log()
        await browser.signed_in("bob")
        asked = provider.log()[len(before) :]
        assert any(line.startswith("POST /interaction/") for line in asked), (
            "the provider has forgotten bob too"
        )


async def test_signing_out_stays_here_when_the_owner_wants_that(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_logout="local") as home, home.browser() as browser:
        await browser.signed_in("bob")
        assert (await browser.api("POST", "/api/auth/logout")).status_code == 204
        assert (await browser.me()).status_code == 401


async def test_a_session_by_password_ends_without_the_provider(home: OidcHome) -> None:
    async with home.browser() as browser:
        await home.local_admin(browser)
        assert (await browser.api("POST", "/api/auth/logout")).status_code == 204
        assert (await browser.me()).status_code == 401


# --- logout by back channel --------------------------------------------------------------------------------------


async def test_the_provider_ends_exactly_the_session_that_it_names(
    home: OidcHome, provider: NpmProvider
) -> None:
    async with home.browser() as phone, home.browser() as laptop, home.browser() as alice:
        await phone.signed_in("bob")
        await laptop.signed_in("bob")
        await alice.signed_in("alice")
        (_, sid), *_ = provider.sessions()
        answer = await deliver(home, provider.logout_token("bob", sid))
        assert answer.is_success
        assert answer.headers["cache-control"] == "no-store"
        found = [(await browser.me()).status_code for browser in (phone, laptop, alice)]
    assert found == [401, 200, 200]


async def test_a_logout_token_that_names_the_person_ends_all_of_their_sessions(
    home: OidcHome, provider: NpmProvider
) -> None:
    provider.fault("logout_sub_only")
    async with home.browser() as phone, home.browser() as laptop, home.browser() as alice:
        await phone.signed_in("bob")
        await laptop.signed_in("bob")
        await alice.signed_in("alice")
        assert (await deliver(home, provider.logout_token("bob", "any"))).is_success
        found = [(await browser.me()).status_code for browser in (phone, laptop, alice)]
    assert found == [401, 401, 200]


async def test_a_session_that_is_not_here_ends_nobodys(home: OidcHome, provider: NpmProvider) -> None:
    async with home.browser() as bob:
        await bob.signed_in("bob")
        assert (await deliver(home, provider.logout_token("bob", "another-session"))).is_success
        assert (await bob.me()).status_code == 200


@pytest.mark.parametrize("fault", [None, "logout_sub_only", "logout_sid_only"])
async def test_sessions_of_another_provider_go_on_also_where_person_and_session_have_the_same_names(
    home: OidcHome, provider: NpmProvider, fault: str | None
) -> None:
    async with home.browser() as here, home.browser() as elsewhere:
        await here.signed_in("bob")
        (_, sid) = provider.sessions()[-1]
        await elsewhere.signed_in("bob")
        session = next(
            one["id"] for one in (await elsewhere.api("GET", "/api/me/sessions")).json() if one["current"]
        )
        await home.db.fetch(
            "UPDATE session SET issuer = 'https://former.example', sid = {} WHERE id = {}", sid, session
        )
        provider.fault(fault)
        assert (await deliver(home, provider.logout_token("bob", sid))).is_success
        found = [(await browser.me()).status_code for browser in (here, elsewhere)]
    assert found == [401, 200]


async def test_a_logout_token_works_once(home: OidcHome, provider: NpmProvider) -> None:
    provider.fault("logout_sub_only")
    async with home.browser() as bob:
        await bob.signed_in("bob")
        token = provider.logout_token("bob", "any")
        assert (await deliver(home, token)).is_success
        await bob.signed_in("bob")
        assert (await deliver(home, token)).status_code == 400
        assert (await bob.me()).status_code == 200
    assert Reason.REPLAY in [row.reason for row in await home.audit()]


@pytest.mark.parametrize(("fault", "reason"), REFUSED.items(), ids=list(REFUSED))
async def test_a_spoiled_logout_token_ends_no_session(
    home: OidcHome, provider: NpmProvider, fault: str, reason: Reason
) -> None:
    async with home.browser() as bob:
        await bob.signed_in("bob")
        (_, sid) = provider.sessions()[-1]
        provider.fault(fault)
        answer = await deliver(home, provider.logout_token("bob", sid))
        assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")
        assert (await bob.me()).status_code == 200
    last = (await home.audit())[-1]
    assert (last.outcome, last.reason) == ("refused", reason)


@pytest.mark.parametrize("fault", TAKEN)
async def test_an_odd_logout_token_that_is_allowed_ends_the_session(
    home: OidcHome, provider: NpmProvider, fault: str
) -> None:
    async with home.browser() as bob:
        await bob.signed_in("bob")
        (_, sid) = provider.sessions()[-1]
        provider.fault(fault)
        assert (await deliver(home, provider.logout_token("bob", sid))).is_success
        assert (await bob.me()).status_code == 401


def test_every_fault_of_a_logout_token_has_a_row(provider: NpmProvider) -> None:
    known = {name for name in provider.faults() if name.startswith("logout_")}
    assert known == REFUSED.keys() | set(TAKEN)


@pytest.mark.parametrize("form", [{"logout_token": ""}, {"logout_token": "a.b.c"}, {"other": "x"}])
async def test_what_is_no_logout_token_is_refused_by_a_problem(home: OidcHome, form: dict[str, str]) -> None:
    async with home.browser() as sender:
        url = f"{ORIGIN}/api/auth/oidc/backchannel-logout"
        answer = await sender.client.post(url, data=form)
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("application/")


async def test_signing_out_at_the_provider_itself_reaches_the_running_appliance(
    running_provider: NpmProvider, database_url: str, tmp_path: Path
) -> None:
    async with running_home(running_provider, database_url, tmp_path) as (origin, db):
        running_provider.reset(origins=[origin])
        async with (
            httpx.AsyncClient(trust_env=False, timeout=30) as one,
            httpx.AsyncClient(trust_env=False, timeout=30) as two,
        ):
            leaving, staying = Browser(one, origin), Browser(two, origin)
            await leaving.signed_in("bob")
            await staying.signed_in("bob")
            ended = await leaving.client.get(f"{running_provider.issuer}/session/end")
            await leaving.submit(ended, "bob")
            assert (await leaving.me()).status_code == 401
            assert (await staying.me()).status_code == 200
            (_, sid) = running_provider.sessions()[-1]
            assert running_provider.send_logout("bob", sid) in {200, 204}
            assert (await staying.me()).status_code == 401
        assert [row.outcome for row in await audit(db) if "logout" in row.action] == ["ok", "ok"]
