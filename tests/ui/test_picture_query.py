"""A picture as a query: dropped on the box, pasted, chosen; beside words; refused; and no longer known."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import DESKTOP, PHONE, PHOTOS, Visitor

pytestmark = pytest.mark.browser

PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
PHOTO = next(photo for photo in sorted(PHOTOS.iterdir()) if photo.suffix == ".jpg")

HANDLE = re.compile(r"[?&]like=[\w-]{200,}")

_PASTE = """async ([address, name]) => {
    const blob = await (await fetch(address)).blob()
    const data = new DataTransfer()
    data.items.add(new File([blob], name, { type: 'image/jpeg' }))
    document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }))
}"""


def first_result(page: Page) -> None:
    """The picture itself is what looks most like it."""
    expect(page.locator(".thumb").first).to_have_attribute("aria-label", re.compile(f"^{PHOTO.name}"))


def uploads(visitor: Visitor) -> list[str]:
    sent = [line for line in visitor.requests if line.startswith("POST ")]
    return [line for line in sent if line.endswith(("/api/assets", "/api/assets/check", "/api/transfers"))]


@pytest.mark.parametrize(
    "visitor",
    [pytest.param({"viewport": DESKTOP}, id="desktop"), pytest.param(PHONE_SCREEN, id="phone")],
    indirect=True,
)
def test_a_picture_that_is_chosen_finds_what_looks_like_it_beside_words(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.get_by_test_id("pick-query").set_input_files(PHOTO)
    expect(page).to_have_url(HANDLE)
    first_result(page)
    chip = page.get_by_role("button", name="Picture to be like: Like this")
    expect(chip.locator("img")).to_have_attribute("src", re.compile("^data:image/jpeg"))
    visitor.pictures()
    visitor.shot(f"own-picture-{page.evaluate('innerWidth')}")
    assert visitor.axe() == []
    # The address says all of it.
    page.reload()
    first_result(page)
    expect(chip.locator("img")).to_be_visible()
    page.get_by_role("searchbox").fill("a red bus")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile(r"q=a\+red\+bus"))
    expect(page).to_have_url(HANDLE)
    chip.click()
    page.get_by_role("menuitemradio", name="Twice").click()
    expect(page).to_have_url(re.compile("like_weight=2"))
    expect(page.get_by_role("button", name="Picture to be like: 2 ×")).to_be_visible()
    page.get_by_role("button", name="Picture to be like").click()
    page.get_by_role("menuitemradio", name="Not like this picture").click()
    expect(page).to_have_url(re.compile("like_weight=-1"))
    expect(page.get_by_role("grid")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".thumb").first).not_to_have_attribute("aria-label", re.compile(f"^{PHOTO.name}"))
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="Stop searching for pictures like this").click()
    expect(page).to_have_url(re.compile(r"\?q=a\+red\+bus$"))
    page.go_back()
    expect(page.get_by_role("button", name="Picture to be like")).to_be_visible()
    assert uploads(visitor) == []


def test_a_picture_is_dropped_on_the_box_or_pasted_there_and_not_uploaded(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    visitor.drop([PHOTO], ".search-box")
    expect(page).to_have_url(HANDLE)
    expect(page.locator(".drop-zone")).to_have_count(0)
    first_result(page)
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Backspace")
    expect(page.get_by_role("button", name="Picture to be like")).to_have_count(0)
    address = page.locator(".thumb img").first.get_attribute("src")
    page.get_by_role("searchbox").focus()
    page.evaluate(_PASTE, [address, "pasted.jpg"])
    expect(page).to_have_url(HANDLE)
    expect(page.get_by_role("button", name="Picture to be like")).to_be_visible()
    assert uploads(visitor) == []


def test_what_is_no_picture_is_refused_at_the_box_and_nothing_is_lost(
    visitor: Visitor, tmp_path: Path
) -> None:
    page = visitor.page
    page.goto("?q=a+dog")
    visitor.pictures(4)
    broken, empty = tmp_path / "notes.jpg", tmp_path / "empty.jpg"
    broken.write_text("not a picture")
    empty.write_bytes(b"")
    page.get_by_test_id("pick-query").set_input_files(broken)
    expect(
        page.get_by_role("alert").filter(has_text="This is not a picture that can be searched with")
    ).to_be_visible()
    visitor.shot("picture-refused")
    assert visitor.axe() == []
    expect(page.get_by_role("searchbox")).to_have_value("a dog")
    page.get_by_test_id("pick-query").set_input_files(empty)
    expect(page.get_by_role("alert").filter(has_text="The file is empty")).to_be_visible()
    page.get_by_role("button", name="Search without a picture").click()
    expect(page.get_by_text("The file is empty")).to_have_count(0)
    visitor.expected("422")


def test_a_picture_that_is_known_no_more_is_said_and_chosen_again(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"?like={'A' * 700}&q=a+bus")
    expect(page.get_by_role("alert").filter(has_text="This picture is no longer known here")).to_be_visible()
    visitor.shot("picture-expired")
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="Choose a picture").click()
    asked.value.set_files(PHOTO)
    expect(page.get_by_role("alert").filter(has_text="no longer known")).to_have_count(0)
    visitor.pictures()
    page.goto(f"?like={'A' * 700}&q=a+bus")
    page.get_by_role("button", name="Search without a picture").click()
    expect(page).to_have_url(re.compile(r"\?q=a\+bus$"))
    visitor.pictures()
    visitor.expected("400")


@pytest.mark.parametrize("visitor", [{"locale": "de-DE"}], indirect=True)
def test_help_has_examples_that_are_tried_with_a_click(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("")
    visitor.pictures(4)
    page.get_by_role("button", name="So wird gesucht").click()
    sheet = page.get_by_role("dialog", name="So wird gesucht")
    expect(sheet).to_be_visible()
    visitor.shot("search-help-german")
    assert visitor.axe() == []
    sheet.get_by_role("button", name="is:favourite").press("Enter")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_have_value("is:favourite")
    expect(page).to_have_url(re.compile(r"q=is%3Afavourite"))
