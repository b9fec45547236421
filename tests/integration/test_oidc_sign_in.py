"""Whoever signs in at the home's identity provider has an account here, with the role that the groups there give."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from appliance.db.engine import Database
from tests.integration.conftest import OpenOidcHome
from tests.support.identity_provider import NpmProvider
from tests.support.oidc import Browser, OidcHome, browser_of, sign_in_error
from tests.support.web import Web, open_web


async def me(browser: Browser) -> dict[str, Any]:
    """Who is signed in, which somebody has to be."""
    answer = await browser.me()
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def role_of(home: OidcHome, name: str) -> str:
    """The role after signing in anew."""
    async with home.browser() as browser:
        await browser.signed_in(name)
        return str((await me(browser))["role"])


async def names(db: Database) -> list[str]:
    return [str(row["name"]) for row in await db.fetch("SELECT name FROM account ORDER BY created_at, id")]


async def local_account(
    db: Database, name: str, *, role: str = "member", email: str = "", verified: bool = True
) -> None:
    await db.fetch(
        "INSERT INTO account (id, name, role, password_hash, email, email_verified)"
        " SELECT gen_random_uuid(), {}, {}, password_hash, {}, {} FROM account WHERE name = 'anna'",
        name,
        role,
        email or None,
        verified,
    )


async def give_identity(home: OidcHome, provider: NpmProvider, *, account: str, sub: str) -> None:
    await home.db.fetch(
        "INSERT INTO identity (id, account, issuer, sub)"
        " SELECT gen_random_uuid(), id, {}, {} FROM account WHERE name = {}",
        provider.issuer,
        sub,
        account,
    )


# --- the account -------------------------------------------------------------------------------------------------


async def test_the_first_sign_in_makes_an_account_and_the_second_finds_it(oidc_home: OidcHome) -> None:
    async with oidc_home.browser() as browser:
        answer = await browser.signed_in("bob", next_="/albums?page=2")
        assert answer.headers["location"] == "/albums?page=2"
        first = await me(browser)
        assert (first["name"], first["role"], first["has_password"]) == ("bob", "member", False)
    async with oidc_home.browser() as browser:
        await browser.signed_in("bob")
        assert (await me(browser))["id"] == first["id"]
    assert await names(oidc_home.db) == ["anna", "bob"]


async def test_two_first_sign_ins_at_once_make_one_account(oidc_home: OidcHome) -> None:
    async with oidc_home.browser() as phone, oidc_home.browser() as laptop:
        backs = [(browser, await browser.callback("bob")) for browser in (phone, laptop)]
        answers = await asyncio.gather(*(browser.get(back) for browser, back in backs))
        assert [sign_in_error(answer) for answer in answers] == [None, None]
        assert (await me(phone))["id"] == (await me(laptop))["id"]
    assert await names(oidc_home.db) == ["anna", "bob"]


async def test_claims_that_are_only_in_the_id_token_do_as_well(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    provider.control(set={"conform": False})
    async with open_oidc_home(provider, oidc_admin_group="admins") as home:
        assert await role_of(home, "alice") == "admin"


async def test_nobody_comes_in_before_the_appliance_is_set_up(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, bare_web: Web
) -> None:
    settings = bare_web.settings.model_copy(
        update={"oidc_enabled": True, "oidc_issuer": provider.issuer, "oidc_client_id": "scene-public"}
        | {
            "oidc_allow_http_issuer": True,
            "public_url": "http://localhost:8020",
            "oidc_admin_group": "admins",
        }
    )
    async with open_web(settings) as web, browser_of(web.app) as browser:
        assert sign_in_error(await browser.sign_in("alice")) == "setup_first"
        assert await names(web.db) == []


async def test_a_name_that_is_taken_gets_a_suffix_and_not_the_account(oidc_home: OidcHome) -> None:
    await local_account(oidc_home.db, "alice")
    async with oidc_home.browser() as alice, oidc_home.browser() as mallory:
        await alice.signed_in("alice")
        await mallory.signed_in("mallory")
        found = [(await me(alice))["name"], (await me(mallory))["name"]]
    assert found == ["alice-2", "alice-3"]


async def test_without_auto_register_only_those_who_have_an_account_come_in(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_auto_register="false") as home, home.browser() as browser:
        assert sign_in_error(await browser.sign_in("bob")) == "not_registered"
        assert (await browser.me()).status_code == 401
        assert await names(home.db) == ["anna"]
        assert (await home.audit())[-1].reason == "oidc_not_registered"


async def test_a_disabled_person_is_refused(oidc_home: OidcHome) -> None:
    await role_of(oidc_home, "bob")
    await oidc_home.db.fetch("UPDATE account SET disabled_at = now() WHERE name = 'bob'")
    async with oidc_home.browser() as browser:
        assert sign_in_error(await browser.sign_in("bob")) == "disabled"
        assert (await browser.me()).status_code == 401


async def test_the_same_subject_at_another_issuer_is_somebody_else(
    provider: NpmProvider, oidc_home: OidcHome
) -> None:
    await local_account(oidc_home.db, "other")
    elsewhere = replace(provider, issuer="https://elsewhere.example")
    await give_identity(oidc_home, elsewhere, account="other", sub="bob")
    async with oidc_home.browser() as browser:
        await browser.signed_in("bob")
        assert (await me(browser))["name"] == "bob"


# --- roles and groups --------------------------------------------------------------------------------------------


async def test_a_role_comes_and_goes_with_the_group(provider: NpmProvider, oidc_home: OidcHome) -> None:
    assert await role_of(oidc_home, "bob") == "member"
    provider.person("bob", groups=["family", "admins"])
    assert await role_of(oidc_home, "bob") == "admin"
    provider.person("bob", groups=["family"])
    assert await role_of(oidc_home, "bob") == "member"
    reasons = [row.reason for row in await oidc_home.audit("role.change")]
    assert len(reasons) == 2
    assert all("provider" in reason for reason in reasons)


async def test_a_lost_role_is_lost_in_sessions_that_were_there_before(
    provider: NpmProvider, oidc_home: OidcHome
) -> None:
    provider.person("bob", groups=["admins"])
    async with oidc_home.browser() as old:
        await old.signed_in("bob")
        assert (await old.api("GET", "/api/admin/users")).status_code == 200
        provider.person("bob", groups=[])
        assert await role_of(oidc_home, "bob") == "member"
        assert (await old.api("GET", "/api/admin/users")).status_code == 403


async def test_the_viewer_group_makes_viewers_and_its_loss_members(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_viewer_group="guests") as home:
        provider.person("bob", groups=["guests"])
        assert await role_of(home, "bob") == "viewer"
        provider.person("bob", groups=["family"])
        assert await role_of(home, "bob") == "member"


async def test_without_group_settings_roles_are_the_appliances_own(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider) as home:
        assert await role_of(home, "alice") == "member"
        await home.db.fetch("UPDATE account SET role = 'admin' WHERE name = 'alice'")
        assert await role_of(home, "alice") == "admin"


async def test_no_group_takes_the_pinned_administrators_role(
    provider: NpmProvider, oidc_home: OidcHome
) -> None:
    assert await role_of(oidc_home, "alice") == "admin", "so that anna is not the last one"
    await give_identity(oidc_home, provider, account="anna", sub="bob")
    async with oidc_home.browser() as browser:
        await browser.signed_in("bob")
        found = await me(browser)
    assert (found["name"], found["role"], found["pinned"]) == ("anna", "admin", True)
    [kept] = await oidc_home.audit("role.keep")
    assert kept.reason.startswith("pinned")


async def test_the_last_administrator_stays_one_whatever_the_groups_say(
    provider: NpmProvider, oidc_home: OidcHome
) -> None:
    await give_identity(oidc_home, provider, account="anna", sub="bob")
    await oidc_home.db.fetch("UPDATE account SET pinned = false")
    assert await role_of(oidc_home, "bob") == "admin"
    [kept] = await oidc_home.audit("role.keep")
    assert kept.reason.startswith("last admin")
    assert await role_of(oidc_home, "alice") == "admin"
    assert await role_of(oidc_home, "bob") == "member"


async def test_no_groups_claim_keeps_the_role_and_warns_whereas_an_empty_one_takes_it(
    provider: NpmProvider, oidc_home: OidcHome, caplog: pytest.LogCaptureFixture
) -> None:
    assert await role_of(oidc_home, "alice") == "admin"
    provider.control(set={"shape": "missing"})
    with caplog.at_level(logging.WARNING):
        assert await role_of(oidc_home, "alice") == "admin"
    assert "OIDC_GROUPS_CLAIM" in caplog.text
    assert "oidc_groups_absent" in [row.reason for row in await oidc_home.audit()]
    provider.control(set={"shape": "plain"})
    provider.person("alice", groups=[])
    assert await role_of(oidc_home, "alice") == "member"


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ("plain", {}),
        ("text", {}),
        ("spaces", {}),
        ("keycloak", {"oidc_strip_leading_slash": "true"}),
        ("keycloak", {"oidc_groups_claim": "realm_access.roles"}),
        ("zitadel", {"oidc_groups_claim": "urn:zitadel:iam:org:project:roles"}),
    ],
)
async def test_groups_are_read_as_each_provider_writes_them(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, shape: str, settings: dict[str, str]
) -> None:
    provider.control(set={"shape": shape})
    async with open_oidc_home(provider, oidc_admin_group="admins", **settings) as home:
        assert await role_of(home, "alice") == "admin"


async def test_whoever_lacks_the_required_group_is_refused_also_later(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_required_group="family") as home:
        assert await role_of(home, "bob") == "member"
        provider.person("bob", groups=[])
        for shape, reason in (("plain", "oidc_group"), ("missing", "oidc_groups_absent")):
            provider.control(set={"shape": shape})
            async with home.browser() as browser:
                assert sign_in_error(await browser.sign_in("bob")) == "not_a_member"
                assert (await browser.me()).status_code == 401
            assert (await home.audit())[-1].reason == reason


async def test_the_quota_is_what_the_claim_says(provider: NpmProvider, open_oidc_home: OpenOidcHome) -> None:
    async with open_oidc_home(provider, oidc_quota_claim="quota") as home:
        for claim, expected in ((5_000_000, 5_000_000), ("2 GiB", 2 * 2**30), ("a lot", 2 * 2**30)):
            provider.person("bob", quota=claim)
            async with home.browser() as browser:
                await browser.signed_in("bob")
                assert (await me(browser))["quota_bytes"] == expected


# --- linking by address ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "claims", "linked"),
    [
        ({}, {}, True),
        ({"verified": False}, {}, False),
        ({"role": "admin"}, {}, False),
        ({}, {"email_verified": False}, False),
        ({}, {"email_verified": "true"}, False),
        ({}, {"email_verified": None}, False),
        ({"email": "BOB@home.test"}, {}, True),
        ({"email": "rob@home.test"}, {}, False),
    ],
    ids=["both verified", "local not verified", "administrator", "false", "a text", "null", "case", "other"],
)
async def test_an_address_links_only_when_it_is_verified_on_both_sides(
    provider: NpmProvider,
    open_oidc_home: OpenOidcHome,
    local: dict[str, Any],
    claims: dict[str, Any],
    linked: bool,
) -> None:
    provider.person("bob", **claims)
    async with open_oidc_home(provider, oidc_link_by_email="true") as home, home.browser() as browser:
        await local_account(home.db, "robert", **({"email": "bob@home.test"} | local))
        await browser.signed_in("bob")
        assert (await me(browser))["name"] == ("robert" if linked else "bob")


async def test_nothing_links_by_address_unless_the_owner_says_so(oidc_home: OidcHome) -> None:
    await local_account(oidc_home.db, "robert", email="bob@home.test")
    async with oidc_home.browser() as browser:
        await browser.signed_in("bob")
        assert (await me(browser))["name"] == "bob"


async def test_mallory_gets_neither_alices_account_by_address_nor_by_name(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_link_by_email="true") as home:
        await local_account(home.db, "alice", email="alice@home.test")
        async with home.browser() as mallory, home.browser() as alice:
            await mallory.signed_in("mallory")
            assert (await me(mallory))["name"] == "alice-2"
            await alice.signed_in("alice")
            assert (await me(alice))["name"] == "alice"


# --- connecting --------------------------------------------------------------------------------------------------


async def test_somebody_signed_in_connects_an_identity_and_comes_in_with_it(oidc_home: OidcHome) -> None:
    async with oidc_home.browser() as browser:
        await oidc_home.local_admin(browser)
        answer = await browser.sign_in("bob", purpose="connect", next_="/account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert (await me(browser))["name"] == "anna"
        [identity] = (await browser.api("GET", "/api/me/identities")).json()
        assert identity["sub"] == "bob"
    async with oidc_home.browser() as other:
        await other.signed_in("bob")
        assert (await me(other))["name"] == "anna"
    assert await names(oidc_home.db) == ["anna"]


async def test_an_identity_that_is_somebody_elses_is_not_connected(oidc_home: OidcHome) -> None:
    await role_of(oidc_home, "bob")
    async with oidc_home.browser() as browser:
        await oidc_home.local_admin(browser)
        assert sign_in_error(await browser.sign_in("bob", purpose="connect")) is not None
        assert (await browser.api("GET", "/api/me/identities")).json() == []
    assert (await oidc_home.audit())[-1].reason == "oidc_identity_taken"


async def test_connecting_needs_a_recent_sign_in(oidc_home: OidcHome) -> None:
    async with oidc_home.browser() as browser:
        await oidc_home.local_admin(browser)
        await oidc_home.db.fetch("UPDATE session SET authenticated_at = now() - interval '16 minutes'")
        assert "/auth?" not in (await browser.start(purpose="connect")).headers.get("location", "")


async def test_an_administrator_connects_an_identity_in_advance(oidc_home: OidcHome) -> None:
    await local_account(oidc_home.db, "robert")
    [row] = await oidc_home.db.fetch("SELECT id FROM account WHERE name = 'robert'")
    async with oidc_home.browser() as browser:
        await oidc_home.local_admin(browser)
        answer = await browser.api("POST", f"/api/admin/users/{row['id']}/identities", {"sub": "bob"})
        assert answer.status_code == 201, answer.text
    async with oidc_home.browser() as browser:
        await browser.signed_in("bob")
        assert (await me(browser))["name"] == "robert"


async def test_the_last_way_in_is_not_removed(oidc_home: OidcHome) -> None:
    async with oidc_home.browser() as browser:
        await browser.signed_in("bob")
        [identity] = (await browser.api("GET", "/api/me/identities")).json()
        answer = await browser.api("DELETE", f"/api/me/identities/{identity['id']}")
        assert answer.status_code == 409
