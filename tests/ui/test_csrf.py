"""What other pages can make a signed-in browser do here: nothing, also from another port of the very same host.

The server has a name of a home network and plain http, as most have: there Chromium sends no Sec-Fetch headers, and
sends the session's cookie along from every port of the host, whatever SameSite says.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.support import services
from tests.support.browser import PATIENCE_MS, PHOTOS, launch_another, visiting
from tests.support.up import Up
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

NAME, PASSWORD = "anna", "correct horse battery"
HOST = "photos.lan"

#: Pages of others: another app on the same machine, a name below the server's, and a site anywhere.
OTHERS = (HOST, f"music.{HOST}", "evil.example")

#: Each returns when the browser is done with it, whatever came of it. ``to`` is the server's address.
ATTACKS = {
    "fetch": """async (to) => { for (const [path, body] of Object.entries({
            '/api/auth/logout': '', '/api/me/keys': '{"name": "evil", "scopes": ["admin"]}',
            '/api/folders': '{"path": "evil"}', '/api/me/password': '{"new_password": "evil evil evil"}' }))
        for (const type of ['text/plain', 'application/json'])
            for (const mode of ['no-cors', 'cors'])
                await fetch(to + path, { method: 'POST', mode, body, credentials: 'include',
                    headers: { 'Content-Type': type } }).catch(() => null) }""",
    "other methods": """async (to) => { for (const method of ['DELETE', 'PATCH', 'PUT'])
        for (const path of ['/api/me/sessions', '/api/assets/ASSET', '/api/folders'])
            await fetch(to + path, { method, credentials: 'include' }).catch(() => null) }""",
    "beacon": """async (to) => { navigator.sendBeacon(to + '/api/auth/logout')
        navigator.sendBeacon(to + '/api/folders', new Blob(['{"path": "evil"}'], { type: 'text/plain' }))
        await new Promise((done) => setTimeout(done, 300)) }""",
    "looking": """async (to) => { for (const path of ['/api/auth/logout', '/api/assets/ASSET', '/api/me/keys',
            '/api/auth/oidc/callback?code=x&state=y', '/api/auth/state?_method=POST'])
        await new Promise((done) => { const image = new Image(); image.onload = image.onerror = done
            image.src = to + path }) }""",
}

#: A form that the browser sends by itself; ``enctype`` text/plain can spell JSON.
_FORM = """<form method="post" action="{action}" enctype="{enctype}">
    <input name='{name}' value='{value}'></form><script>document.forms[0].submit()</script>"""

FORMS = {
    "log out": {"action": "/api/auth/logout", "enctype": "text/plain", "name": "a", "value": "b"},
    "upload": {"action": "/api/assets", "enctype": "multipart/form-data", "name": "file", "value": "evil"},
    "make a folder": {
        "action": "/api/folders",
        "enctype": "text/plain",
        "name": '{"path": "evil", "x": "',
        "value": '"}',
    },
    "sign in as somebody else": {
        "action": "/api/auth/login",
        "enctype": "text/plain",
        "name": '{"username": "mallory", "password": "correct horse battery", "x": "',
        "value": '"}',
    },
    "sign out from the provider": {
        "action": "/api/auth/oidc/backchannel-logout",
        "enctype": "application/x-www-form-urlencoded",
        "name": "logout_token",
        "value": "x",
    },
}


class _Others(ThreadingHTTPServer):
    """The server of other pages, which takes note of the origins that forms come from."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Blank)
        self.origins: list[str | None] = []


class _Blank(BaseHTTPRequestHandler):
    """A page of others; what it does, the tests put in."""

    server: _Others

    def do_GET(self) -> None:
        """An empty page, whatever is asked for."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title>")

    def do_POST(self) -> None:
        """The same for a form."""
        self.server.origins.append(self.headers.get("Origin"))
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def other_pages() -> Iterator[_Others]:
    server = _Others()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def others(other_pages: _Others) -> int:
    """The port of the other pages."""
    return other_pages.server_port


@dataclass(frozen=True, slots=True)
class Target:
    """A server with one account and one picture, and a browser that is signed in there."""

    url: str
    asset: str
    client: httpx.Client
    context: BrowserContext

    def state(self) -> list[Any]:
        """What an attack would have changed."""
        paths = ("/api/me", "/api/me/keys", "/api/folders", "/api/assets", "/api/trash", "/api/me/sessions")
        found = [self.client.get(path).json() for path in paths]
        # Whether and when a session was used is no change.
        found[-1] = sorted(session["id"] for session in found[-1])
        return found

    def refusals(self) -> int:
        """How many requests that came with the cookie were refused for where they came from."""
        return len(
            self.client.get("/api/admin/audit", params={"action": "csrf", "limit": 500}).json()["items"]
        )

    def is_signed_in(self) -> bool:
        """Whether the browser still is, as who it was."""
        page = self.context.new_page()
        page.goto(f"{self.url}/api/docs")
        name = page.evaluate("fetch('/api/me').then((r) => r.json()).then((me) => me.name)")
        page.close()
        return bool(name == NAME)


@pytest.fixture(scope="module")
def chromium(browser: Browser) -> Iterator[Browser]:
    """A second browser, for which every name is this machine's."""
    other = launch_another(browser, "--host-resolver-rules=MAP * 127.0.0.1")
    yield other
    other.close()


@pytest.fixture(scope="module")
def target(chromium: Browser) -> Iterator[Target]:
    folder = services.new_folder()
    try:
        with (
            Up(folder / "data", TRUSTED_HOSTS=HOST) as up,
            httpx.Client(base_url=up.url, headers={"Origin": up.url}, trust_env=False, timeout=60) as client,
        ):
            account = {"token": up.setup_token(), "username": NAME, "password": PASSWORD}
            assert client.post("/api/auth/setup", json=account).status_code == 201
            photo = min(PHOTOS.iterdir())
            with photo.open("rb") as file:
                made = client.post("/api/assets", files={"file": (photo.name, file)}).json()["asset"]
            url = f"http://{HOST}:{up.port}"
            context = chromium.new_context(base_url=f"{url}/", locale="en-GB")
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto("sign-in")
            page.get_by_label("User name").fill(NAME)
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            expect(page.get_by_role("searchbox")).to_be_visible()
            page.close()
            yield Target(url, made["id"], client, context)
            context.close()
    finally:
        services.remove_folder(folder)


@pytest.fixture
def page(target: Target) -> Iterator[Page]:
    one = target.context.new_page()
    yield one
    one.close()


def test_the_servers_own_page_may(target: Target, page: Page) -> None:
    page.goto(f"{target.url}/api/docs")
    status = page.evaluate(
        """(asset) => fetch('/api/assets/' + asset, { method: 'PATCH', body: '{"description": "mine"}',
            headers: { 'Content-Type': 'application/json' } }).then((r) => r.status)""",
        target.asset,
    )
    assert status == 200


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_scripts_of_other_pages_change_nothing(
    target: Target, page: Page, others: int, host: str, attack: str
) -> None:
    before, refused = target.state(), target.refusals()
    page.goto(f"http://{host}:{others}/")
    page.evaluate(ATTACKS[attack].replace("ASSET", target.asset), target.url)
    assert target.state() == before
    assert target.is_signed_in()
    if host == HOST and attack == "fetch":
        # The cookie did come along: it was the origin that was looked at.
        assert target.refusals() > refused


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("form", FORMS)
def test_forms_of_other_pages_change_nothing(
    target: Target, page: Page, others: int, host: str, form: str
) -> None:
    before = target.state()
    page.goto(f"http://{host}:{others}/")
    fields = FORMS[form]
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.evaluate(
            """([url, fields]) => { const form = document.createElement('form')
                Object.assign(form, { method: 'post', action: url + fields.action, enctype: fields.enctype })
                const input = document.createElement('input')
                Object.assign(input, { name: fields.name, value: fields.value })
                form.append(input); document.body.append(form); form.submit() }""",
            [target.url, fields],
        )
    assert answer.value.status == (404 if "oidc" in fields["action"] else 403)
    assert target.state() == before
    assert target.is_signed_in()


def _says(end: str, said: ConsoleMessage) -> bool:
    return end in said.text


def _in_a_frame(page: Page, frame: str, html: str) -> None:
    page.evaluate(
        """([kind, html]) => { const frame = document.createElement('iframe')
            if (kind === 'srcdoc') { frame.sandbox = 'allow-scripts allow-forms'; frame.srcdoc = html }
            else frame.src = 'data:text/html,' + encodeURIComponent(html)
            document.body.append(frame) }""",
        [frame, html],
    )


@pytest.mark.parametrize("frame", ["srcdoc", "data"])
def test_a_page_without_an_origin_changes_nothing(
    target: Target, page: Page, other_pages: _Others, frame: str
) -> None:
    before = target.state()
    page.goto(f"http://{HOST}:{other_pages.server_port}/")
    for form in FORMS.values():
        status = 404 if "oidc" in form["action"] else 403
        # Not the response itself: of a frame that may not show it, it is not always told.
        with page.expect_console_message(partial(_says, f"status of {status} ()")):
            _in_a_frame(page, frame, _FORM.format(**{**form, "action": target.url + form["action"]}))
    other_pages.origins.clear()
    action = f"http://{HOST}:{other_pages.server_port}/"
    _in_a_frame(page, frame, _FORM.format(**{**FORMS["log out"], "action": action}))
    assert eventually(lambda: other_pages.origins) == ["null"]
    assert target.state() == before
    assert target.is_signed_in()


@pytest.mark.parametrize("host", OTHERS)
def test_other_pages_show_none_of_the_pictures_and_not_the_page_itself(
    target: Target, page: Page, others: int, host: str
) -> None:
    page.goto(f"http://{host}:{others}/")
    seen = page.evaluate(
        """([to, asset]) => Promise.all(['/media/' + asset + '/1/240', '/api/assets/' + asset + '/original'].map(
            (path) => new Promise((done) => { const image = new Image()
                image.onload = () => done(true); image.onerror = () => done(false); image.src = to + path })))""",
        [target.url, target.asset],
    )
    assert seen == [False, False]
    read = page.evaluate(
        "(to) => fetch(to + '/api/me', { credentials: 'include' }).then((r) => r.text(), () => null)",
        target.url,
    )
    assert read is None
    framed = page.evaluate(
        """(to) => new Promise((done) => { const frame = document.createElement('iframe'); frame.src = to + '/'
            frame.onload = () => { try { done(frame.contentWindow.length + frame.contentDocument.title) }
                catch (error) { done('refused') } }; document.body.append(frame) })""",
        target.url,
    )
    assert framed == "refused"


def test_other_pages_get_no_socket(target: Target, page: Page, others: int) -> None:
    page.goto(f"http://{HOST}:{others}/")
    opened = page.evaluate(
        """(to) => new Promise((done) => { const socket = new WebSocket(to.replace('http', 'ws') + '/api/events')
            socket.onopen = () => done(true); socket.onerror = () => done(false) })""",
        target.url,
    )
    assert opened is False


def test_nothing_of_a_credential_is_in_the_pages_storage(target: Target, page: Page) -> None:
    page.goto(f"{target.url}/")
    expect(page.get_by_role("searchbox")).to_be_visible()
    kept = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    secrets = [str(cookie.get("value")) for cookie in target.context.cookies()]
    assert secrets
    assert not [secret for secret in secrets if secret in kept]


def test_the_sign_in_page_keeps_to_its_policy_and_suits_password_managers(
    chromium: Browser, target: Target
) -> None:
    with visiting(chromium, f"{target.url}/") as visitor:
        page = visitor.page
        page.goto("sign-in")
        name, password = page.get_by_label("User name"), page.get_by_label("Password", exact=True)
        expect(name).to_have_attribute("autocomplete", "username")
        expect(password).to_have_attribute("autocomplete", "current-password")
        expect(password).to_have_attribute("type", "password")
        name.fill(NAME)
        password.fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("searchbox")).to_be_visible()
