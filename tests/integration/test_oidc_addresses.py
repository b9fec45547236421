"""Signing in works at every kind of address that an appliance may have, with the cookies that go with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.integration.conftest import OpenOidcHome
from tests.support.identity_provider import NpmProvider
from tests.support.oidc import Browser, OidcHome


@asynccontextmanager
async def browser_at(home: OidcHome, origin: str) -> AsyncIterator[Browser]:
    """A browser to which the appliance is at this origin."""
    mounts = {origin: httpx.ASGITransport(home.web.app, client=("127.0.0.1", 50000))}
    async with httpx.AsyncClient(mounts=mounts, trust_env=False, timeout=30) as client:
        yield Browser(client, origin)


async def test_under_https_its_cookies_are_this_hosts_own(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    origin = "https://photos.home.arpa"
    provider.reset(origins=[origin])
    async with open_oidc_home(provider, public_url=origin) as home, browser_at(home, origin) as browser:
        started = await browser.start()
        [cookie] = started.headers.get_list("set-cookie")
        name, *attributes = [part.strip().lower() for part in cookie.split(";")]
        assert name.startswith("__host-oidc=")
        assert {"path=/", "secure", "httponly", "samesite=lax"} <= set(attributes)
        assert "max-age=600" in attributes
        done = await browser.get(await browser.at_provider(started.headers["location"], "bob"))
        assert any(one.startswith("__Host-sid=") for one in done.headers.get_list("set-cookie"))
        assert (await browser.me()).json()["name"] == "bob"


@pytest.mark.parametrize("next_", ["/", "/albums/7"])
async def test_below_a_path_the_way_back_is_below_it(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, next_: str
) -> None:
    origin = "https://home.home.arpa"
    provider.reset(origins=[f"{origin}/photos"])
    async with (
        open_oidc_home(provider, public_url=f"{origin}/photos") as home,
        browser_at(home, origin) as browser,
    ):
        started = await browser.start(next_=next_)
        back = await browser.at_provider(started.headers["location"], "bob")
        assert back.startswith(f"{origin}/photos/api/auth/oidc/callback?")
        done = await browser.get(back)
        assert done.headers["location"] == f"/photos{next_}"
        assert (await browser.me()).json()["name"] == "bob"


async def test_whoever_comes_by_another_address_begins_at_the_public_one(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider) as home, browser_at(home, "http://192.168.1.20:8020") as browser:
        moved = await browser.start(next_="/albums")
        assert moved.headers["location"].startswith(
            "http://localhost:8020/api/auth/oidc/start?next=%2Falbums"
        )
        assert "set-cookie" not in moved.headers
