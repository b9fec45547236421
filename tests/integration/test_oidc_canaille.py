"""Signing in at Canaille, a second provider that is nobody's test double: its own pages, claims and habits."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.conftest import OpenOidcHome
from tests.support.identity_provider import Provider, canaille
from tests.support.oidc import OidcHome, sign_in_error
from tests.support.web import ORIGIN


@pytest.fixture(scope="module")
def canaille_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with canaille(tmp_path_factory.mktemp("canaille"), ORIGIN) as provider:
        yield provider


async def signed_in(home: OidcHome, name: str) -> dict[str, Any]:
    async with home.browser() as browser:
        await browser.signed_in(name)
        return dict((await browser.me()).json())


async def test_people_and_their_groups_come_in(
    canaille_provider: Provider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(canaille_provider, oidc_admin_group="admins") as home:
        alice, bob = await signed_in(home, "alice"), await signed_in(home, "bob")
        assert [(one["name"], one["role"], one["email"]) for one in (alice, bob)] == [
            ("Alice Home", "admin", "alice@home.test"),
            ("Bob Home", "member", "bob@home.test"),
        ]
        assert (await signed_in(home, "alice"))["id"] == alice["id"]


async def test_an_address_that_it_never_calls_verified_links_nobody(
    canaille_provider: Provider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(canaille_provider, oidc_link_by_email="true") as home:
        await home.db.fetch(
            "INSERT INTO account (id, name, role, email, email_verified)"
            " VALUES (gen_random_uuid(), 'robert', 'member', 'bob@home.test', true)"
        )
        assert (await signed_in(home, "bob"))["name"] == "Bob Home"


async def test_signing_out_ends_its_session_too(
    canaille_provider: Provider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(canaille_provider) as home, home.browser() as browser:
        await browser.signed_in("bob")
        redirect = (await browser.api("POST", "/api/auth/logout")).json()["redirect"]
        assert (await browser.me()).status_code == 401
        assert (await browser.at_provider(redirect, "bob")).startswith(f"{ORIGIN}/?signed_out=1")
        started = await browser.start()
        page = await browser.client.get(started.headers["location"], follow_redirects=True)
        assert 'name="login"' in page.text, "it asks who is there"


async def test_its_rotation_of_keys_is_followed(
    canaille_provider: Provider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(canaille_provider) as home:
        await signed_in(home, "bob")
        assert canaille_provider.tell("rotate") == "rotated"
        assert (await signed_in(home, "bob"))["name"] == "Bob Home"


async def test_the_algorithm_none_that_it_announces_is_no_reason_to_take_it(
    canaille_provider: Provider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(canaille_provider, oidc_signing_alg="ES256") as home, home.browser() as browser:
        assert sign_in_error(await browser.sign_in("bob")) == "sign_in_refused"
        assert (await home.audit())[-1].reason == "oidc_alg"
