"""A server below a path of a shared host name, whether the proxy takes the path off or not."""

from pathlib import Path

from tests.conftest import MakeSettings
from tests.support.web import open_web


async def test_it_answers_below_its_path_and_without_it(
    make_settings: MakeSettings, database_url: str, tmp_path: Path
) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "index.html").write_text('<base href="/" />')
    address = "http://home.example/photos"
    settings = make_settings(database_url=database_url, clip_model="not-there", public_url=address)
    async with (
        open_web(settings, static=static) as web,
        web.client(origin="http://home.example", base_url="http://home.example") as browser,
    ):
        for path in ("/photos/api/auth/state", "/api/auth/state"):
            assert (await browser.get(path)).json()["setup_needed"] is True
        for path in ("/photos", "/photos/", "/photos/search", "/search"):
            page = await browser.get(path, headers={"Accept": "text/html"})
            assert '<base href="/photos/"' in page.text
        await web.set_up(browser)
        assert (await browser.get("/photos/api/me")).json()["name"] == "anna"
