"""What leaves by itself: seen day by day before it goes, and kept."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE, PHOTOS
from tests.ui.house import House, add

pytestmark = pytest.mark.browser

PICTURES = sorted(PHOTOS.iterdir())
PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def test_what_leaves_is_counted_by_day_and_some_of_it_is_kept(house: House) -> None:
    house.person("lena")
    with house.client("lena") as lena:
        for photo, ttl in zip(PICTURES[30:36], ("30m", "5h", "3d", "3d", "20d", "200d"), strict=True):
            add(lena, photo, ttl=ttl)
    with house.visitor("lena") as visitor:
        page = visitor.page
        link = page.get_by_role("link", name="Leaving soon")
        expect(link).to_contain_text("4")
        link.click()
        visitor.pictures(5)
        expect(page.get_by_text("5 pictures,")).to_be_visible()
        expect(page.get_by_role("rowheader", name=re.compile("2 pictures")).last).to_be_visible()
        expect(page.get_by_text("Under an hour")).to_be_visible()
        expect(page.get_by_text("4 hours")).to_be_visible()
        expect(page.locator(".thumb-mark[data-tone=soon]").first).to_contain_text("3 days")
        visitor.shot("leaving")
        assert visitor.axe() == []
        page.locator(".thumb[data-index='0']").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Keep always", exact=True).click()
        expect(page.get_by_text("1 picture is kept always.")).to_be_visible()
        expect(page.locator(".thumb")).to_have_count(4)
        page.keyboard.press("Control+z")
        expect(page.locator(".thumb")).to_have_count(5)
        page.get_by_role("button", name="1 year").click()
        expect(page.locator(".thumb")).to_have_count(6)
        # Where one was is in the address.
        expect(page).to_have_url(re.compile(r"days=365$"))
        page.locator(".thumb").last.click()
        expect(page.get_by_test_id("viewer-image")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".thumb").last).to_be_focused()


def test_on_a_phone_longer_is_given_to_some_and_all_are_kept_at_once(house: House) -> None:
    house.person("lars")
    with house.client("lars") as lars:
        for photo in PICTURES[37:40]:
            add(lars, photo, ttl="5d")
    with house.visitor("lars", color_scheme="dark", **PHONE_SCREEN) as visitor:
        page = visitor.page
        page.get_by_role("button", name="More").tap()
        page.get_by_role("link", name="Leaving soon").tap()
        visitor.pictures(3)
        page.locator(".thumb[data-index='0']").focus()
        page.keyboard.press("Space")
        visitor.shot("leaving-phone-dark")
        assert visitor.axe() == []
        page.get_by_role("button", name="Keep longer").tap()
        page.get_by_role("menuitem", name="30 days").tap()
        expect(page.get_by_text("1 picture is kept as you said.")).to_be_visible()
        expect(page.locator(".thumb")).to_have_count(2)
        page.get_by_role("button", name="Keep all always").tap()
        expect(page.get_by_role("heading", name="Nothing leaves soon")).to_be_visible()
        visitor.shot("leaving-none-phone-dark")
        with house.client("lars") as lars:
            own = [asset for asset in lars.get("/api/assets").json()["items"] if asset["mine"]]
            assert sum(asset["expires_at"] is None for asset in own) == 2
