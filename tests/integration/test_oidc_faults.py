"""Whatever is wrong with what the provider sends is refused, and the audit log says what it was.

All run against one database, each with an application of its own, which has asked the provider nothing yet.
"""

from collections.abc import AsyncIterator

import pytest

from appliance.records.sign_in import Reason, shown
from tests.conftest import MakeSettings
from tests.support.identity_provider import NpmProvider
from tests.support.oidc import Browser, OidcHome, open_oidc_home, settings_of, sign_in_error

#: The fault, and why the sign-in is refused.
REFUSED = {
    "aud_other": Reason.AUD,
    "aud_other_azp": Reason.AUD,
    "aud_list": Reason.AUD,
    "aud_missing": Reason.AUD,
    "azp_other": Reason.AZP,
    "iss_other": Reason.ISS,
    "iss_slash": Reason.ISS,
    "iss_missing": Reason.ISS,
    "expired_hour": Reason.EXP,
    "expired_minute": Reason.EXP,
    "exp_missing": Reason.EXP,
    "iat_future": Reason.IAT,
    "iat_missing": Reason.IAT,
    "iat_day_old": Reason.IAT_OLD,
    "nonce_other": Reason.NONCE,
    "nonce_missing": Reason.NONCE,
    "sub_missing": Reason.SUB,
    "at_hash_other": Reason.AT_HASH,
    "typ_logout": Reason.HEADER,
    "typ_access": Reason.HEADER,
    "crit": Reason.HEADER,
    "jwk_embedded": Reason.HEADER,
    "alg_none": Reason.ALG,
    "alg_none_advertised": Reason.ALG,
    "alg_hs256_secret": Reason.ALG,
    "alg_hs256_secret_advertised": Reason.ALG,
    "alg_hs256_public_key": Reason.ALG,
    "alg_hs256_public_key_advertised": Reason.ALG,
    "alg_other": Reason.ALG,
    "alg_other_advertised": Reason.ALG,
    "signature_bad": Reason.SIGNATURE,
    "key_foreign": Reason.SIGNATURE,
    "kid_unknown": Reason.KID,
    "kid_absent_multiple": Reason.KID_AMBIGUOUS,
    "not_a_jwt": Reason.MALFORMED,
    "token_missing": Reason.NO_ID_TOKEN,
    "token_broken": Reason.TOKEN,
    "token_page": Reason.TOKEN,
    "token_refused": Reason.TOKEN,
    "token_hangs": Reason.UNREACHABLE,
    "userinfo_sub_other": Reason.USERINFO_SUB,
    "userinfo_sub_missing": Reason.USERINFO_SUB,
    "userinfo_broken": Reason.USERINFO,
    "userinfo_page": Reason.USERINFO,
    "userinfo_signed": Reason.USERINFO_SIGNED,
    "callback_iss_other": Reason.CALLBACK_ISS,
    "callback_iss_missing": Reason.CALLBACK_ISS,
    "callback_state_other": Reason.STATE,
    "callback_state_missing": Reason.STATE,
    "callback_code_other": Reason.CODE,
    "jwks_empty": Reason.KEYS,
    "jwks_broken": Reason.KEYS,
    "jwks_page": Reason.KEYS,
    "discovery_issuer_other": Reason.ISSUER_DISCOVERY,
    "discovery_issuer_slash": Reason.ISSUER_DISCOVERY,
    "discovery_broken": Reason.DISCOVERY,
    "discovery_page": Reason.DISCOVERY,
    "discovery_list": Reason.DISCOVERY,
    "discovery_moved": Reason.DISCOVERY,
    "discovery_huge": Reason.UNREACHABLE,
    "discovery_hangs": Reason.UNREACHABLE,
    "discovery_without_token_endpoint": Reason.ENDPOINTS,
    # The token endpoint by plain http, at an address that is no home's.
    "discovery_plain_endpoint": Reason.UNREACHABLE,
}

#: What the specification allows, or a client has to overlook.
TAKEN = ("aud_list_azp", "at_hash_missing", "kid_absent", "jwks_junk", "discovery_clock_off", "auth_time_old")


@pytest.fixture
async def home(
    make_settings: MakeSettings,
    shared_database_url: str,
    provider: NpmProvider,
    request: pytest.FixtureRequest,
) -> AsyncIterator[OidcHome]:
    hangs = "hangs" in request.node.name
    settings = settings_of(provider) | {"OIDC_TIMEOUT_S": "1" if hangs else "10"}
    async with open_oidc_home(make_settings(database_url=shared_database_url, **settings)) as home:
        yield home


async def attempt(browser: Browser) -> str | None:
    """The code that the page shows after alice tried to sign in."""
    started = await browser.start()
    if sign_in_error(started):
        return sign_in_error(started)
    return sign_in_error(await browser.get(await browser.at_provider(started.headers["location"], "alice")))


@pytest.mark.parametrize(("fault", "reason"), REFUSED.items(), ids=list(REFUSED))
async def test_a_spoiled_answer_signs_nobody_in(
    home: OidcHome, provider: NpmProvider, fault: str, reason: Reason
) -> None:
    before = await home.audit()
    provider.fault(fault)
    async with home.browser() as browser:
        assert await attempt(browser) == shown(reason)
        assert (await browser.me()).status_code == 401
    [row] = (await home.audit())[len(before) :]
    assert (row.outcome, row.reason) == ("refused", reason)


@pytest.mark.parametrize("fault", TAKEN)
async def test_what_is_odd_but_allowed_signs_in(home: OidcHome, provider: NpmProvider, fault: str) -> None:
    provider.fault(fault)
    async with home.browser() as browser:
        assert await attempt(browser) is None
        assert (await browser.me()).json()["name"] == "alice"


def test_every_fault_of_the_provider_has_a_row(provider: NpmProvider) -> None:
    sign_in = {name for name in provider.faults() if not name.startswith("logout_")}
    assert sign_in == REFUSED.keys() | set(TAKEN)
