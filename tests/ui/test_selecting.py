"""Choosing pictures: with the mouse, with keys, with a finger."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PHONE, Visitor

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def chosen(page: Page) -> Locator:
    return page.locator("[role=gridcell][aria-selected=true]")


def thumb(page: Page, number: int) -> Locator:
    return page.locator(f".thumb[data-index='{number}']")


def test_a_mouse_chooses_by_the_check_mark_and_ranges_with_shift(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+street")
    visitor.pictures(8)
    assert page.get_by_role("grid").get_attribute("aria-multiselectable") == "true"
    thumb(page, 1).hover()
    thumb(page, 1).locator(".thumb-check").click()
    expect(chosen(page)).to_have_count(1)
    expect(page.get_by_role("dialog")).to_be_hidden()
    # Now a click chooses wherever it is, and Shift takes all between.
    thumb(page, 4).click(modifiers=["Shift"])
    expect(chosen(page)).to_have_count(4)
    visitor.shot("selecting-desktop")
    assert visitor.axe() == []
    thumb(page, 2).click(modifiers=["Shift"])
    expect(chosen(page)).to_have_count(2)
    thumb(page, 6).click()
    expect(chosen(page)).to_have_count(3)
    thumb(page, 1).click()
    expect(chosen(page)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(chosen(page)).to_have_count(0)
    thumb(page, 1).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_keys_choose_one_a_range_and_all(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+cat")
    visitor.pictures(4)
    thumb(page, 0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(chosen(page)).to_have_count(1)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(chosen(page)).to_have_count(3)
    page.keyboard.press("Shift+ArrowLeft")
    expect(chosen(page)).to_have_count(2)
    expect(page.locator(":focus")).to_have_attribute("data-index", "2")
    page.keyboard.press("Control+a")
    assert chosen(page).count() == page.locator(".thumb").count() > 8
    # Enter opens still; Escape there closes the picture, and what is chosen stays.
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert chosen(page).count() > 8
    page.keyboard.press("Escape")
    expect(chosen(page)).to_have_count(0)


def test_what_is_chosen_is_forgotten_on_another_screen(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+dog")
    visitor.pictures(4)
    thumb(page, 0).focus()
    page.keyboard.press("Space")
    expect(chosen(page)).to_have_count(1)
    page.keyboard.press("/")
    page.keyboard.press("Control+a")
    page.keyboard.type("a bus")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?q=a\+bus$"))
    expect(chosen(page)).to_have_count(0)


@pytest.mark.parametrize("visitor", [PHONE_SCREEN], indirect=True)
def test_a_finger_that_stays_chooses_and_then_taps_choose(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+dog")
    visitor.pictures(4)
    box = thumb(page, 1).bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    expect(chosen(page)).to_have_count(1)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    thumb(page, 3).tap()
    expect(chosen(page)).to_have_count(2)
    visitor.shot("selecting-phone")
    assert visitor.axe() == []
    thumb(page, 1).tap()
    thumb(page, 3).tap()
    expect(chosen(page)).to_have_count(0)
    thumb(page, 3).tap()
    expect(page.get_by_role("dialog")).to_be_visible()
