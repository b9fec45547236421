"""What each kind of answer tells the browser that it may do with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import Message

from tests.conftest import MakeSettings
from tests.support.home import picture
from tests.support.uploads import stored
from tests.support.web import Web, open_web

HTTPS = "https://photos.example.org"


@asynccontextmanager
async def over_https(
    make_settings: MakeSettings, database_url: str, **more: object
) -> AsyncIterator[tuple[Web, httpx.AsyncClient]]:
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        clip_model="not-there",
        public_url=HTTPS,
        **more,
    )
    async with open_web(settings) as web, web.client(origin=HTTPS, base_url=HTTPS) as browser:
        yield web, browser


@pytest.fixture
async def answers(bare_web: Web) -> dict[str, httpx.Response]:
    """One answer of each kind that there is."""
    async with bare_web.signed_in() as browser:
        asset = await stored(browser, picture(1), "Ünser Hund;.jpg")
        original = f"/api/assets/{asset['id']}/original"
        rendition = f"/media/{asset['id']}/{asset['media_version']}/240"
        first = await browser.get(rendition)
        found = {
            "json": await browser.get("/api/me"),
            "list": await browser.get("/api/assets"),
            "problem": await browser.get("/api/assets?nonsense=1"),
            "nothing": await browser.get("/api/nothing"),
            "method": await browser.put("/api/me"),
            "preflight": await browser.options("/api/assets", headers={"Origin": "http://evil.example"}),
            "stranger's host": await browser.get("/api/me", headers={"Host": "evil.example"}),
            "cross-site": await browser.post("/api/auth/logout", headers={"Origin": "null"}),
            "page": await browser.get("/", headers={"Accept": "text/html"}),
            "docs": await browser.get("/api/docs"),
            "document": await browser.get("/api/openapi.json"),
            "style": await browser.get("/api/docs.css"),
            "rendition": first,
            "known rendition": await browser.get(rendition, headers={"If-None-Match": first.headers["etag"]}),
            "original": await browser.get(original),
            "download": await browser.get(original, params={"download": "true"}),
            "range": await browser.get(original, headers={"Range": "bytes=0-9"}),
            "head": await browser.head(original),
            "login": await browser.post("/api/auth/logout"),
        }
    async with bare_web.client() as stranger:
        found["refused"] = await stranger.get(original)
    return found


async def test_every_kind_of_answer_is_fenced_in(answers: dict[str, httpx.Response]) -> None:
    for kind, answer in answers.items():
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff", kind
        assert headers["x-frame-options"] == "DENY", kind
        assert headers["referrer-policy"] == "same-origin", kind
        assert headers["cross-origin-resource-policy"] == "same-origin", kind
        assert "camera=()" in headers["permissions-policy"], kind
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), kind
        assert "frame-ancestors 'none'" in policy, kind
        assert "unsafe" not in policy and "*" not in policy and "http:" not in policy, kind
        assert not {name for name in headers if name.startswith("access-control-")}, kind
        assert not {"server", "x-powered-by", "strict-transport-security"} & set(headers), kind
        assert headers["cache-control"] != "public" or kind == "page", kind


async def test_only_the_page_may_run_anything_and_only_its_own_files(
    answers: dict[str, httpx.Response],
) -> None:
    for kind, answer in answers.items():
        policy = answer.headers["content-security-policy"]
        if kind not in {"page", "docs"}:
            assert policy.endswith("; sandbox"), kind
            continue
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["script-src"] == "'self'"
        assert rules["connect-src"] == rules["form-action"] == rules["base-uri"] == "'self'"
        assert rules["object-src"] == "'none'"


async def test_data_is_not_kept_and_pictures_are_kept_for_this_person_alone(
    answers: dict[str, httpx.Response],
) -> None:
    for kind in ("json", "list", "problem", "nothing", "refused", "login"):
        assert answers[kind].headers["cache-control"] == "no-store", kind
    for kind in ("rendition", "known rendition", "original", "download", "range", "head"):
        headers = answers[kind].headers
        assert headers["cache-control"].startswith("private"), kind
        assert headers["vary"] == "Cookie, Authorization", kind


async def test_the_server_makes_the_names_of_files(answers: dict[str, httpx.Response]) -> None:
    assert answers["rendition"].headers["content-disposition"].startswith('inline; filename="')
    in_full = "filename*=UTF-8''%C3%9Cnser%20Hund%3B.jpg"
    for kind, disposition in (("original", "inline"), ("range", "inline"), ("download", "attachment")):
        given = answers[kind].headers["content-disposition"]
        assert given == f'{disposition}; filename="_nser Hund;.jpg"; {in_full}', kind
    assert answers["rendition"].headers["content-type"] == "image/webp"
    assert answers["original"].headers["content-type"] == "image/jpeg"
    assert answers["refused"].status_code == 401
    assert answers["refused"].headers["content-type"] == "application/problem+json"


async def test_other_origins_are_told_nothing_also_when_they_ask_first(
    answers: dict[str, httpx.Response],
) -> None:
    assert answers["preflight"].status_code == 405


async def test_https_for_good_is_said_when_the_owner_says_so_and_only_under_https(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with over_https(make_settings, database_url, hsts_days=365) as (_, browser):
        for path in ("/", "/api/nothing", "/api/auth/state"):
            answer = await browser.get(path)
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_https_for_good_is_not_said_by_itself(make_settings: MakeSettings, database_url: str) -> None:
    async with over_https(make_settings, database_url) as (_, browser):
        assert "strict-transport-security" not in (await browser.get("/api/auth/state")).headers


async def test_plain_http_never_says_https_for_good(make_settings: MakeSettings, database_url: str) -> None:
    settings = make_settings(database_url=database_url, clip_model="not-there", hsts_days=365)
    async with open_web(settings) as web, web.client() as browser:
        assert "strict-transport-security" not in (await browser.get("/api/auth/state")).headers


@pytest.mark.parametrize("path", ["/", "/api/events", "/api/assets", "/media/x"])
async def test_there_are_no_web_sockets(home: Web, path: str) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost:8020"), (b"origin", b"http://localhost:8020")],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8020),
        "scheme": "ws",
        "subprotocols": [],
    }
    await home.app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_strangers_on_the_network_are_not_told_why_a_part_is_missing(home: Web) -> None:
    for peer, is_told in (("127.0.0.1", True), ("::1", True), ("192.168.1.7", False)):
        async with home.client(peer=peer) as browser:
            body = (await browser.get("/api/health/ready")).json()
            assert (await browser.get("/metrics")).status_code == 404
        assert body["missing"] == ["queue", "model"]
        assert any(part["detail"] for part in body["parts"]) is is_told


async def test_a_page_that_the_browser_has_keeps_its_policy_when_it_is_told_so(bare_web: Web) -> None:
    async with bare_web.client() as stranger:
        page = await stranger.get("/", headers={"Accept": "text/html"})
        known = {"Accept": "text/html", "If-None-Match": page.headers["etag"]}
        again = await stranger.get("/", headers=known)
    assert again.status_code == 304
    # Browsers put these headers in the place of those that they have.
    assert again.headers["content-security-policy"] == page.headers["content-security-policy"]
