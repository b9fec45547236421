"""The search box: what it suggests, how it shows what it understood, and what it says of what it did not."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import DESKTOP, PHONE, Visitor
from tests.support.waiting import eventually
from tests.ui.conftest import Library

pytestmark = pytest.mark.browser

PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
SCREENS = [pytest.param({"viewport": DESKTOP}, id="desktop"), pytest.param(PHONE_SCREEN, id="phone")]

ON_BOTH = pytest.mark.parametrize("visitor", SCREENS, indirect=True)


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox")


def parts(page: Page) -> Locator:
    return page.get_by_role("list", name="Parts of the search").get_by_role("button")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


@pytest.fixture
def forgetful(library: Library) -> None:
    """Nothing was looked for yet."""
    assert library.client.delete("/api/recent-searches").is_success


@ON_BOTH
def test_what_is_being_written_goes_on_with_a_suggestion(visitor: Visitor, forgetful: None) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    box(page).click()
    page.keyboard.type("a dog gar")
    garden = options(page).filter(has_text="garden")
    expect(garden).to_contain_text("8 pictures")
    box_at, list_at = box(page).bounding_box(), page.locator(".suggestions").bounding_box()
    assert box_at is not None
    assert list_at is not None
    assert list_at["y"] >= box_at["y"] + box_at["height"]
    if page.evaluate("innerWidth") < 760:
        assert (list_at["x"], list_at["width"]) == (0, page.evaluate("innerWidth"))
        visitor.shot("suggestions-phone")
    else:
        visitor.shot("suggestions-desktop")
    assert visitor.axe() == []
    garden.click()
    expect(box(page)).to_have_value("a dog tag:garden ")
    expect(box(page)).to_be_focused()
    expect(options(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?q=a\+dog\+tag%3Agarden$"))
    expect(parts(page)).to_have_text(["a dog", "Tag: garden"])
    page.go_back()
    expect(box(page)).not_to_have_value(re.compile("tag:"))


def test_suggestions_are_gone_through_with_keys_and_told_to_screen_readers(
    visitor: Visitor, forgetful: None
) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("fol")
    expect(options(page).first).to_be_visible()
    expect(page.get_by_role("search").get_by_role("status")).to_have_text(re.compile(r"^\d suggestions?$"))
    page.keyboard.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    row = options(page).filter(has_text="folder:")
    for _ in range(8):
        if row.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    expect(row).to_have_attribute("aria-selected", "true")
    assert box(page).get_attribute("aria-activedescendant") == row.get_attribute("id")
    assert box(page).get_attribute("aria-controls") == page.get_by_role("listbox").get_attribute("id")
    page.keyboard.press("Enter")
    # A filter's name goes on with its values.
    expect(box(page)).to_have_value("folder:")
    expect(options(page).filter(has_text="Trips/Summer")).to_be_visible()
    page.keyboard.type("summ")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("folder:/Trips/Summer ")
    expect(page.locator(".thumb")).to_have_count(7)
    # Escape closes the list, empties the box, and leaves it.
    page.keyboard.type("gar")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("folder:/Trips/Summer gar")
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")
    eventually(lambda: page.url.endswith("/"))
    page.keyboard.press("Escape")
    expect(page.locator("main")).to_be_focused()


def test_what_one_looked_for_is_offered_again_and_forgotten(visitor: Visitor, forgetful: None) -> None:
    page = visitor.page
    for query in ("a red bus", "a kitchen"):
        page.goto(f"?q={query.replace(' ', '+')}")
        visitor.pictures()
    box(page).press("Escape")
    expect(box(page)).to_have_value("")
    page.keyboard.press("ArrowDown")
    expect(options(page)).to_have_text([re.compile("a kitchen"), re.compile("a red bus")])
    visitor.shot("recent-searches")
    assert visitor.axe() == []
    page.keyboard.press("ArrowDown")
    expect(options(page).first).to_have_accessible_description("Shift and Delete forget this search")
    page.keyboard.press("Shift+Delete")
    expect(options(page)).to_have_count(1)
    options(page).filter(has_text="a red bus").click()
    expect(box(page)).to_have_value("a red bus")
    expect(page).to_have_url(re.compile(r"\?q=a\+red\+bus$"))
    box(page).press("Escape")
    box(page).click()
    expect(options(page)).to_have_count(1)
    page.get_by_role("button", name="Forget all searches").click()
    expect(options(page)).to_have_count(0)


@ON_BOTH
def test_each_part_of_a_search_is_a_chip_that_can_be_taken_away(visitor: Visitor) -> None:
    page = visitor.page
    page.goto('?q=2*beach + sunset -people -"traffic light" tag:garden,sea -folder:Trips'.replace("+", "%2B"))
    expect(parts(page)).to_have_text(
        ["2 × beach", "sunset", "people", "“traffic light”", "Tag: garden or sea", "Folder: Trips"]
    )
    expect(page.get_by_role("button", name="Take away: not people")).to_be_visible()
    visitor.shot(f"parts-{page.evaluate('innerWidth')}")
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="Take away: not people").click()
    expect(box(page)).to_have_value('2*beach + sunset -"traffic light" tag:garden,sea -folder:Trips')
    page.get_by_role("button", name="Take away: sunset").press("Enter")
    expect(box(page)).to_have_value('2*beach -"traffic light" tag:garden,sea -folder:Trips')
    page.get_by_role("button", name="Take away: not Folder: Trips").press("Enter")
    expect(page.get_by_role("button", name="Take away: Tag: garden or sea")).to_be_focused()
    for name in ("Tag: garden or sea", "not “traffic light”", "2 × beach"):
        page.get_by_role("button", name=f"Take away: {name}", exact=True).click()
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()
    page.go_back()
    expect(box(page)).to_have_value("2*beach")


def test_what_is_not_understood_is_said_and_mended_and_the_rest_is_searched(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a dog before:yesterdy 12:30 foldr:x")
    visitor.pictures(4)
    said = page.locator(".query-flaws li")
    expect(said).to_contain_text(
        [
            "“before:yesterdy” says no day, month or year",
            "“foldr:” is no filter, so it is searched for as a word",
        ]
    )
    visitor.shot("flaws")
    assert visitor.axe() == []
    page.get_by_role("button", name="Write before:yesterday").click()
    expect(box(page)).to_have_value("a dog before:yesterday 12:30 foldr:x")
    expect(said).to_have_count(1)
    page.get_by_role("button", name="Write folder:").click()
    expect(said).to_have_count(0)
    # What may just not be finished is not complained about before one is done.
    box(page).fill('a "dog')
    expect(page).to_have_url(re.compile(r"\?q=a\+%22dog$"))
    expect(page.get_by_role("grid")).to_have_attribute("aria-busy", "false")
    expect(said).to_have_count(0)
    box(page).press("Enter")
    expect(said).to_contain_text(["The quotation mark is never closed"])


@pytest.mark.parametrize("visitor", [{"locale": "de-DE"}], indirect=True)
def test_it_speaks_german(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=2,5*Hund -Katze is:favourit tag:garden,see")
    expect(page.get_by_role("list", name="Teile der Suche").get_by_role("button")).to_have_text(
        ["2,5 × Hund", "Katze", "Ist: favourit", "Schlagwort: garden oder see"]
    )
    expect(page.get_by_text("Möglich sind favourite, expiring, untagged und undated")).to_be_visible()
    expect(page.get_by_role("button", name="is:favourite schreiben")).to_be_visible()
    visitor.shot("parts-german")
    assert visitor.axe() == []


def test_long_and_foreign_texts_are_taken_as_far_as_the_server_takes_them(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    long = "🚲 " * 5000
    box(page).fill(long)
    expect(page.get_by_text("Only the first 1000 characters are searched for.")).to_be_visible()
    box(page).press("Enter")
    expect(page).to_have_url(re.compile("q="))
    expect(page.get_by_role("grid", name="Nearest pictures")).to_be_visible()
    expect(box(page)).to_have_value(long)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    # The address is one that the server takes as well.
    page.reload()
    expect(page.get_by_role("grid", name="Nearest pictures")).to_be_visible()
    box(page).fill("שקיעה -ים tag:🏖️")
    box(page).press("Enter")
    expect(parts(page)).to_have_text(["שקיעה", "ים", "Tag: 🏖️"])
    assert page.evaluate("getComputedStyle(document.querySelector('input[type=search]')).direction") == "rtl"
    visitor.shot("right-to-left")
    visitor.expected("404")
