"""What is believed of a token: a signature of the named kind by one of the provider's keys, and the right claims."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from appliance.errors import SignInRefused
from appliance.records.sign_in import Reason
from web.auth.oidc.id_token import Expected, check
from web.auth.oidc.keys import SigningKey, read_keys
from web.auth.oidc.signatures import Verified, matches_hash, verify

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MOMENT = int(NOW.timestamp())

RSA = RSAKey.generate_key(2048)
OTHER_RSA = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")
ED = OKPKey.generate_key("Ed25519")

CLAIMS: dict[str, Any] = {
    "iss": "https://auth.home.test",
    "aud": "scene-sense",
    "sub": "alice",
    "nonce": "nonce",
    "iat": MOMENT,
    "exp": MOMENT + 300,
}

EXPECTED = Expected(
    issuer="https://auth.home.test", client_id="scene-sense", nonce="nonce", access_token="access", now=NOW
)


def entry(key: RSAKey | ECKey | OKPKey, **members: object) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": "one", **members}


def keys(*entries: object) -> tuple[SigningKey, ...]:
    return read_keys({"keys": list(entries)})


def signed(key: RSAKey | ECKey | OKPKey, **header: object) -> str:
    given = {"alg": "RS256", "kid": "one"} | header
    wanted = {name: value for name, value in given.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[str(wanted["alg"])], strict_check_header=False)
    if wanted["alg"] == "EdDSA":
        with pytest.warns(SecurityWarning, match="EdDSA"):
            return jws.serialize_compact(wanted, json.dumps(CLAIMS), key, registry=registry)
    return jws.serialize_compact(wanted, json.dumps(CLAIMS), key, registry=registry)


def part(content: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def reason(token: str, *entries: object, algorithms: tuple[str, ...] = ("RS256",)) -> str:
    with pytest.raises(SignInRefused) as refused:
        verify(token, keys(*entries), algorithms)
    return refused.value.reason


# --- signatures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSA, "RS256"), (RSA, "RS512"), (RSA, "PS256"), (EC, "ES256"), (ED, "EdDSA")],
    ids=["RS256", "RS512", "PS256", "ES256", "EdDSA"],
)
def test_a_token_of_a_named_kind_is_read(key: RSAKey | ECKey | OKPKey, algorithm: str) -> None:
    token = signed(key, alg=algorithm)
    assert verify(token, keys(entry(key)), (algorithm,)).claims == CLAIMS


def test_no_other_kind_is_read_whatever_the_key() -> None:
    assert reason(signed(RSA, alg="RS512"), entry(RSA)) == Reason.ALG
    assert reason(f"{part({'alg': 'none'})}.{part(CLAIMS)}.", entry(RSA)) == Reason.ALG
    secret = OctKey.import_key(json.dumps(entry(RSA)))
    with_public_key = jws.serialize_compact({"alg": "HS256"}, json.dumps(CLAIMS), secret)
    assert reason(with_public_key, entry(RSA)) == Reason.ALG


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": OTHER_RSA.as_dict(private=False)},
        {"jku": "https://evil.test/jwks"},
        {"x5u": "https://evil.test/x"},
        {"crit": ["iat"], "iat": 1},
        {"kid": 7},
    ],
    ids=["jwk", "jku", "x5u", "crit", "kid"],
)
def test_a_header_brings_no_key_and_no_rule_of_its_own(header: dict[str, object]) -> None:
    genuine = signed(RSA).split(".")
    forged = ".".join([part({"alg": "RS256", "kid": "one"} | header), *genuine[1:]])
    assert reason(forged, entry(RSA)) == Reason.HEADER


def test_the_key_is_the_one_that_is_named_or_the_only_one_that_fits() -> None:
    token, nameless = signed(RSA), signed(RSA, kid=None)
    assert verify(nameless, keys(entry(RSA), entry(EC, kid="two")), ("RS256",)).claims == CLAIMS
    assert reason(nameless, entry(RSA), entry(OTHER_RSA, kid="two")) == Reason.KID_AMBIGUOUS
    assert reason(token, entry(RSA, kid="two")) == Reason.KID
    assert reason(token, entry(OTHER_RSA)) == Reason.SIGNATURE
    assert reason(token, entry(EC)) == Reason.KID
    assert reason(nameless, entry(EC)) == Reason.KID


def test_a_signature_that_was_changed_is_none() -> None:
    head, body, _ = signed(RSA).split(".")
    other = part(CLAIMS | {"sub": "mallory"})
    assert reason(f"{head}.{other}.{signed(RSA).split('.')[2]}", entry(RSA)) == Reason.SIGNATURE
    assert reason(f"{head}.{body}.", entry(RSA)) == Reason.SIGNATURE


@pytest.mark.parametrize(
    "junk",
    [
        "no object",
        {},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "one"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
        {"kty": "RSA", "n": "!!", "e": "AQAB"},
        {"kty": "RSA", "n": "AQAB"},
        {"kty": "RSA", "n": ["AQAB"], "e": "AQAB"},
        {"kty": "RSA", "n": "A" * 5000, "e": "AQAB"},
        {"kty": "EC", "crv": "P-1", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
    ],
    ids=range(11),
)
def test_keys_that_can_not_be_used_are_left_out(junk: object) -> None:
    assert verify(signed(RSA), keys(junk, entry(RSA), junk), ("RS256",)).claims == CLAIMS
    assert reason(signed(RSA), junk) == Reason.KID


def test_keys_for_something_else_or_too_short_are_left_out() -> None:
    assert keys(entry(RSA, use="enc")) == keys(entry(RSA, key_ops=["encrypt"])) == ()
    with pytest.warns(SecurityWarning):
        short = RSAKey.generate_key(1024)
    assert keys(entry(short)) == ()
    assert reason(signed(RSA), entry(RSA, alg="RS512")) == Reason.KID
    assert read_keys({"keys": "none"}) == read_keys({}) == ()


@given(st.text() | st.from_regex(r"[\w=-]{0,40}\.[\w=-]{0,40}\.[\w=-]{0,40}", fullmatch=True))
def test_whatever_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(SignInRefused):
        verify(text, keys(entry(RSA)), ("RS256",))


def test_the_hash_of_an_access_token_goes_with_the_signature() -> None:
    # OpenID Connect Core 1.0, A.3: the access token and its at_hash.
    access = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert matches_hash("77QmUPtjPfzWtF2AnpK9RQ", access, "RS256")
    assert not matches_hash("77QmUPtjPfzWtF2AnpK9RQ", access, "RS512")
    assert not matches_hash("77QmUPtjPfzWtF2AnpK9Rq", access, "RS256")
    assert not matches_hash(None, access, "RS256")


# --- claims ------------------------------------------------------------------------------------------------------


def refusal(claims: Mapping[str, object], *, anew: bool = False, typ: str | None = "JWT") -> str | None:
    expected = Expected(EXPECTED.issuer, EXPECTED.client_id, EXPECTED.nonce, "access", NOW, anew=anew)
    header = {"alg": "RS256"} if typ is None else {"alg": "RS256", "typ": typ}
    try:
        check(Verified(header, claims), expected)
    except SignInRefused as error:
        return error.reason
    return None


def test_an_id_token_that_is_right_is_taken() -> None:
    assert refusal(CLAIMS) is None
    assert refusal(CLAIMS | {"aud": ["scene-sense"], "azp": "scene-sense"}, typ=None) is None
    assert refusal(CLAIMS | {"aud": ["project", "scene-sense"], "azp": "scene-sense"}) is None
    assert refusal(CLAIMS | {"exp": MOMENT - 29, "iat": MOMENT + 29, "nbf": MOMENT + 29}) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"iss": "https://auth.home.test/"}, Reason.ISS),
        ({"iss": None}, Reason.ISS),
        ({"aud": "other"}, Reason.AUD),
        ({"aud": ["scene-sense", "other"]}, Reason.AUD),
        ({"aud": []}, Reason.AUD),
        ({"aud": "other", "azp": "scene-sense"}, Reason.AUD),
        ({"aud": ["scene-sense", "other"], "azp": "other"}, Reason.AUD),
        ({"azp": "other"}, Reason.AZP),
        ({"azp": None}, Reason.AZP),
        ({"nonce": "other"}, Reason.NONCE),
        ({"nonce": None}, Reason.NONCE),
        ({"nonce": "\ud800"}, Reason.NONCE),
        ({"sub": ""}, Reason.SUB),
        ({"sub": 7}, Reason.SUB),
        ({"sub": "x" * 256}, Reason.SUB),
        ({"sub": "a\nb"}, Reason.SUB),
        ({"exp": MOMENT - 31}, Reason.EXP),
        ({"exp": str(MOMENT + 300)}, Reason.EXP),
        ({"exp": True}, Reason.EXP),
        ({"exp": float("nan")}, Reason.EXP),
        ({"exp": 10**400}, Reason.EXP),
        ({"nbf": MOMENT + 31}, Reason.NBF),
        ({"nbf": "soon"}, Reason.NBF),
        ({"iat": MOMENT + 31}, Reason.IAT),
        ({"iat": None}, Reason.IAT),
        ({"iat": MOMENT - 631}, Reason.IAT_OLD),
        ({"at_hash": "x"}, Reason.AT_HASH),
        ({"at_hash": None}, Reason.AT_HASH),
    ],
)
def test_one_claim_that_is_wrong_is_enough(change: dict[str, object], expected: Reason) -> None:
    assert refusal(CLAIMS | change) == expected


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "nonce", "iat", "exp"])
def test_one_claim_that_is_missing_is_enough(name: str) -> None:
    assert refusal({key: value for key, value in CLAIMS.items() if key != name}) == Reason(f"oidc_{name}")


@pytest.mark.parametrize("typ", ["logout+jwt", "at+jwt", "JOSE"])
def test_a_token_of_another_type_is_no_id_token(typ: str) -> None:
    assert refusal(CLAIMS, typ=typ) == Reason.HEADER


def test_a_confirmation_needs_a_proof_of_just_now() -> None:
    assert refusal(CLAIMS, anew=True) == Reason.AUTH_TIME
    assert refusal(CLAIMS | {"auth_time": MOMENT - 3600}, anew=True) == Reason.AUTH_TIME
    assert refusal(CLAIMS | {"auth_time": float(MOMENT - 5)}, anew=True) is None


def test_a_wrong_clock_is_said_with_how_wrong_it_is() -> None:
    with pytest.raises(SignInRefused, match=r"clock is 2 hours behind"):
        check(Verified({"alg": "RS256"}, CLAIMS | {"iat": MOMENT + 7200}), EXPECTED)
