"""Narrowing the library: by what there is, with counts, in the address, on a desktop and on a phone."""

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, Visitor
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)


def test_what_there_is_to_choose_from_is_counted_and_each_choice_is_dropped_by_itself(
    visitor: Visitor,
) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.get_by_role("button", name="Folder", exact=True).click()
    page.get_by_role("button", name="Trips/Summer 7").click()
    expect(page.locator(".thumb")).to_have_count(7)
    page.get_by_role("button", name="Tags", exact=True).click()
    dialog = page.get_by_role("dialog", name="Tags")
    dialog.get_by_role("button", name=re.compile("^garden 1$")).click()
    expect(page.locator(".thumb")).to_have_count(1)
    visitor.shot("filter-tags")
    assert visitor.axe() == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert asked(page) == {"folder": ["Trips/Summer"], "tag": ["garden"]}
    # The same after a reload, and as many steps back as were taken.
    page.reload()
    expect(page.locator(".thumb")).to_have_count(1)
    page.get_by_role("button", name="Stop narrowing to: Trips/Summer").click()
    expect(page.locator(".thumb")).to_have_count(8)
    page.get_by_role("button", name="Stop narrowing to: garden").click()
    visitor.pictures(9)
    assert asked(page) == {}


def test_days_are_typed_and_what_is_the_wrong_way_round_is_said(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.get_by_role("button", name="When").click()
    page.get_by_label("From").fill("2001-05-01")
    page.get_by_label("To", exact=True).fill("2000-01-01")
    expect(page.get_by_text("The first day is after the last one.")).to_be_visible()
    eventually(lambda: asked(page) == {"from": ["2001-05-01"]})
    page.get_by_label("To", exact=True).fill("2002-12-31")
    eventually(lambda: asked(page) == {"from": ["2001-05-01"], "to": ["2002-12-31"]})
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="Without “1 May 2001 – 31 December 2002”").click()
    visitor.pictures(4)


@pytest.mark.parametrize(
    "visitor",
    [PHONE_SCREEN | {"color_scheme": "dark", "locale": "de-DE"}],
    indirect=True,
)
def test_on_a_phone_a_sheet_has_all_that_narrows(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+dog&strength=loose")
    visitor.pictures(1)
    page.get_by_role("button", name="Filter", exact=True).tap()
    sheet = page.get_by_role("dialog", name="Filter")
    sheet.get_by_role("button", name="Querformat").tap()
    eventually(lambda: asked(page).get("orientation") == ["landscape"])
    sheet.get_by_label("Höchstens").select_option("5000000")
    eventually(lambda: asked(page).get("max_bytes") == ["5000000"])
    visitor.shot("filters-phone-dark-german")
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    sheet.get_by_role("button", name=re.compile("Bilde?r? zeigen$")).tap()
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Nicht mehr einschränken auf: Querformat")).to_be_visible()
    assert asked(page)["q"] == ["a dog"]
    page.get_by_role("button", name="Filter 2").tap()
    sheet.get_by_role("button", name="Alle aufheben").tap()
    eventually(lambda: asked(page) == {"q": ["a dog"], "strength": ["loose"]})
