"""The keys of the page: all of them shown on `?`, and the last change taken back by one."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE, Visitor

pytestmark = pytest.mark.browser


def test_all_keys_are_shown_on_a_question_mark_and_the_focus_comes_back(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    first = page.locator(".thumb").first
    first.focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys.get_by_role("heading", name="Everywhere")).to_be_visible()
    expect(keys.get_by_role("heading", name="In the open picture")).to_be_visible()
    expect(keys.get_by_role("definition").filter(has_text="Go to the search box")).to_be_visible()
    visitor.shot("keys")
    assert visitor.axe() == []
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(first).to_be_focused()


def test_a_question_mark_in_the_search_box_is_only_written(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.keyboard.press("/")
    page.keyboard.type("?")
    expect(page.get_by_role("searchbox")).to_have_value("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("visitor", [{"viewport": PHONE, "color_scheme": "dark"}], indirect=True)
def test_the_keys_are_found_in_the_menu_as_well(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.get_by_role("button", name="More").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Account of anna")).click()
    page.get_by_role("menuitem", name="Keyboard").click()
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    visitor.shot("keys-phone-dark")
    assert visitor.axe() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More")).to_be_focused()
