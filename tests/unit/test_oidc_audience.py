"""For whom a token may be: this client, and for others beside it only where it was made for this one."""

import pytest

from appliance.errors import SignInRefused
from appliance.records.sign_in import Reason
from web.auth.oidc.id_token import check_audience


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "us"},
        {"aud": ["us"]},
        {"aud": ["us"], "azp": "us"},
        # Zitadel: the project, and every client of it.
        {"aud": ["345678901234567890", "us", "others"], "azp": "us"},
    ],
)
def test_a_token_for_this_client_is_taken(claims: dict[str, object]) -> None:
    check_audience(claims, "us")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, Reason.AUD),
        ({"aud": []}, Reason.AUD),
        ({"aud": "others"}, Reason.AUD),
        ({"aud": "others", "azp": "us"}, Reason.AUD),
        ({"aud": ["others"], "azp": "us"}, Reason.AUD),
        ({"aud": ["us", "others"]}, Reason.AUD),
        ({"aud": ["us", "others"], "azp": "others"}, Reason.AUD),
        ({"aud": {"us": 1}, "azp": "us"}, Reason.AUD),
        ({"aud": "us", "azp": "others"}, Reason.AZP),
    ],
)
def test_a_token_for_somebody_else_is_refused(claims: dict[str, object], reason: Reason) -> None:
    with pytest.raises(SignInRefused) as caught:
        check_audience(claims, "us")
    assert caught.value.reason == reason
