"""Where one can go: by the rail of wide screens, by the tabs and the sheet of phones, by keys, as far as one may."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, Visitor
from tests.ui.house import House

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def places(page: Page) -> list[str]:
    """What the shown navigation leads to, in its order."""
    shown = page.get_by_role("navigation", name=re.compile("Main|Hauptmenü"))
    names = shown.locator("a.place").all_inner_texts()
    return [name.strip() for name in names]


def test_the_rail_says_where_one_is(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(1)
    rail = page.get_by_role("navigation", name="Main")
    current = rail.locator("a.place[aria-current=page]")
    expect(current).to_have_text("Photos")
    rail.get_by_role("link", name="Favourites").click()
    expect(page).to_have_url(re.compile(r"q=is(:|%3A)favourite"))
    expect(current).to_have_text("Favourites")
    expect(page.get_by_role("searchbox")).to_have_value("is:favourite")
    rail.get_by_role("link", name="Folders").click()
    expect(current).to_have_text("Folders")
    # What is in a folder is part of the folders.
    page.get_by_role("link", name="Trips/Summer").click()
    visitor.pictures(1)
    expect(current).to_have_text("Folders")
    rail.get_by_role("link", name="Photos").click()
    expect(page).to_have_url(re.compile(r"/$"))
    expect(current).to_have_text("Photos")
    assert visitor.axe() == []


def test_the_administration_is_one_line_of_the_rail_and_opens_by_keys(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(1)
    opener = page.get_by_role("navigation", name="Main").get_by_role("button", name="Administration")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Activity").click()
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    # The keyboard goes on where the new screen begins.
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("visitor", [{"viewport": {"width": 900, "height": 700}}], indirect=True)
def test_a_narrower_rail_shows_signs_that_keep_their_names(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("folders")
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Folders")
    box = link.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (44, 44)
    assert link.get_attribute("title") == "Folders"
    assert visitor.axe() == []


@pytest.mark.parametrize(
    ("visitor", "more", "title", "account", "kind"),
    [
        (PHONE_SCREEN, "More", "More places", "Account of anna", "phone"),
        (
            PHONE_SCREEN | {"color_scheme": "dark", "locale": "de-DE"},
            "Mehr",
            "Weitere Orte",
            "Konto von anna",
            "phone-dark-german",
        ),
    ],
    indirect=["visitor"],
)
def test_a_phone_has_five_tabs_and_a_sheet_with_the_rest(
    visitor: Visitor, more: str, title: str, account: str, kind: str
) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(1)
    tabs = page.locator(".tabs > .place")
    expect(tabs).to_have_count(5)
    for index in range(5):
        box = tabs.nth(index).bounding_box()
        assert box is not None
        assert box["height"] >= 44
    opener = page.get_by_role("button", name=more, exact=True)
    opener.click()
    sheet = page.get_by_role("dialog", name=title)
    expect(sheet).to_be_visible()
    visitor.shot(f"navigation-{kind}")
    assert visitor.axe() == []
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    # Everything is a tab or in the sheet, and going there closes it.
    opener.click()
    sheet.locator("a[href$='/trash']").click()
    expect(sheet).to_be_hidden()
    expect(page).to_have_url(re.compile("/trash$"))
    expect(opener).to_have_attribute("data-current", "true")
    opener.click()
    expect(sheet.locator("a[aria-current=page]")).to_have_count(1)
    sheet.get_by_role("button", name=account).click()
    page.get_by_role("menuitem").first.click()
    expect(page).to_have_url(re.compile("/account$"))
    expect(sheet).to_be_hidden()


def test_whoever_only_looks_is_offered_what_they_may(house: House) -> None:
    house.person("nils", "viewer")
    with house.visitor("nils") as nils:
        assert places(nils.page)[0] == "Photos"
        for name in ("Favourites", "Trash"):
            expect(nils.page.get_by_role("link", name=name)).to_have_count(0)
        expect(nils.page.get_by_role("button", name="Administration")).to_have_count(0)
        nils.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        nils.page.get_by_role("button", name="More", exact=True).click()
        expect(nils.page.get_by_role("dialog").get_by_role("button", name="Account of nils")).to_be_visible()
        expect(nils.page.get_by_role("dialog").get_by_role("heading", name="Administration")).to_have_count(0)
