"""What others do shows by itself: in another tab, on another device, through the API."""

import pytest
from playwright.sync_api import expect

from tests.ui.house import FIRST, SECOND, House

pytestmark = pytest.mark.browser


def ids(house: House) -> dict[str, str]:
    """The house's two pictures by their file names."""
    return {item["filename"]: item["id"] for item in house.admin.get("/api/assets").json()["items"]}


def test_a_picture_that_is_trashed_elsewhere_leaves_the_page_and_comes_back_with_it(house: House) -> None:
    picture = ids(house)[FIRST.name]
    with house.visitor("anna") as visitor:
        page = visitor.page
        cell = page.locator(f".thumb[aria-label^='{FIRST.name}']")
        expect(cell).to_be_visible()
        assert house.admin.delete(f"/api/assets/{picture}").is_success
        expect(cell).to_have_count(0)
        assert house.admin.post(f"/api/assets/{picture}/restore").is_success
        expect(cell).to_be_visible()


def test_a_tag_from_another_device_shows_on_the_open_picture(house: House) -> None:
    picture = ids(house)[SECOND.name]
    with house.visitor("anna") as visitor:
        page = visitor.page
        page.goto(f"?photo={picture}")
        viewer = page.get_by_role("dialog")
        expect(viewer.get_by_test_id("viewer-image")).to_be_visible()
        page.keyboard.press("i")
        details = viewer.get_by_role("complementary", name="Details")
        expect(details).to_contain_text(SECOND.name)
        answer = house.admin.patch(f"/api/assets/{picture}", json={"tags": ["uncle Ben"]})
        assert answer.is_success, answer.text
        expect(details).to_contain_text("uncle Ben")


def test_a_folder_that_was_made_elsewhere_is_in_the_list(house: House) -> None:
    with house.visitor("anna") as visitor:
        page = visitor.page
        page.goto("folders")
        expect(page.get_by_role("link", name="Trips").first).to_be_visible()
        assert house.admin.post("/api/folders", json={"path": "Harvest"}).is_success
        expect(page.get_by_role("link", name="Harvest").first).to_be_visible()
