"""The timeline: everything by the day on which it was taken, whatever its size, and one's place in it."""

import asyncio
import re
import threading
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from appliance.db.engine import open_database
from tests.support import services
from tests.support.browser import PHONE, PHOTOS, Visitor, visiting
from tests.support.up import Up
from tests.support.waiting import eventually
from tests.ui.house import PASSWORD

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}

#: From today back over the years, three a day, and some without a date.
_DATES = """
UPDATE asset SET taken_at = CASE
    WHEN k.n > 50 THEN NULL
    WHEN k.n <= 3 THEN now()::date + interval '1 hour' + k.n * interval '1 minute'
    WHEN k.n <= 6 THEN now()::date - interval '1 hour' - k.n * interval '1 minute'
    ELSE timestamp '2025-12-24 12:00' - interval '40 days' * ((k.n - 7) / 3) - k.n * interval '1 minute' END
FROM (SELECT id, row_number() OVER (ORDER BY filename) AS n FROM asset) k WHERE k.id = asset.id
"""

_SHIFTS = """new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
        if (!entry.hadRecentInput) window.shifted = (window.shifted ?? 0) + entry.value
}).observe({ type: 'layout-shift', buffered: true })"""

_TOP = """() => {
    const seen = [...document.querySelectorAll('.thumb')].find((one) => one.getBoundingClientRect().top > 100)
    return seen && [seen.getAttribute('aria-label'), Math.round(seen.getBoundingClientRect().top)]
}"""

_BLANK = """() => [...document.querySelectorAll('.thumb')].filter((one) => {
    const color = getComputedStyle(one).backgroundColor
    return color === '' || color === 'rgba(0, 0, 0, 0)'
}).length"""


@pytest.fixture(scope="module")
def dated(browser: Browser) -> Iterator[tuple[Up, httpx.Client]]:
    """A server with all photos of the suite, of which most have a date."""
    folder = services.new_folder()
    try:
        with (
            Up(folder / "data") as up,
            httpx.Client(base_url=up.url, headers={"Origin": up.url}, trust_env=False, timeout=60) as anna,
        ):
            account = {"token": up.setup_token(), "username": "anna", "password": PASSWORD}
            made = anna.post("/api/auth/setup", json=account)
            assert made.status_code == 201, made.text
            for photo in sorted(PHOTOS.iterdir()):
                with photo.open("rb") as file:
                    assert anna.post("/api/assets", files={"file": (photo.name, file)}).is_success
            _run(up.postgres.url, _DATES)
            yield up, anna
    finally:
        services.remove_folder(folder)


def _run(url: str, sql: str) -> None:
    async def run() -> None:
        async with open_database(url, pool_size=1) as db:
            await db.fetch(sql)

    # Playwright has a loop of its own in this thread.
    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()


@pytest.fixture
def guest(
    browser: Browser, dated: tuple[Up, httpx.Client], request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    up, anna = dated
    with visiting(browser, f"{up.url}/", **getattr(request, "param", {})) as one:
        one.context.add_cookies(
            [{"name": each.name, "value": str(each.value), "url": up.url} for each in anna.cookies.jar]
        )
        yield one


def _scroll_to(page: Page, place: int) -> None:
    page.evaluate(f"scrollTo(0, {place})")
    eventually(lambda: page.evaluate("scrollY") == place)


@pytest.mark.parametrize("guest", [{}, PHONE_SCREEN], indirect=True, ids=["desktop", "phone"])
def test_pictures_stand_by_day_and_nothing_moves_while_they_come(guest: Visitor, browser: Browser) -> None:
    page = guest.page
    page.add_init_script(_SHIFTS)
    page.goto("")
    guest.pictures(4)
    today = page.get_by_role("heading", name="Today")
    expect(today).to_be_visible()
    expect(page.get_by_role("heading", name="Yesterday")).to_be_attached()
    assert page.evaluate("window.shifted ?? 0") < 0.001
    width = page.evaluate("innerWidth")
    guest.shot(f"timeline-{width}")
    assert guest.axe() == []
    for place in (900, 1800, 2700):
        _scroll_to(page, place)
        assert page.evaluate(_BLANK) == 0
    guest.pictures(4)
    assert page.evaluate("document.querySelectorAll('*').length") <= 400
    assert page.evaluate("window.shifted ?? 0") < 0.001
    assert guest.axe() == []
    guest.shot(f"timeline-down-{width}")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.get_by_role("heading", name="Without a date")).to_be_attached()


def test_the_scrubber_goes_to_any_month_by_keys_and_by_mouse(guest: Visitor) -> None:
    page = guest.page
    page.goto("")
    guest.pictures(4)
    slider = page.get_by_role("slider", name="Go to a month")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "Without a date")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(slider).to_have_attribute("aria-valuetext", "December 2025")
    expect(page.get_by_role("heading", name="December 2025")).to_be_visible()
    guest.shot("timeline-scrubber")
    box = page.locator(".scrubber-track").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] * 0.6, steps=4)
    expect(page.locator(".scrubber-label")).to_be_visible()
    page.mouse.up()
    assert page.evaluate("scrollY") > 1000
    guest.pictures(4)


def test_the_place_is_kept_when_one_reloads_and_when_one_comes_back(guest: Visitor) -> None:
    page = guest.page
    page.goto("")
    guest.pictures(4)
    _scroll_to(page, 1700)
    guest.pictures(4)
    place = eventually(lambda: page.evaluate(_TOP))
    eventually(lambda: page.evaluate("Object.keys(sessionStorage).some((key) => key.startsWith('place:'))"))
    page.reload()
    guest.pictures(4)
    eventually(lambda: (page.evaluate(_TOP) or [None])[0] == place[0])
    assert abs(page.evaluate(_TOP)[1] - place[1]) < 5
    page.get_by_role("link", name="Trash").first.click()
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    page.go_back()
    guest.pictures(4)
    eventually(lambda: (page.evaluate(_TOP) or [None])[0] == place[0])
    assert abs(page.evaluate(_TOP)[1] - place[1]) < 5


def test_pictures_come_and_go_without_moving_what_is_looked_at(
    guest: Visitor, dated: tuple[Up, httpx.Client]
) -> None:
    page, (_, anna) = guest.page, dated
    page.goto("")
    guest.pictures(4)
    _scroll_to(page, 1700)
    guest.pictures(4)
    place = eventually(lambda: page.evaluate(_TOP))
    # The first of all is deleted elsewhere; the page sees it by itself.
    newest = page.evaluate("document.querySelector('.photo-grid').getAttribute('aria-rowcount')")
    first = anna.get("/api/timeline/buckets/2025-12").json()["id"][0]
    assert anna.delete(f"/api/assets/{first}").is_success
    page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    eventually(
        lambda: (
            page.evaluate("document.querySelector('.photo-grid').getAttribute('aria-rowcount')") != newest
            or anna.get("/api/timeline/buckets/2025-12").json()["id"][:1] != [first]
        )
    )
    assert page.evaluate(_TOP)[0] == place[0]
    assert abs(page.evaluate(_TOP)[1] - place[1]) < 5
    assert anna.post(f"/api/assets/{first}/restore").is_success


def test_the_viewer_goes_through_all_of_it_from_an_address_too(
    guest: Visitor, dated: tuple[Up, httpx.Client]
) -> None:
    page, (_, anna) = guest.page, dated
    december = anna.get("/api/timeline/buckets/2025-12").json()
    page.goto(f"?photo={december['id'][-1]}")
    shown = page.get_by_test_id("viewer-image")
    expect(shown).to_have_attribute("alt", december["filename"][-1])
    page.get_by_role("button", name=re.compile("^Next")).click()
    expect(shown).not_to_have_attribute("alt", december["filename"][-1])
    assert shown.get_attribute("alt") not in december["filename"]
    page.keyboard.press("ArrowLeft")
    expect(shown).to_have_attribute("alt", december["filename"][-1])
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_attribute(
        "aria-label", re.compile(re.escape(december["filename"][-1]))
    )


def test_a_range_takes_what_was_never_on_the_screen(guest: Visitor) -> None:
    page = guest.page
    page.goto("")
    guest.pictures(4)
    page.locator(".thumb").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+End")
    expect(page.locator(":focus")).to_have_attribute("data-index", "55")
    chosen = page.locator("[role=gridcell][aria-selected=true]")
    eventually(lambda: chosen.count() == page.locator(".thumb").count())
    page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
