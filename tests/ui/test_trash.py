"""The trash: what was deleted is brought back, some or all of it, and nothing goes for good by a slip."""

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


def test_some_are_restored_and_the_rest_goes_for_good_once_it_is_said_how_many(house: House) -> None:
    house.person("tessa")
    with house.client("tessa") as tessa:
        ids = [add(tessa, photo) for photo in PICTURES[20:25]]
        for each in ids:
            assert tessa.delete(f"/api/assets/{each}").is_success
    with house.visitor("tessa") as visitor:
        page = visitor.page
        page.goto("trash")
        visitor.pictures(5)
        expect(page.locator(".thumb-mark").first).to_be_visible()
        # A press chooses here, and nothing is opened.
        page.locator(".thumb[data-index='0']").click()
        page.locator(".thumb[data-index='2']").click()
        bar = page.get_by_role("region", name="Chosen pictures")
        expect(bar.get_by_role("status")).to_have_text("2 chosen")
        visitor.shot("trash-chosen")
        assert visitor.axe() == []
        bar.get_by_role("button", name="Restore").click()
        expect(page.get_by_text("2 pictures are back in the library.")).to_be_visible()
        expect(page.locator(".thumb")).to_have_count(3)
        # The way back of the way back.
        page.keyboard.press("Control+z")
        expect(page.locator(".thumb")).to_have_count(5)
        page.get_by_role("button", name="Empty trash").click()
        sheet = page.get_by_role("dialog", name="Delete for good?")
        expect(sheet.get_by_text(re.compile(r"^5 pictures, \d+"))).to_be_visible()
        delete = sheet.get_by_role("button", name="Delete for good")
        expect(delete).to_be_disabled()
        sheet.get_by_label("Type 5 to confirm").fill("4")
        expect(delete).to_be_disabled()
        sheet.get_by_label("Type 5 to confirm").fill("5")
        visitor.shot("trash-empty")
        assert visitor.axe() == []
        delete.click()
        expect(page.get_by_text("5 pictures go for good within minutes.")).to_be_visible()


def test_on_a_phone_all_is_restored_at_once_by_keys_and_the_trash_is_empty(house: House) -> None:
    house.person("timo")
    with house.client("timo") as timo:
        for photo in PICTURES[26:29]:
            assert timo.delete(f"/api/assets/{add(timo, photo)}").is_success
    with house.visitor("timo", color_scheme="dark", **PHONE_SCREEN) as visitor:
        page = visitor.page
        page.goto("trash")
        visitor.pictures(3)
        visitor.shot("trash-phone-dark")
        assert visitor.axe() == []
        page.get_by_role("button", name="Restore all").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
        expect(page.get_by_text("3 pictures are back in the library.")).to_be_visible()
