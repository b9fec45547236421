"""A provider that is away, slow or set up in another way: people get one calm sentence, the owner the cause."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from tests.integration.conftest import OpenOidcHome
from tests.support.certificates import HomeAuthority
from tests.support.identity_provider import NpmProvider
from tests.support.oidc import OidcHome, sign_in_error
from tests.support.up import free_port
from tests.support.web import ORIGIN


@pytest.fixture
async def home(shared_oidc_home: OidcHome) -> AsyncIterator[OidcHome]:
    yield shared_oidc_home


def jwks_requests(provider: NpmProvider) -> int:
    return sum(line.startswith("GET /jwks") for line in provider.log())


async def name_after_sign_in(home: OidcHome, name: str, provider: NpmProvider | None = None) -> str:
    async with home.browser(verify=provider.verify if provider else True) as browser:
        await browser.signed_in(name)
        return str((await browser.me()).json()["name"])


# --- away --------------------------------------------------------------------------------------------------------


async def test_a_provider_that_is_down_keeps_nobody_from_signing_in_by_password(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, caplog: pytest.LogCaptureFixture
) -> None:
    issuer = f"http://127.0.0.1:{free_port()}"
    async with open_oidc_home(provider, oidc_issuer=issuer) as home, home.browser() as browser:
        assert sign_in_error(await browser.start()) == "provider_unavailable"
        await home.local_admin(browser)
        assert (await browser.me()).json()["name"] == "anna"
        assert issuer in caplog.text
        assert (await home.audit())[-2].reason == "oidc_unreachable"


@pytest.fixture
def silent_issuer() -> Iterator[str]:
    """Something that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def test_a_provider_that_never_answers_is_given_up_and_holds_nobody_up(
    provider: NpmProvider,
    open_oidc_home: OpenOidcHome,
    silent_issuer: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        open_oidc_home(provider, oidc_issuer=silent_issuer, oidc_timeout_s="3") as home,
        home.browser() as waiting,
        home.browser() as local,
    ):
        started = time.monotonic()
        starts = [asyncio.create_task(waiting.start()) for _ in range(3)]
        await asyncio.sleep(0)
        await home.local_admin(local)
        assert not any(task.done() for task in starts), "it waits still, and anna is in"
        answers = await asyncio.gather(*starts)
        assert time.monotonic() - started < 8, "those who wait wait for the same answer"
        assert [sign_in_error(answer) for answer in answers] == ["provider_unavailable"] * 3
        assert "OIDC_TIMEOUT_S" in caplog.text


async def test_a_provider_that_goes_away_ends_no_session(home: OidcHome, provider: NpmProvider) -> None:
    async with home.browser() as browser:
        await browser.signed_in("bob")
        provider.fault("discovery_broken")
        assert (await browser.me()).status_code == 200


# --- set up in another way ---------------------------------------------------------------------------------------


async def test_a_wrong_secret_is_named_in_the_log_without_being_told(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = replace(provider, client_secret="a-secret-that-is-not-this-clients-own")
    async with open_oidc_home(wrong) as home, home.browser() as browser:
        assert sign_in_error(await browser.sign_in("bob")) == "sign_in_refused"
        assert (await home.audit())[-1].reason == "oidc_client"
    assert "OIDC_CLIENT_SECRET" in caplog.text
    assert wrong.client_secret not in caplog.text


async def test_a_clock_that_is_off_is_named_in_the_log(
    home: OidcHome, provider: NpmProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.fault("iat_future")
    async with home.browser() as browser:
        assert sign_in_error(await browser.sign_in("bob")) == "sign_in_refused"
    assert "clock" in caplog.text


@pytest.mark.parametrize("alg", ["ES256", "PS256"])
async def test_other_signatures_are_taken_where_the_owner_lists_them_and_only_there(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, alg: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.reset(origins=[ORIGIN], alg=alg)
    async with open_oidc_home(provider) as home, home.browser() as browser:
        assert sign_in_error(await browser.sign_in("bob")) == "sign_in_refused"
        assert (await home.audit())[-1].reason == "oidc_alg"
    assert "OIDC_SIGNING_ALG" in caplog.text
    async with open_oidc_home(provider, oidc_signing_alg=f"RS256,{alg}") as home:
        assert await name_after_sign_in(home, "bob") == "bob"


async def test_a_public_client_signs_people_in_without_a_secret(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    public = replace(provider, client_id="scene-public")
    async with open_oidc_home(public, oidc_client_secret=None) as home:
        assert await name_after_sign_in(home, "bob") == "bob"


async def test_the_secret_goes_into_the_form_where_the_provider_wants_it_there(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    provider.reset(origins=[ORIGIN], auth="client_secret_post")
    async with open_oidc_home(provider, oidc_token_auth_method="client_secret_post") as home:
        assert await name_after_sign_in(home, "bob") == "bob"


# --- keys that change --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("same_kid", [False, True], ids=["new kid", "same kid"])
async def test_new_keys_are_asked_for_once_when_they_are_met(
    home: OidcHome, provider: NpmProvider, same_kid: bool
) -> None:
    await name_after_sign_in(home, "bob")
    await name_after_sign_in(home, "bob")
    assert jwks_requests(provider) == 1
    provider.rotate(same_kid=same_kid)
    assert await name_after_sign_in(home, "bob") == "bob"
    await name_after_sign_in(home, "bob")
    assert jwks_requests(provider) == 2


@pytest.mark.parametrize("same_kid", [False, True], ids=["new kid", "same kid"])
async def test_that_the_provider_has_new_keys_is_in_the_audit_log(
    home: OidcHome, provider: NpmProvider, same_kid: bool
) -> None:
    await name_after_sign_in(home, "bob")
    before = await home.audit("auth.oidc.keys")
    provider.rotate(same_kid=same_kid)
    await name_after_sign_in(home, "bob")
    await name_after_sign_in(home, "bob")
    [row] = (await home.audit("auth.oidc.keys"))[len(before) :]
    assert (row.outcome, row.reason) == ("ok", "oidc_signature" if same_kid else "oidc_kid")
    assert row.object == f"{provider.issuer} new=1"


async def test_keys_that_were_asked_for_in_vain_are_in_the_audit_log(
    home: OidcHome, provider: NpmProvider
) -> None:
    await name_after_sign_in(home, "bob")
    before = await home.audit("auth.oidc.keys")
    provider.rotate()
    provider.fault("jwks_broken")
    async with home.browser() as browser:
        assert sign_in_error(await browser.sign_in("bob")) == "provider_unavailable"
    [row] = (await home.audit("auth.oidc.keys"))[len(before) :]
    assert (row.outcome, row.reason) == ("refused", "oidc_jwks")


async def test_tokens_that_no_key_fits_do_not_make_it_ask_without_end(
    home: OidcHome, provider: NpmProvider
) -> None:
    provider.fault("kid_unknown")
    async with home.browser() as browser:
        await asyncio.gather(*(browser.sign_in("bob") for _ in range(3)))
        for _ in range(12):
            assert sign_in_error(await browser.sign_in("bob")) == "sign_in_refused"
    assert 2 <= jwks_requests(provider) <= 11
    assert (await home.audit())[-1].reason == "oidc_kid"


# --- a certificate of the home's own authority -------------------------------------------------------------------


async def test_a_certificate_of_the_homes_own_authority_is_believed_when_the_owner_names_it(
    https_provider: NpmProvider, open_oidc_home: OpenOidcHome, authority: HomeAuthority
) -> None:
    settings = {"oidc_ca_file": str(authority.ca), "oidc_allow_http_issuer": "false"}
    async with open_oidc_home(https_provider, **settings) as home:
        assert await name_after_sign_in(home, "bob", https_provider) == "bob"


async def test_it_is_not_believed_otherwise_and_the_log_says_what_to_set(
    https_provider: NpmProvider, open_oidc_home: OpenOidcHome, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        open_oidc_home(https_provider, oidc_allow_http_issuer="false") as home,
        home.browser() as browser,
    ):
        assert sign_in_error(await browser.start()) == "provider_unavailable"
    assert "OIDC_CA_FILE" in caplog.text


async def test_a_provider_by_https_may_not_name_an_endpoint_by_http(
    https_provider: NpmProvider, open_oidc_home: OpenOidcHome, authority: HomeAuthority
) -> None:
    https_provider.fault("discovery_plain_endpoint")
    settings = {"oidc_ca_file": str(authority.ca), "oidc_allow_http_issuer": "false"}
    async with open_oidc_home(https_provider, **settings) as home, home.browser() as browser:
        assert sign_in_error(await browser.start()) == "provider_unavailable"
        assert (await home.audit())[-1].reason == "oidc_endpoints"


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> None:
    """What is logged, from information on."""
    caplog.set_level(logging.INFO)
