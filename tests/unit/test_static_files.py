"""The built page: its files, its addresses, and what happens without it."""

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.support.web import ORIGIN
from web.app import Page
from web.static_files import StaticFiles

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def static(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text('<!doctype html><head><base href="/" /><title>x</title></head>')
    script = b"console.log(1);" * 100
    (root / "assets" / "main-abc.js").write_bytes(script)
    (root / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(script))
    (root / "assets" / "main-abc.js.br").write_bytes(b"brotli")
    (root / "favicon.svg").write_text("<svg/>")
    (root / ".secret.json").write_text("{}")
    (tmp_path / "outside.json").write_text("{}")
    (root / "link.json").symlink_to(tmp_path / "outside.json")
    return root


def browser(static: Path, base_path: str = "") -> httpx.AsyncClient:
    page = Page(StaticFiles(static, base_path=base_path))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await page(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)


async def test_hashed_files_are_kept_for_ever_and_others_asked_for_again(static: Path) -> None:
    async with browser(static) as client:
        hashed = await client.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
        icon = await client.get("/favicon.svg")
        same = await client.get("/favicon.svg", headers={"If-None-Match": icon.headers["etag"]})
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["content-type"].startswith("text/javascript")
    assert icon.headers["cache-control"] == "no-cache"
    assert (same.status_code, same.content) == (304, b"")


async def test_the_best_compressed_file_that_the_browser_takes_is_sent(static: Path) -> None:
    async with browser(static) as client:
        plain = await client.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
        zipped = await client.get("/assets/main-abc.js", headers={"Accept-Encoding": "gzip, br;q=0"})
        async with client.stream(
            "GET", "/assets/main-abc.js", headers={"Accept-Encoding": "gzip, deflate, br"}
        ) as best:
            raw = b"".join([piece async for piece in best.aiter_raw()])
    assert "content-encoding" not in plain.headers
    assert (zipped.headers["content-encoding"], zipped.content) == ("gzip", plain.content)
    assert (best.headers["content-encoding"], raw) == ("br", b"brotli")
    assert best.headers["content-type"].startswith("text/javascript")
    assert {answer.headers["vary"] for answer in (plain, zipped, best)} == {"Accept-Encoding"}
    assert len({answer.headers["etag"] for answer in (plain, zipped, best)}) == 3


@pytest.mark.parametrize("path", ["/", "/search", "/asset/5", "/index.html", "/deep/link.thing"])
async def test_every_address_inside_the_page_is_the_page(static: Path, path: str) -> None:
    async with browser(static) as client:
        answer = await client.get(path, headers=HTML)
        again = await client.get(path, headers=HTML | {"If-None-Match": answer.headers["etag"]})
    assert answer.status_code == 200
    assert '<base href="/"' in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/assets/missing.js", HTML),
        ("/missing.svg", {"Accept": "image/*"}),
        ("/api/missing", HTML),
        ("/media/missing", HTML),
        ("/.secret.json", {}),
        ("/link.json", {}),
        ("/assets/../../outside.json", {}),
        ("/%2e%2e/outside.json", {}),
        ("/assets/%2e%2e/%2e%2e/outside.json", {}),
        ("/assets//etc/passwd.json", {}),
        ("/favicon.svg%00", {}),
        ("/favicon.svg/", {}),
    ],
)
async def test_what_is_not_there_is_a_problem_and_never_the_page(
    static: Path, path: str, headers: dict[str, str]
) -> None:
    async with browser(static) as client:
        answer = await client.get(path, headers={"Accept": "*/*"} | headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_below_a_path_the_page_says_so_to_the_browser(static: Path) -> None:
    async with browser(static, "/photos") as client:
        answer = await client.get("/", headers=HTML)
    assert '<base href="/photos/"' in answer.text


async def test_without_a_build_it_says_how_to_make_one(tmp_path: Path) -> None:
    async with browser(tmp_path / "nothing") as client:
        answer = await client.get("/", headers=HTML)
    assert answer.status_code == 503
    assert "make ui" in answer.text
    assert "<script" not in answer.text


async def test_the_bare_address_is_the_page_for_tools_as_well(static: Path) -> None:
    async with browser(static) as client:
        assert (await client.get("/", headers={"Accept": "*/*"})).status_code == 200
        assert (await client.get("/search", headers={"Accept": "*/*"})).status_code == 404
