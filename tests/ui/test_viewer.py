"""One picture, as large as the window: zoomed, swiped, rated, deleted, and calm where it can't be shown."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, PHOTOS, Visitor
from tests.support.waiting import eventually
from tests.ui.house import House, add

pytestmark = pytest.mark.browser

PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
FILES = sorted(PHOTOS.iterdir())


@contextmanager
def somebody(house: House, name: str, count: int = 4) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A new member at the API with pictures, whose ids come in the order of the page: the latest first."""
    house.person(name)
    with house.client(name) as client:
        ids = [add(client, photo) for photo in FILES[:count]]
        yield client, ids[::-1]


def opened(visitor: Visitor, number: int = 0) -> Page:
    """The page with a picture of the grid open."""
    page = visitor.page
    page.goto("")
    visitor.pictures(1)
    page.locator(".thumb").nth(number).click()
    expect(page.get_by_test_id("viewer-image")).to_be_visible()
    return page


def swipe(page: Page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Move a finger."""
    touch = page.context.new_cdp_session(page)
    steps = 8
    for kind, part in [("touchStart", 0), *(("touchMove", n) for n in range(1, steps + 1))]:
        x, y = (a + (b - a) * part / steps for a, b in zip(start, end, strict=True))
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def pinch(page: Page, apart: tuple[int, int]) -> None:
    """Spread two fingers in the middle of a phone."""
    touch = page.context.new_cdp_session(page)
    for kind, gap in [("touchStart", apart[0]), ("touchMove", sum(apart) // 2), ("touchMove", apart[1])]:
        points = [{"x": 195 - gap, "y": 420, "id": 0}, {"x": 195 + gap, "y": 420, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_large_picture_is_zoomed_down_to_its_own_pixels(house: House, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    Image.effect_noise((3600, 2400), 80).convert("RGB").save(large, quality=80)
    with somebody(house, "zoe", 2) as (client, _):
        add(client, large)
        with house.visitor("zoe") as visitor:
            page = opened(visitor)
            stage = page.locator(".stage")
            original = page.get_by_test_id("viewer-original")
            expect(original).to_have_count(0)
            page.keyboard.press("z")
            expect(original).to_be_visible()
            # Its own pixels, one on one of the screen.
            eventually(
                lambda: page.evaluate(
                    "Math.abs(document.querySelector('.slide img[data-testid=viewer-image]')"
                    ".getBoundingClientRect().width - 3600) < 2"
                )
            )
            before = page.get_by_test_id("viewer-image").bounding_box()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Shift+ArrowRight")
            after = page.get_by_test_id("viewer-image").bounding_box()
            assert before is not None
            assert after is not None
            assert after["y"] < before["y"]
            assert after["x"] < before["x"]
            page.keyboard.press("0")
            expect(stage).to_have_attribute("data-zoomed", "false")
            for zoom, whole in (("+", "-"), ("z", "z")):
                page.keyboard.press(zoom)
                expect(stage).to_have_attribute("data-zoomed", "true")
                page.keyboard.press(whole)
                expect(stage).to_have_attribute("data-zoomed", "false")
            page.mouse.move(700, 450)
            page.mouse.wheel(0, -400)
            expect(stage).to_have_attribute("data-zoomed", "true")
            page.mouse.dblclick(700, 450)
            expect(stage).to_have_attribute("data-zoomed", "false")
            # A picture beside it starts whole, and the page below stood still.
            page.keyboard.press("+")
            page.keyboard.press("ArrowRight")
            expect(stage).to_have_attribute("data-zoomed", "false")
            assert page.evaluate("scrollY") == 0


def test_stars_and_favourites_are_given_with_keys_and_outlive_an_undone_delete(house: House) -> None:
    with somebody(house, "stella") as (client, ids), house.visitor("stella") as visitor:
        page = opened(visitor)
        page.keyboard.press("f")
        expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("2")
        page.keyboard.press("4")
        expect(page.get_by_text("4 stars")).to_be_visible()
        visitor.shot("viewer-stars")
        # At once: what was changed a moment ago is on its way still.
        page.keyboard.press("Delete")
        expect(page).to_have_url(re.compile(ids[1]))
        toast = page.get_by_role("region", name="Messages")
        expect(toast.get_by_text("is in the trash")).to_be_visible()
        assert client.get(f"/api/assets/{ids[0]}").json()["state"] == "trashed"
        toast.get_by_role("button", name="Undo").click()
        eventually(lambda: client.get(f"/api/assets/{ids[0]}").json()["state"] == "active")
        asset = client.get(f"/api/assets/{ids[0]}").json()
        assert (asset["rating"], asset["favourite"]) == (4, True)
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
        # The same stars once more take them away.
        page.keyboard.press("4")
        eventually(lambda: client.get(f"/api/assets/{ids[0]}").json()["rating"] is None)
        page.keyboard.press(" ")
        expect(page.get_by_test_id("viewer-image")).to_be_visible()
        page.keyboard.press(".")
        expect(page).to_have_url(re.compile(rf"like={ids[0]}"))


def test_a_change_that_can_t_be_saved_is_taken_back_and_tried_again(house: House) -> None:
    with somebody(house, "otto", 2) as (client, ids), house.visitor("otto") as visitor:
        page = opened(visitor)
        favourite = page.get_by_role("button", name="Favourite")
        expect(favourite).to_have_attribute("aria-pressed", "false")
        visitor.context.set_offline(True)
        favourite.click()
        toast = page.get_by_text("Not saved: The server can't be reached")
        expect(toast).to_be_visible()
        expect(favourite).to_have_attribute("aria-pressed", "false")
        visitor.context.set_offline(False)
        page.get_by_role("button", name="Try again").click()
        expect(favourite).to_have_attribute("aria-pressed", "true")
        eventually(lambda: client.get(f"/api/assets/{ids[0]}").json()["favourite"] is True)
        # Meanwhile somebody else put it in the trash.
        client.delete(f"/api/assets/{ids[0]}")
        page.keyboard.press("3")
        expect(page.get_by_text("Not saved: It is in the trash")).to_be_visible()
        expect(page.get_by_role("button", name="Take out of the trash")).to_be_visible()
        visitor.expected("ERR_INTERNET_DISCONNECTED", "409")


def test_a_picture_that_can_t_be_read_says_why_and_comes_back(house: House) -> None:
    with somebody(house, "ruth", 2) as (_, ids), house.visitor("ruth") as visitor:
        storage, cache = house.up.data / "storage", house.up.data / "cache"
        away = storage.with_name("storage-away")
        page = visitor.page
        page.goto("")
        visitor.pictures(2)
        for rendition in cache.rglob(f"*{ids[0]}*"):
            shutil.rmtree(rendition) if rendition.is_dir() else rendition.unlink()
        storage.rename(away)
        try:
            page.goto(f"?photo={ids[0]}")
            expect(page.get_by_text("The picture can't be shown")).to_be_visible()
            expect(page.get_by_text("The photo storage is not connected").last).to_be_visible()
            visitor.shot("viewer-failed")
            assert visitor.axe() == []
        finally:
            away.rename(storage)
        page.get_by_role("dialog").get_by_role("button", name="Try again").click()
        expect(page.get_by_test_id("viewer-image")).to_be_visible()
        expect(page.get_by_text("The picture can't be shown")).to_be_hidden()
        visitor.expected("503")


def test_addresses_of_pictures_that_are_not_in_the_list_lead_to_a_calm_face(house: House) -> None:
    with somebody(house, "lena", 3) as (client, ids), house.visitor("lena") as visitor:
        page = visitor.page
        # In the library, but not among what was found.
        client.patch(f"/api/assets/{ids[1]}", json={"tags": ["sea"]})
        page.goto(f"?tag=sea&photo={ids[0]}")
        expect(page.get_by_test_id("viewer-image")).to_be_visible()
        expect(page.get_by_role("button", name="Next picture")).to_have_count(0)
        # In the trash.
        client.delete(f"/api/assets/{ids[2]}")
        page.goto(f"?photo={ids[2]}")
        expect(page.get_by_text(re.compile("^In the trash until"))).to_be_visible()
        expect(page.get_by_role("button", name="Move to trash")).to_have_count(0)
        visitor.shot("viewer-in-trash")
        assert visitor.axe() == []
        page.get_by_role("button", name="Take out of the trash").click()
        expect(page.get_by_role("button", name="Move to trash")).to_be_visible()
        assert client.get(f"/api/assets/{ids[2]}").json()["state"] == "active"
        # Nowhere.
        page.goto("?photo=00000000-0000-4000-8000-000000000000")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
            "This picture is not here any more"
        )
        visitor.shot("viewer-gone")
        assert visitor.axe() == []
        page.get_by_role("button", name="Close").click()
        visitor.pictures(3)
        visitor.expected("404")


def test_fingers_pinch_tap_and_swipe_up_for_the_details(house: House) -> None:
    with somebody(house, "paula") as _, house.visitor("paula", **PHONE_SCREEN) as visitor:
        page = opened(visitor)
        stage = page.locator(".stage")
        visitor.shot("viewer-phone-bar")
        assert visitor.axe() == []
        pinch(page, (30, 90))
        expect(stage).to_have_attribute("data-zoomed", "true")
        page.touchscreen.tap(195, 420)
        page.touchscreen.tap(195, 420)
        expect(stage).to_have_attribute("data-zoomed", "false")
        # One tap takes the tools away, another brings them back.
        frame = page.locator(".viewer-frame")
        page.touchscreen.tap(195, 300)
        expect(frame).to_have_attribute("data-bare", "true")
        page.touchscreen.tap(195, 300)
        expect(frame).to_have_attribute("data-bare", "false")
        first = page.get_by_test_id("viewer-image").get_attribute("alt")
        page.get_by_role("button", name="Next picture").tap()
        expect(page.get_by_test_id("viewer-image")).not_to_have_attribute("alt", str(first))
        swipe(page, (200, 600), (205, 300))
        expect(page.get_by_role("complementary", name="Details")).to_be_visible()


def test_the_picture_fills_the_screen_and_the_focus_comes_back(house: House) -> None:
    with somebody(house, "fred") as _, house.visitor("fred") as visitor:
        page = opened(visitor, 1)
        page.get_by_role("button", name="Full screen").click()
        expect(page.get_by_role("button", name="Leave full screen")).to_be_visible()
        assert page.evaluate("document.fullscreenElement !== null")
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        eventually(lambda: page.evaluate("document.fullscreenElement === null"))
        expect(page.locator(":focus")).to_have_attribute("data-index", "1")
