"""From the setup link to a picture that was found, given a life, deleted and brought back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PHOTOS, Visitor, visiting
from tests.support.up import Up, free_port

pytestmark = pytest.mark.browser

DOG = "coco_000000017029.jpg"
DROPPED = [
    PHOTOS / name
    for name in (
        DOG,
        "coco_000000511599.jpg",
        "coco_000000165518.jpg",
        "coco_000000249025.jpg",
        "coco_000000359219.jpg",
        "coco_000000361919.jpg",
    )
]


def make_account(visitor: Visitor, up: Up) -> None:
    page = visitor.page
    page.goto(f"setup#token={up.setup_token()}")
    expect(page.get_by_role("heading", name="Welcome to Scene-Sense")).to_be_visible()
    # The token is out of the address, and so out of the history.
    expect(page).not_to_have_url(re.compile("token="))
    visitor.shot("setup")
    assert visitor.axe() == []
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Bring in your first pictures")).to_be_visible()


def find(page: Page, words: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Best matches")).to_be_visible()


def add_by_dropping(visitor: Visitor) -> None:
    page = visitor.page
    visitor.drop(DROPPED)
    tray = page.get_by_role("region", name="Pictures being added")
    expect(tray.get_by_role("listitem")).to_have_count(6)
    expect(page.locator(".thumb")).to_have_count(6)
    expect(tray.get_by_text("Added", exact=True)).to_have_count(6)
    expect(tray.get_by_role("heading", name="6 pictures added")).to_be_visible()
    expect(page.locator("[data-mark=processing]")).to_have_count(0)
    visitor.pictures(6)
    visitor.shot("added")
    tray.get_by_role("button", name="Close the list").click()


def keep_for_a_week(visitor: Visitor) -> None:
    page, viewer = visitor.page, visitor.page.get_by_role("dialog")
    expect(viewer.get_by_test_id("viewer-image")).to_be_visible()
    page.keyboard.press("i")
    expect(viewer.get_by_test_id("kept")).to_have_text("Kept always")
    viewer.get_by_role("button", name="Keep for").click()
    page.get_by_role("menuitemradio", name="7 days").click()
    expect(viewer.get_by_test_id("kept")).to_have_text(re.compile("^Kept until "))
    expect(viewer.get_by_text("7 days left")).to_be_visible()
    visitor.shot("kept")


def delete_and_undo(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="Move to trash").click()
    expect(page.get_by_text(f"“{DOG}” is in the trash")).to_be_visible()
    # The viewer goes on to the next picture, and the message can be reached while it is open.
    expect(page).not_to_have_url(re.compile(r"\?q=a\+dog$"))
    page.get_by_role("button", name="Undo").click()
    # The focus comes back from the message to the viewer, which so hears the key.
    page.keyboard.press("Escape")
    expect(page.locator(".thumb").first).to_have_attribute("aria-label", re.compile(f"^{DOG}"))


def delete_and_restore(visitor: Visitor) -> None:
    page = visitor.page
    page.locator(".thumb").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    expect(page.locator(".thumb")).to_have_count(5)
    page.get_by_role("link", name="Trash").first.click()
    expect(page.get_by_role("img", name=DOG)).to_be_visible()
    expect(page.get_by_text(re.compile(r"Gone in \d+ days"))).to_be_visible()
    visitor.shot("trash")
    assert visitor.axe() == []
    page.get_by_role("button", name=f"Restore {DOG}").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    page.get_by_role("link", name="Library").first.click()
    expect(page.locator(".thumb")).to_have_count(6)
    # It came back with the life that it was given.
    expect(page.get_by_text("7 days", exact=True)).to_be_visible()


def sign_out_and_in(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("button", name="Account of anna").first.click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Scene-Sense")).to_be_visible()
    visitor.shot("sign-in")
    assert visitor.axe() == []
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")
    visitor.expected("401")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".thumb")).to_have_count(6)


def test_a_newcomer_adds_finds_keeps_deletes_and_restores(browser: Browser, reachable_path: Path) -> None:
    with Up(reachable_path / "data") as up, visiting(browser, f"{up.url}/") as visitor:
        page = visitor.page
        make_account(visitor, up)
        visitor.shot("empty")
        assert visitor.axe() == []
        add_by_dropping(visitor)
        find(page, "a dog")
        first = page.locator(".thumb").first
        expect(first).to_have_attribute("aria-label", re.compile(f"^{DOG}"))
        expect(page).to_have_url(re.compile(r"\?q=a\+dog$"))
        first.click()
        keep_for_a_week(visitor)
        delete_and_undo(page)
        delete_and_restore(visitor)
        sign_out_and_in(visitor)


def test_a_wrong_setup_link_says_so_and_a_right_one_is_taken_in_the_same_tab(
    browser: Browser, reachable_path: Path
) -> None:
    with Up(reachable_path / "data") as up, visiting(browser, f"{up.url}/") as visitor:
        page = visitor.page
        page.goto("setup#token=wrong")
        expect(page).to_have_url(re.compile("/setup$"))
        page.get_by_label("User name").fill("anna")
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("alert")).to_contain_text("This setup code is wrong or too old.")
        visitor.expected("403")
        expect(page.get_by_label("Setup code")).to_have_value("wrong")
        assert visitor.axe() == []
        page.evaluate("token => { location.hash = `token=${token}` }", up.setup_token())
        expect(page).to_have_url(re.compile("/setup$"))
        expect(page.get_by_label("Setup code")).to_be_hidden()
        page.get_by_label("User name").fill("anna")
        page.get_by_label("Password", exact=True).fill("correct horse battery")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Bring in your first pictures")).to_be_visible()


def test_the_same_build_runs_below_a_path(browser: Browser, reachable_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/scene"
    with (
        Up(reachable_path / "data", port=port, PUBLIC_URL=url) as up,
        visiting(browser, f"{url}/") as visitor,
    ):
        make_account(visitor, up)
        visitor.pick(DROPPED[:1])
        visitor.pictures(1)
        visitor.page.locator(".thumb").click()
        expect(visitor.page.get_by_test_id("viewer-image")).to_be_visible()
        visitor.page.reload()
        expect(visitor.page.get_by_test_id("viewer-image")).to_be_visible()
        assert visitor.page.url.startswith(f"{url}/?photo=")
