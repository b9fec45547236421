"""Whatever somebody writes into a bearer token, it is refused as a wrong credential and nothing worse."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import OctKey

from appliance.clock import now
from appliance.errors import Unauthenticated
from appliance.settings import load
from tests.conftest import MakeSettings
from tests.support.doors import opened
from web.auth.bearer import read_token

SECRET = "s" * 43

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["HS256", "HS512", "none", "None", "RS256", "ES256", "", "hs256"]) | _JSON,
        "typ": st.sampled_from(["at+jwt", "JWT", "logout+jwt", ""]) | _JSON,
        "kid": _JSON,
        "jwk": _JSON,
        "jku": _JSON,
        "crit": _JSON,
        "b64": _JSON,
        "zip": _JSON,
    },
)
_CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "aud", "sub", "sid", "exp", "iat", "nbf", "jti"]) | st.text(max_size=8),
    _JSON,
    max_size=8,
)


def _part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


SETTINGS = load({})


def refused(token: str) -> bool:
    try:
        read_token(SETTINGS, SECRET, token)
    except Unauthenticated:
        return True
    return False


@settings(max_examples=200, deadline=None)
@given(header=_HEADERS | _JSON, claims=_CLAIMS | _JSON, signature=st.binary(max_size=40) | st.just(b""))
def test_an_unsigned_or_wrongly_signed_token_is_refused(header: Any, claims: Any, signature: bytes) -> None:
    tail = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    assert refused(f"{_part(header)}.{_part(claims)}.{tail}")


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=80))
def test_text_that_is_no_token_is_refused(text: str) -> None:
    assert refused(text)


@settings(max_examples=150, deadline=None)
@given(claims=_CLAIMS)
def test_a_signature_of_ours_under_junk_is_refused(claims: dict[str, Any]) -> None:
    """The signing key is ours and the claims are anything: none of them are a user, a session and a time to come."""
    header = {"alg": "HS256", "typ": "at+jwt"}
    key = OctKey.import_key(SECRET)
    assert refused(jws.serialize_compact(header, json.dumps(claims), key, algorithms=["HS256"]))


@pytest.mark.parametrize("hours", ["0.5", "2"])
async def test_a_token_lives_as_long_as_the_setting_says(
    make_settings: MakeSettings, database_url: str, hours: str
) -> None:
    async with (
        opened(
            make_settings, database_url, jwt_secret="s" * 64, jwt_algorithm="HS384", jwt_expiry_hours=hours
        ) as (web, _),
        web.client(origin=None) as script,
    ):
        body = {"username": "anna", "password": "correct horse battery"}
        answer = (await script.post("/api/auth/token", json=body)).json()
        claims = jwt.decode(answer["access_token"], OctKey.import_key("s" * 64), algorithms=["HS384"]).claims
        assert answer["expires_in"] == float(hours) * 3600
        assert abs(claims["exp"] - now().timestamp() - float(hours) * 3600) < 30
