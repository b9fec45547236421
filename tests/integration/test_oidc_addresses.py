"""Signing in works at every kind of address that an appliance may have, with the cookies that go with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.integration.conftest import OpenOidcHome
from tests.support.identity_provider import NpmProvider
from tests.support.oidc import Browser, OidcHome, sign_in_error
from tests.support.web import ORIGIN, attributes_of


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
        confirmed = await browser.sign_in("bob", purpose="confirm")
        for answer in (done, confirmed):
            given = attributes_of(answer, "__Host-sid")
            assert {"path=/", "secure", "httponly", "samesite=lax"} <= given
            assert not any(each.startswith("domain") for each in given)
        assert (await browser.me()).json()["name"] == "bob"


async def test_by_plain_http_its_cookies_are_out_of_reach_of_scripts_and_other_sites(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider) as home, home.browser() as browser:
        started = await browser.start()
        [cookie] = started.headers.get_list("set-cookie")
        name = cookie.partition("=")[0]
        assert not name.startswith("__")
        done = await browser.get(await browser.at_provider(started.headers["location"], "bob"))
        confirmed = await browser.sign_in("bob", purpose="confirm")
        for answer, one in ((started, name), (done, "sid"), (confirmed, "sid")):
            given = attributes_of(answer, one)
            assert {"path=/", "httponly", "samesite=lax"} <= given
            assert not {"secure", "samesite=none"} & given


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


async def test_whoever_comes_by_another_address_is_led_to_the_sign_in_page_of_the_public_one(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with (
        open_oidc_home(provider) as home,
        browser_at(home, "http://192.168.1.20:8020") as elsewhere,
        home.browser() as browser,
    ):
        moved = await elsewhere.start(next_="/albums")
        assert moved.headers["location"] == f"{ORIGIN}/sign-in?next=%2Falbums"
        assert "set-cookie" not in moved.headers
        # The page there has the link that begins.
        assert (await browser.signed_in("bob", next_="/albums")).headers["location"] == "/albums"


@pytest.mark.parametrize("says", ["Referer", "Sec-Fetch-Site"])
async def test_behind_a_proxy_that_writes_host_anew_nobody_is_led_in_a_circle(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, says: str
) -> None:
    async with open_oidc_home(provider) as home, home.browser() as browser:
        page = {name: value for name, value in browser.own_page().items() if name == says}
        headers = {"Host": "127.0.0.1:8020", **page}
        url = f"{ORIGIN}/api/auth/oidc/start"
        typed = await browser.client.get(url, headers={"Host": "127.0.0.1:8020", "Sec-Fetch-Site": "none"})
        assert typed.headers["location"] == f"{ORIGIN}/sign-in"
        started = await browser.client.get(url, headers=headers)
        back = await browser.at_provider(started.headers["location"], "bob")
        assert sign_in_error(await browser.get(back)) is None
        assert (await browser.me()).json()["name"] == "bob"
