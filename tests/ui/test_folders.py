"""Folders in the page: made, moved and deleted, and shared with others, who see them and can't change them."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.house import FIRST, THIRD, House, act

pytestmark = pytest.mark.browser


def share(page: Page, name: str, *, may: str) -> None:
    """Share the open sheet's folder with somebody."""
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("With whom").select_option(label=name)
    sheet.get_by_label("What they may do").select_option(may)
    sheet.get_by_role("button", name="Share", exact=True).click()
    expect(sheet.get_by_role("list", name="Shared with").get_by_text(name)).to_be_visible()


def test_a_shared_folder_is_seen_by_the_other_who_can_t_change_it(house: House) -> None:
    house.person("frida")
    with house.visitor("anna") as anna, house.visitor("frida") as frida:
        anna.page.get_by_role("link", name="Folders").first.click()
        act(anna.page, "Actions for Trips/Summer", "Share")
        share(anna.page, "frida", may="view")
        anna.shot("share")
        assert anna.axe() == []
        page = frida.page
        page.get_by_role("link", name="Folders").first.click()
        shared = page.get_by_role("region", name="Shared by anna")
        frida.shot("folders-shared")
        assert frida.axe() == []
        shared.get_by_role("link", name="Summer").click()
        frida.pictures(2)
        page.locator(".thumb").first.click()
        viewer = page.get_by_role("dialog")
        expect(viewer.get_by_test_id("viewer-image")).to_be_visible()
        page.keyboard.press("i")
        expect(viewer.get_by_text("From anna")).to_be_visible()
        expect(viewer.get_by_role("button", name="Move to trash")).to_be_hidden()
        expect(viewer.get_by_role("button", name="Keep for")).to_be_hidden()
        page.keyboard.press("Delete")
        expect(page.get_by_text("is in the trash")).to_be_hidden()
        assert frida.axe() == []
        page.keyboard.press("Escape")
        expect(page.locator(".thumb")).to_have_count(2)
        # With another word of anna's, what frida adds in there is there for both.
        share(anna.page, "frida", may="add")
        page.reload()
        frida.pictures(2)
        frida.pick([THIRD])
        expect(page.locator(".thumb")).to_have_count(3)
        anna.page.keyboard.press("Escape")
        anna.page.get_by_role("link", name="Trips/Summer").click()
        expect(anna.page.locator(".thumb")).to_have_count(3)
        anna.page.get_by_role("link", name="Folders").first.click()
        act(anna.page, "Actions for Trips/Summer", "Share")
        anna.page.get_by_role("button", name="Stop sharing with frida").click()
        expect(anna.page.get_by_text("Shared with nobody yet.")).to_be_visible()
        page.get_by_role("link", name="Folders").first.click()
        expect(page.get_by_role("region", name="Shared by anna")).to_be_hidden()
        # Hers went home with her.
        expect(page.get_by_role("region", name="Yours")).to_contain_text("Summer")


def test_folders_are_made_renamed_moved_and_deleted(house: House) -> None:
    house.person("gina")
    with house.visitor("gina") as gina:
        page = gina.page
        page.goto("folders")
        expect(page.get_by_role("heading", name="No folders yet")).to_be_visible()
        for name in ("House", "Garden"):
            page.get_by_role("button", name="New folder").click()
            page.get_by_role("textbox", name="Name").fill(name)
            page.get_by_role("button", name="Create").click()
            expect(page.get_by_role("link", name=name)).to_be_visible()
        act(page, "Actions for Garden", "Move")
        page.get_by_label("New place").select_option(label="House")
        page.get_by_role("button", name="Move here").click()
        act(page, "Actions for House/Garden", "Rename")
        page.get_by_role("textbox", name="Name").fill("Roses")
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("link", name="House/Roses").click()
        expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()
        gina.pick([FIRST])
        gina.pictures(1)
        page.get_by_role("link", name="Folders").first.click()
        act(page, "Actions for House/Roses", "Delete")
        gina.shot("folder-delete")
        assert gina.axe() == []
        page.get_by_role("button", name="Delete the folder").click()
        expect(page.get_by_role("link", name="House/Roses")).to_be_hidden()
        expect(page.get_by_role("listitem").filter(has_text="House")).to_contain_text("1 picture")
