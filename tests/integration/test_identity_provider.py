"""The identity provider of the tests itself: what it says is genuine, and a fault changes one thing."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from tests.support.identity_provider import NpmProvider
from tests.support.oidc import Browser
from tests.support.web import ORIGIN

VERIFIER = "a" * 43
#: Its SHA-256, as RFC 7636 writes it.
CHALLENGE = "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA"
CALLBACK = f"{ORIGIN}/api/auth/oidc/callback"


async def tokens(provider: NpmProvider, name: str = "alice") -> dict[str, Any]:
    """What a client gets that signs somebody in and checks nothing."""
    query = {
        "client_id": provider.client_id,
        "response_type": "code",
        "scope": "openid profile email groups",
        "redirect_uri": CALLBACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "nonce": "n-1",
        "state": "s-1",
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"{provider.issuer}/auth?{httpx.QueryParams(query)}"
        back = httpx.URL(await Browser(client, ORIGIN).at_provider(url, name))
        assert back.params["iss"] == provider.issuer
        form = {
            "grant_type": "authorization_code",
            "code": back.params["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        auth = (provider.client_id, provider.client_secret)
        answer = await client.post(f"{provider.issuer}/token", data=form, auth=auth)
        assert answer.is_success, answer.text
        found = dict(answer.json())
        bearer = {"Authorization": f"Bearer {found['access_token']}"}
        found["userinfo"] = (await client.get(f"{provider.issuer}/me", headers=bearer)).json()
        return found


def published(provider: NpmProvider) -> list[dict[str, Any]]:
    """The public keys."""
    return list(httpx.get(f"{provider.issuer}/jwks", trust_env=False).json()["keys"])


def claims_of(provider: NpmProvider, token: str) -> dict[str, Any]:
    """The claims, once the signature was found to be by a published key."""
    keys = KeySet.import_key_set({"keys": published(provider)})
    return dict(jwt.decode(token, keys, algorithms=["RS256", "ES256", "PS256"]).claims)


def unchecked(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))))


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256"])
async def test_what_it_signs_is_signed_by_a_key_that_it_publishes(provider: NpmProvider, alg: str) -> None:
    provider.reset(origins=[ORIGIN], alg=alg)
    found = await tokens(provider)
    claims = claims_of(provider, found["id_token"])
    assert (claims["sub"], claims["aud"], claims["nonce"]) == ("alice", "scene-sense", "n-1")
    assert "email" not in claims
    assert found["userinfo"]["groups"] == ["admins", "family"]


@pytest.mark.parametrize(
    "fault", ["aud_other", "expired_hour", "iat_day_old", "nonce_other", "sub_missing", "at_hash_other"]
)
async def test_a_fault_changes_one_claim_under_a_good_signature(provider: NpmProvider, fault: str) -> None:
    good = claims_of(provider, (await tokens(provider))["id_token"])
    provider.fault(fault)
    spoiled = claims_of(provider, (await tokens(provider))["id_token"])
    per_token = {"at_hash", "sid", "iat", "exp"}
    touched = {"exp" if fault == "expired_hour" else "_".join(fault.split("_")[:-1]).removesuffix("_day")}
    changed = {name for name in good | spoiled if good.get(name) != spoiled.get(name)} - (per_token - touched)
    assert changed == touched


async def test_a_signature_fault_changes_no_claim(provider: NpmProvider) -> None:
    provider.fault("signature_bad")
    token = (await tokens(provider))["id_token"]
    assert unchecked(token)["aud"] == "scene-sense"
    with pytest.raises(BadSignatureError):
        claims_of(provider, token)


async def test_it_signs_with_the_new_key_alone_after_a_rotation(provider: NpmProvider) -> None:
    [before] = published(provider)
    provider.rotate(same_kid=True)
    [after] = published(provider)
    assert before["kid"] == after["kid"]
    assert before["n"] != after["n"]
    claims_of(provider, (await tokens(provider))["id_token"])


async def test_claims_come_in_the_shapes_that_homes_know(provider: NpmProvider) -> None:
    shapes = {}
    for shape in ("plain", "keycloak", "zitadel", "text", "missing"):
        provider.reset(origins=[ORIGIN], shape=shape, conform=False)
        shapes[shape] = claims_of(provider, (await tokens(provider))["id_token"])
    assert shapes["plain"]["groups"] == ["admins", "family"]
    assert shapes["keycloak"]["groups"] == ["/admins", "/family"]
    assert shapes["keycloak"]["realm_access"] == {"roles": ["admins", "family"]}
    assert set(shapes["zitadel"]["urn:zitadel:iam:org:project:roles"]) == {"admins", "family"}
    assert shapes["text"]["groups"] == "admins,family"
    assert "groups" not in shapes["missing"]
