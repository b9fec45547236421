"""The home's identity provider in the page: the way there and back, and what a person does with it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import services
from tests.support.browser import Visitor, launch_another, visiting
from tests.support.identity_provider import NpmProvider
from tests.support.up import Up, free_port

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@contextmanager
def house(provider: NpmProvider, *, host: str = "localhost", **settings: str) -> Iterator[Up]:
    """A running server that anna has set up and that trusts the provider."""
    port = free_port()
    # Not 127.0.0.1, where the provider is: the two would be one site to the browser.
    origin = f"http://{host}:{port}"
    provider.reset(origins=[origin])
    folder = services.new_folder()
    given = provider.settings(origin) | {"OIDC_BUTTON_TEXT": "Sign in with Home"} | settings
    try:
        with Up(folder / "data", port=port, **given) as up:
            account = {"token": up.setup_token(), "username": "anna", "password": PASSWORD}
            headers = {"Origin": origin, "Host": f"{host}:{port}"}
            made = httpx.post(f"{up.url}/api/auth/setup", json=account, headers=headers, trust_env=False)
            assert made.status_code == 201, made.text
            up.url = origin
            yield up
    finally:
        services.remove_folder(folder)


@contextmanager
def visitor_of(browser: Browser, up: Up, **options: Any) -> Iterator[Visitor]:
    with visiting(browser, f"{up.url}/", **options) as visitor:
        yield visitor
        # The provider has no icon, which browsers ask for.
        visitor.expected("404")


def at_provider(page: Page, name: str) -> None:
    """Sign in at the provider, on its own page."""
    expect(page).to_have_title("Home account")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(f"{name}-pw-{name}")
    page.get_by_role("button", name="Sign in", exact=True).click()


def age_sessions(up: Up) -> None:
    """Let an hour pass since people last proved who they are."""

    async def change() -> None:
        connection = await asyncpg.connect(up.postgres.url)
        await connection.execute("UPDATE session SET authenticated_at = now() - interval '1 hour'")
        await connection.close()

    services.in_thread(change)


def test_a_person_of_the_provider_comes_in_proves_who_they_are_and_goes(
    browser: Browser, running_provider: NpmProvider
) -> None:
    with house(running_provider) as up, visitor_of(browser, up) as bob:
        page = bob.page
        page.goto("folders")
        expect(page.get_by_role("link", name="Sign in with Home")).to_be_visible()
        expect(page.get_by_label("User name")).to_be_visible()
        bob.shot("sign-in-provider")
        assert bob.axe() == []
        page.get_by_role("link", name="Sign in with Home").click()
        at_provider(page, "bob")
        # Back where the person wanted to go.
        expect(page.get_by_role("heading", name="Folders", exact=True)).to_be_visible()
        expect(page).to_have_url(f"{up.url}/folders")
        page.goto("account")
        age_sessions(up)
        connected = page.get_by_role("region", name="The home’s identity provider")
        expect(connected.get_by_role("listitem")).to_have_count(1)
        expect(connected.get_by_role("button", name="Disconnect")).to_be_visible()
        bob.shot("account-provider")
        assert bob.axe() == []
        # Without a password here, the provider's word is the proof; it comes in a window of its own.
        page.get_by_role("button", name="New key").click()
        page.get_by_label("What it is for").fill("backup")
        page.get_by_role("button", name="Make the key").click()
        question = page.get_by_role("dialog", name="Is it you?")
        with page.expect_popup() as opened:
            question.get_by_role("link", name="Sign in with Home").click()
        at_provider(opened.value, "bob")
        expect(page.get_by_role("dialog", name="Your new key")).to_be_visible()
        bob.expected("403")
        page.get_by_role("button", name="Done").click()


def test_the_page_goes_to_the_provider_by_itself_unless_it_is_asked_to_stay(
    browser: Browser, running_provider: NpmProvider
) -> None:
    settings = {"OIDC_AUTO_LAUNCH": "true", "PASSWORD_LOGIN": "false", "ADMIN_SEES_ALL": "true"}
    with house(running_provider, **settings) as up, visitor_of(browser, up) as carla:
        page = carla.page
        page.goto("")
        at_provider(page, "bob")
        expect(page.get_by_role("heading", name="Bring in your first pictures")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Account of ")).first.click()
        page.get_by_role("menuitem", name="Sign out").click()
        # There too; and the page that it leads back to does not go there again at once.
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        page.goto("?local=1")
        expect(page.get_by_text("Passwords are switched off here.")).to_be_visible()
        expect(page.get_by_label("User name")).to_be_hidden()
        # Whoever comes in is told beforehand.
        expect(page.get_by_text("administrators can see everybody’s pictures")).to_be_visible()
        carla.shot("sign-in-provider-alone")
        assert carla.axe() == []
        # What went wrong is said here, and not tried again without an end.
        page.goto("?sign_in_error=provider_unavailable")
        expect(page.get_by_role("alert").filter(has_text="can’t be reached now")).to_be_visible()


def test_who_has_an_account_connects_the_provider_to_it(
    browser: Browser, running_provider: NpmProvider
) -> None:
    with house(running_provider) as up, visitor_of(browser, up) as anna:
        page = anna.page
        anna.signed_in("anna", PASSWORD)
        age_sessions(up)
        page.goto("account")
        connected = page.get_by_role("region", name="The home’s identity provider")
        connected.get_by_role("button", name="Connect").click()
        question = page.get_by_role("dialog", name="Is it you?")
        question.get_by_label("Password", exact=True).fill(PASSWORD)
        question.get_by_role("button", name="Confirm").click()
        at_provider(page, "bob")
        expect(page).to_have_url(f"{up.url}/account")
        connected.get_by_role("button", name="Disconnect").click()
        expect(connected.get_by_role("button", name="Connect")).to_be_visible()


#: What another site's page does with the address at which the way to the provider begins.
FORCED = {
    "goes": "(to) => { location.href = to }",
    "sends a form": """(to) => { const form = document.createElement('form'); form.action = to
        const [name, value] = ['next', '/folders']
        form.append(Object.assign(document.createElement('input'), { name, value }))
        document.body.append(form); form.submit() }""",
    "says that the server had led there": "(to) => { location.href = to + '?moved=true' }",
    "opens a window": "(to) => { window.open(to, 'another') }",
}

#: At localhost Chromium says by Sec-Fetch-Site what led to an address; at a name by plain http, by Referer alone.
HOSTS = ("localhost", "photos.lan")


@pytest.mark.parametrize("host", HOSTS)
def test_another_site_neither_signs_anybody_in_nor_changes_who_is_signed_in(
    browser: Browser, running_provider: NpmProvider, host: str
) -> None:
    names = launch_another(browser, "--host-resolver-rules=MAP * 127.0.0.1")
    with house(running_provider, host=host) as up, visitor_of(names, up) as anna:
        page = anna.page
        page.goto("")
        page.get_by_role("link", name="Sign in with Home").click()
        at_provider(page, "bob")
        expect(page.get_by_role("heading", name="Bring in your first pictures")).to_be_visible()
        # Signed out here alone: the provider still knows bob and would ask nothing.
        anna.context.clear_cookies(name="sid")
        for others in ("http://evil.example", f"http://{host}:18999"):
            forced(anna, others, f"{up.url}/api/auth/oidc/start")
            assert who(anna, up) is None
        anna.signed_in("anna", PASSWORD)
        for others in ("http://evil.example", f"http://{host}:18999"):
            forced(anna, others, f"{up.url}/api/auth/oidc/start")
            assert who(anna, up) == "anna"
        # The page's own link, which the person presses, does go there and back without a question.
        anna.context.clear_cookies(name="sid")
        page.goto("")
        page.get_by_role("link", name="Sign in with Home").click()
        expect(page.get_by_role("heading", name="Bring in your first pictures")).to_be_visible()
        assert who(anna, up) == "bob"
        anna.expected("400", "401")
    names.close()


def forced(visitor: Visitor, others: str, start: str) -> None:
    """Open a page of another site for each thing that it may do with the address, and let each come to its end."""
    context = visitor.context
    context.route(
        f"{others}/*", lambda route: route.fulfill(body="<title>other</title>", content_type="text/html")
    )
    for attack in FORCED.values():
        before = len(context.pages)
        page = context.new_page()
        page.goto(f"{others}/page")
        with context.expect_event(
            "requestfinished", lambda request: request.resource_type == "document" and start in request.url
        ):
            page.evaluate(attack, start)
        for opened in context.pages[before:]:
            opened.wait_for_load_state("networkidle")
            assert start.partition("/api/")[0] in opened.url or others in opened.url, opened.url
            opened.close()


def who(visitor: Visitor, up: Up) -> str | None:
    """The name of who is signed in in this browser."""
    page = visitor.context.new_page()
    page.goto(f"{up.url}/api/docs")
    name = page.evaluate("fetch('/api/me').then((r) => r.json()).then((me) => me.name ?? null)")
    page.close()
    return None if name is None else str(name)
