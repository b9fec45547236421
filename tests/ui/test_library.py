"""The library as people use it: searching, looking, adding again, with keys, on a phone, with a part missing."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESKTOP, PHONE, PHOTOS, SMALLEST, Visitor, visiting
from tests.support.waiting import eventually
from tests.ui.conftest import Library

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
SMALLEST_SCREEN = PHONE_SCREEN | {"viewport": SMALLEST}

_SHIFTS = """new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
        if (!entry.hadRecentInput) window.shifted = (window.shifted ?? 0) + entry.value
}).observe({ type: 'layout-shift', buffered: true })"""

_IN_VIEW = """() => {
    const thumb = [...document.querySelectorAll('.thumb')].find((one) => one.getBoundingClientRect().top > 200)
    const box = thumb.getBoundingClientRect()
    return [thumb.dataset.index, box.left + 20, box.top + 20]
}"""

_OVERLAPS = """() => {
    const boxes = [...document.querySelectorAll('.thumb')].map((thumb) => thumb.getBoundingClientRect())
    return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
        a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5)).length
}"""


def test_nothing_moves_while_pictures_arrive_and_none_overlap(visitor: Visitor) -> None:
    visitor.page.add_init_script(_SHIFTS)
    for address in ("", "?q=a+kitchen"):
        visitor.page.goto(address)
        visitor.pictures(8)
        assert visitor.page.evaluate("window.shifted ?? 0") < 0.001
        assert visitor.page.evaluate(_OVERLAPS) == 0
    visitor.shot("search-desktop")


def test_results_keep_their_place_when_one_comes_back(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+street")
    visitor.pictures(8)
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 900)
    eventually(lambda: page.evaluate("scrollY > 500"))
    place = page.evaluate("scrollY")
    number, x, y = page.evaluate(_IN_VIEW)
    page.mouse.click(x, y)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("scrollY") == place
    expect(page.locator(":focus")).to_have_attribute("data-index", str(number))
    # Also when the search itself was left.
    place = page.evaluate("scrollY")
    page.get_by_role("link", name="Trash").first.click()
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    page.go_back()
    visitor.pictures(4)
    eventually(lambda: abs(page.evaluate("scrollY") - place) < 5)


def test_typing_searches_by_itself_and_back_leads_to_the_library(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.keyboard.press("/")
    page.keyboard.type("a train ")
    expect(page).to_have_url(re.compile(r"\?q=a\+train$"))
    page.keyboard.type("on tracks")
    expect(page).to_have_url(re.compile(r"\?q=a\+train\+on\+tracks$"))
    expect(page.get_by_role("searchbox")).to_have_value("a train on tracks")
    expect(page.locator(".thumb").first).to_have_attribute("aria-label", re.compile("^coco_000000014473"))
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def test_everything_can_be_done_with_keys(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+cat")
    visitor.pictures(4)
    page.locator(".thumb").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_have_attribute("data-index", "1")
    page.keyboard.press("End")
    expect(page.locator(":focus")).to_have_attribute("data-index", "55")
    page.keyboard.press("Home")
    expect(page.locator(":focus")).to_have_attribute("data-index", "0")
    page.keyboard.press("ArrowDown")
    below = page.locator(":focus").get_attribute("data-index")
    assert below is not None
    assert int(below) > 1
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog")
    expect(viewer).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    expect(viewer.locator(".stage")).to_have_attribute("data-zoomed", "true")
    page.keyboard.press("0")
    expect(viewer.locator(".stage")).to_have_attribute("data-zoomed", "false")
    page.keyboard.press("i")
    expect(viewer.get_by_role("complementary", name="Details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_attribute("data-index", str(int(below) + 1))


def test_more_like_this_and_filters_narrow_the_library(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+motorcycle")
    visitor.pictures(4)
    page.locator(".thumb").first.click()
    page.get_by_role("button", name="More like this").click()
    expect(page.get_by_text("Pictures like this one")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?like=[0-9a-f-]{36}$"))
    expect(page.get_by_role("grid")).to_have_attribute("aria-busy", "false")
    visitor.pictures(4)
    visitor.shot("more-like-this")
    page.get_by_role("button", name="Stop searching for pictures like this").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("button", name="Folder").click()
    page.get_by_role("menuitem", name="Trips/Summer").click()
    expect(page.locator(".thumb")).to_have_count(7)
    page.get_by_role("button", name="Stop narrowing to: Trips/Summer").click()
    page.get_by_role("button", name="Tags").click()
    page.get_by_role("menuitem", name="garden").click()
    expect(page.locator(".thumb")).to_have_count(8)


def test_known_files_send_no_bytes_and_refused_ones_say_why(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    known = sorted(PHOTOS.iterdir())[:3]
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "broken.jpg").write_bytes(known[0].read_bytes()[:4000])
    visitor.drop([*known, tmp_path / "notes.txt", tmp_path / "empty.jpg", tmp_path / "broken.jpg"])
    tray = page.get_by_role("region", name="Pictures being added")
    expect(tray.get_by_text("Already in your library")).to_have_count(3)
    expect(tray.get_by_text("Not a picture of a kind that can be read")).to_be_visible()
    expect(tray.get_by_text("The file is empty")).to_be_visible()
    expect(tray.get_by_text("Damaged or cut short")).to_be_visible()
    visitor.shot("refused")
    assert visitor.axe() == []
    sent = [line for line in visitor.requests if line.startswith("POST") and line.endswith("/api/assets")]
    assert len(sent) == 1
    # The tray stays while one goes elsewhere.
    page.get_by_role("link", name="Trash").first.click()
    expect(tray.get_by_text("Already in your library")).to_have_count(3)
    tray.get_by_role("button", name="Open coco").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    visitor.expected("422", "415", "400")


def test_a_volume_that_is_gone_is_said_and_searching_goes_on(visitor: Visitor, library: Library) -> None:
    page = visitor.page
    storage = library.up.data / "storage"
    away = storage.with_name("storage-away")
    storage.rename(away)
    try:
        page.goto("?q=a+bus")
        expect(page.get_by_role("alert")).to_have_text(re.compile("^The photo storage is not connected"))
        visitor.pictures(4)
        visitor.shot("volume-missing")
        assert visitor.axe() == []
    finally:
        away.rename(storage)


def test_a_server_that_is_away_is_said_and_found_again(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    visitor.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("alert")).to_have_text("The server can't be reached. Trying again…")
    visitor.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)
    visitor.expected("ERR_INTERNET_DISCONNECTED")


def test_an_address_of_a_picture_leads_through_signing_in_to_it(
    browser: Browser, visitor: Visitor, library: Library
) -> None:
    photo = library.client.get("/api/assets?limit=1").json()["items"][0]["id"]
    with visiting(browser, f"{library.up.url}/") as stranger:
        stranger.page.goto(f"?photo={photo}")
        expect(stranger.page).to_have_url(re.compile("/sign-in"))
        stranger.page.get_by_label("User name").fill("anna")
        stranger.page.get_by_label("Password", exact=True).fill("correct horse battery")
        stranger.page.get_by_role("button", name="Sign in").click()
        expect(stranger.page.get_by_role("dialog")).to_be_visible()
    visitor.page.goto("?photo=00000000-0000-4000-8000-000000000000")
    expect(visitor.page.get_by_role("alert")).to_be_visible()
    visitor.expected("404")


@pytest.mark.parametrize(
    ("visitor", "name"),
    [
        ({"viewport": DESKTOP}, "desktop"),
        ({"viewport": DESKTOP, "color_scheme": "dark"}, "dark"),
        ({"viewport": DESKTOP, "locale": "de-DE"}, "german"),
        ({"viewport": {"width": 900, "height": 1000}}, "tablet"),
        (PHONE_SCREEN, "phone"),
        (PHONE_SCREEN | {"color_scheme": "dark"}, "phone-dark"),
        (SMALLEST_SCREEN | {"locale": "de-DE"}, "smallest-german"),
    ],
    indirect=["visitor"],
)
def test_every_screen_is_clean_on_every_device(visitor: Visitor, name: str) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    visitor.shot(f"library-{name}")
    assert visitor.axe() == []
    page.get_by_role("navigation").get_by_role("button", name=re.compile("Add|Hinzu")).first.click()
    expect(page.get_by_role("menu")).to_be_visible()
    visitor.shot(f"add-{name}")
    page.keyboard.press("Escape")
    page.goto("?q=a+dog")
    visitor.pictures(4)
    visitor.shot(f"results-{name}")
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator(".thumb").first.click()
    expect(page.get_by_test_id("viewer-image")).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_role("complementary")).to_be_visible()
    visitor.shot(f"viewer-{name}")
    assert visitor.axe() == []


@pytest.mark.parametrize("visitor", [PHONE_SCREEN], indirect=True)
def test_a_finger_swipes_to_the_next_picture_and_pulls_the_viewer_away(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+dog")
    visitor.pictures(4)
    page.locator(".thumb").first.tap()
    expect(page.get_by_test_id("viewer-image")).to_be_visible()
    first = page.get_by_test_id("viewer-image").get_attribute("alt")
    touch = page.context.new_cdp_session(page)

    def swipe(start: tuple[int, int], end: tuple[int, int]) -> None:
        steps = 8
        for kind, part in [("touchStart", 0), *(("touchMove", n) for n in range(1, steps + 1))]:
            x, y = (a + (b - a) * part / steps for a, b in zip(start, end, strict=True))
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe((340, 400), (60, 410))
    expect(page.get_by_test_id("viewer-image")).not_to_have_attribute("alt", str(first))
    swipe((60, 400), (340, 410))
    expect(page.get_by_test_id("viewer-image")).to_have_attribute("alt", str(first))
    swipe((200, 300), (205, 600))
    expect(page.get_by_role("dialog")).to_be_hidden()
