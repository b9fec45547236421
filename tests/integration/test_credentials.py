"""Bearer tokens and API keys: what they open, and every way in which they stop doing so."""

import base64
import json
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from appliance.clock import now
from tests.conftest import MakeSettings
from tests.support.web import PASSWORD, Web, open_web


async def new_token(web: Web) -> str:
    async with web.client(origin=None) as script:
        answer = await script.post("/api/auth/token", json={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 24 * 3600)
    return str(body["access_token"])


async def new_key(web: Web, *scopes: str, **more: Any) -> dict[str, Any]:
    async with web.client() as browser:
        await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        answer = await browser.post("/api/me/keys", json={"name": "k", "scopes": list(scopes)} | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ask(web: Web, credential: str, path: str = "/api/me") -> httpx.Response:
    async with web.script(credential) as script:
        return await script.get(path)


# --- bearer tokens -------------------------------------------------------------------------------------------


async def test_a_token_opens_what_its_owner_may(home: Web) -> None:
    answer = await ask(home, await new_token(home))
    assert (answer.status_code, answer.json()["name"]) == (200, "anna")


async def test_a_token_ends_with_its_session_row(home: Web) -> None:
    token = await new_token(home)
    async with home.script(token) as script:
        listed = (await script.get("/api/me/sessions")).json()
        own = next(item for item in listed if item["current"])
        assert own["kind"] == "token"
        assert (await script.delete(f"/api/me/sessions/{own['id']}")).status_code == 204
        assert (await script.get("/api/me")).status_code == 401


async def test_a_token_has_no_idle_limit_but_an_end(home: Web) -> None:
    token = await new_token(home)
    await home.db.fetch("UPDATE session SET last_seen_at = now() - interval '20 days'")
    assert (await ask(home, token)).status_code == 200
    await home.db.fetch("UPDATE session SET expires_at = now() - interval '1 second'")
    assert (await ask(home, token)).status_code == 401


def _signed(web: Web, header: dict[str, str] | None = None, **claims: Any) -> str:
    everything = {"iss": "scene-sense", "aud": "scene-sense", "iat": int(now().timestamp())} | claims
    algorithm = (header or {}).get("alg", "HS256")
    return jwt.encode(
        {"alg": algorithm, "typ": "at+jwt"} | (header or {}),
        {name: value for name, value in everything.items() if value is not None},
        OctKey.import_key(web.context.jwt_secret),
        algorithms=[algorithm],
    )


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"sid": None},
        {"sid": 7},
        {"sub": None},
        {"sub": "00000000-0000-0000-0000-000000000000"},
        {"iat": None},
    ],
    ids=lambda claims: "-".join(f"{name}={value}" for name, value in claims.items()),
)
async def test_a_signed_token_with_a_wrong_claim_is_refused(home: Web, claims: dict[str, Any]) -> None:
    good = jwt.decode(
        await new_token(home), OctKey.import_key(home.context.jwt_secret), algorithms=["HS256"]
    ).claims
    assert (await ask(home, _signed(home, **good))).status_code == 200
    assert (await ask(home, _signed(home, **(good | claims)))).status_code == 401


async def test_the_algorithm_is_the_settings_whatever_the_token_says(home: Web) -> None:
    token = await new_token(home)
    claims = jwt.decode(token, OctKey.import_key(home.context.jwt_secret), algorithms=["HS256"]).claims
    header, payload, signature = token.split(".")
    none = f"{_part({'alg': 'none', 'typ': 'at+jwt'})}.{payload}."
    for forged in (
        none,
        none + signature,
        _signed(home, {"alg": "HS512"}, **claims),
        _signed(home, {"typ": "JWT"}, **claims),
        f"{header}.{_part({**claims, 'sub': 'root'})}.{signature}",
        f"{header}.{payload}.{signature[:-4]}AAAA",
    ):
        assert (await ask(home, forged)).status_code == 401


@pytest.mark.parametrize(
    "junk", ["x", "..", "a.b.c", "a.b.c.d", "é", "ss_", "ss_short_x", "ss_12345678_", "ss_12345678-x", "null"]
)
async def test_junk_as_a_credential_is_a_401_and_nothing_worse(home: Web, junk: str) -> None:
    async with home.client(origin=None) as script:
        answer = await script.get("/api/me", headers=[(b"Authorization", f"Bearer {junk}".encode())])
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_signing_key_is_made_once_and_kept_for_its_owner_alone(home: Web) -> None:
    path = home.settings.data_path / "secrets" / "jwt-secret"
    assert path.stat().st_mode & 0o777 == 0o600
    token = await new_token(home)
    async with open_web(home.settings) as again:
        assert (await ask(again, token)).status_code == 200


async def test_the_configured_key_and_algorithm_are_used(
    make_settings: MakeSettings, database_url: str
) -> None:
    settings = make_settings(
        database_url=database_url,
        clip_model="not-there",
        jwt_secret="s" * 64,
        jwt_algorithm="HS512",
        jwt_expiry_hours="24",
    )
    async with open_web(settings) as web:
        async with web.client() as browser:
            await web.set_up(browser)
        token = await new_token(web)
        decoded = jwt.decode(token, OctKey.import_key("s" * 64), algorithms=["HS512"])
        assert decoded.header["alg"] == "HS512"
        assert (await ask(web, token)).status_code == 200
        assert not (settings.data_path / "secrets" / "jwt-secret").exists()


# --- API keys ------------------------------------------------------------------------------------------------


async def test_a_key_opens_what_its_scopes_say_and_is_listed_without_its_secret(home: Web) -> None:
    made = await new_key(home, "asset:read", "search:read")
    assert made["key"].startswith(f"ss_{made['id']}_")
    assert len(made["key"]) == 3 + 8 + 1 + 43
    assert (await ask(home, made["key"])).json()["name"] == "anna"
    async with home.client() as browser:
        await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        listed = (await browser.get("/api/me/keys")).json()
    assert [key["id"] for key in listed] == [made["id"]]
    assert listed[0]["last_used_at"] is not None
    assert made["key"][12:] not in json.dumps(listed)
    stored = await home.db.fetch("SELECT secret_sha256 FROM api_key")
    assert made["key"].encode() not in bytes(stored[0]["secret_sha256"])


async def test_a_key_lives_for_a_year_unless_said_otherwise(home: Web) -> None:
    await new_key(home, "asset:read")
    await new_key(home, "asset:read", expires_days=1)
    rows = await home.db.fetch(
        "SELECT extract(day FROM expires_at - created_at)::int AS days FROM api_key ORDER BY expires_at"
    )
    assert [row["days"] for row in rows] == [1, 365]


async def test_a_key_stops_when_it_expires_or_is_revoked(home: Web) -> None:
    expiring, revoked = await new_key(home, "asset:read"), await new_key(home, "asset:read")
    await home.db.fetch(
        "UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = {}", expiring["id"]
    )
    async with home.client() as browser:
        await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        assert (await browser.delete(f"/api/me/keys/{revoked['id']}")).status_code == 204
        assert (await browser.delete(f"/api/me/keys/{revoked['id']}")).status_code == 404
    for key in (expiring, revoked):
        assert (await ask(home, key["key"])).status_code == 401


async def test_a_key_with_another_secret_is_no_key(home: Web) -> None:
    key = (await new_key(home, "asset:read"))["key"]
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), key + "A", key[:-1], "ss_00000000" + key[11:]):
        assert (await ask(home, wrong)).status_code == 401


async def test_a_key_can_not_make_keys_or_see_sessions(home: Web) -> None:
    key = (await new_key(home, "admin", "asset:read", "asset:write", "search:read"))["key"]
    async with home.script(key) as script:
        made = await script.post("/api/me/keys", json={"name": "more", "scopes": ["admin"]})
        seen = await script.get("/api/me/sessions")
    assert [made.status_code, seen.status_code] == [403, 403]


async def test_a_key_is_never_more_than_its_owners_role_even_when_that_shrinks(home: Web) -> None:
    await new_key(home, "admin", "asset:write")
    await home.db.fetch("UPDATE account SET role = 'viewer'")
    async with home.client() as browser:
        await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        beyond = await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:write"]})
    assert (beyond.status_code, beyond.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "scopes": ["asset:read"]},
        {"name": "k", "scopes": []},
        {"name": "k", "scopes": ["everything"]},
        {"name": "k", "scopes": ["asset:read"], "expires_days": 0},
        {"name": "k", "scopes": ["asset:read"], "expires_days": 1e9},
        {"name": "k", "scopes": ["asset:read"], "role": "admin"},
        {"name": "k\x00", "scopes": ["asset:read"]},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(bare_web: Web, body: dict[str, Any]) -> None:
    async with bare_web.signed_in() as browser:
        assert (await browser.post("/api/me/keys", json=body)).status_code == 400
        assert (await browser.get("/api/me/keys")).json() == []


async def test_a_cookie_and_a_key_together_are_refused(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        made = await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})
        both = await browser.get("/api/me", headers={"Authorization": f"Bearer {made.json()['key']}"})
        basic = await browser.get("/api/me", headers={"Authorization": "Basic YTpi"})
    assert both.status_code == 400
    # A proxy's own Basic authentication is none of ours.
    assert basic.status_code == 200


async def test_a_credential_in_the_address_opens_nothing(home: Web) -> None:
    key = (await new_key(home, "asset:read"))["key"]
    body = {"username": "anna", "password": PASSWORD}
    async with home.client() as browser:
        assert (await browser.post("/api/auth/login", json=body)).status_code == 200
        assert (await browser.get("/api/me")).status_code == 200
        sid = browser.cookies["sid"]
    async with home.client(origin=None) as script:
        assert (await script.get("/api/me", headers={"Authorization": f"Bearer {key}"})).status_code == 200
        token = (await script.post("/api/auth/token", json=body)).json()["access_token"]
        for name in ("key", "token", "access_token", "api_key", "sid", "authorization"):
            for secret in (key, token, sid):
                for path in ("/api/me", "/api/assets"):
                    answer = await script.get(path, params={name: secret})
                    assert answer.status_code == 401
                    assert secret not in answer.text


async def test_what_was_made_and_ended_is_in_the_audit_log(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        made = (await browser.post("/api/me/keys", json={"name": "k", "scopes": ["asset:read"]})).json()
        await browser.delete(f"/api/me/keys/{made['id']}")
        user_id = (await browser.get("/api/me")).json()["id"]
    rows = await bare_web.db.fetch("SELECT action, object, actor, ip FROM audit ORDER BY id")
    assert [(row["action"], row["object"]) for row in rows[1:]] == [
        ("key.create", made["id"]),
        ("key.revoke", made["id"]),
    ]
    assert {(str(row["actor"]), row["ip"]) for row in rows} == {(user_id, "127.0.0.1")}
