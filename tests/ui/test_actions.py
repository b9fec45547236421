"""What can be done with pictures that were chosen: on a desktop, on a phone, by keys alone, and with the way back."""

import zipfile
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PHONE, PHOTOS
from tests.support.waiting import eventually
from tests.ui.house import PASSWORD, House, add

pytestmark = pytest.mark.browser

PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
PICTURES = sorted(PHOTOS.iterdir())


def thumb(page: Page, number: int) -> Locator:
    return page.locator(f".thumb[data-index='{number}']")


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Chosen pictures")


def choose(page: Page, *numbers: int) -> None:
    for number in numbers:
        thumb(page, number).focus()
        page.keyboard.press("Space")
    expect(bar(page).get_by_role("status")).to_have_text(f"{len(numbers)} chosen")


@pytest.fixture(scope="module")
def stocked(house: House) -> House:
    """With more pictures of anna's, and a member who has some of his own and sees one folder of hers."""
    for photo in PICTURES[3:9]:
        add(house.admin, photo)
    house.person("otto")
    folders = {each["path"]: each["id"] for each in house.admin.get("/api/folders").json()}
    share = {"subject": None, "may": "view"}
    assert house.admin.post(f"/api/folders/{folders['Trips/Summer']}/shares", json=share).is_success
    with house.client("otto") as otto:
        for photo in PICTURES[10:14]:
            add(otto, photo, folder="Attic")
    return house


def known(client: httpx.Client) -> list[dict[str, Any]]:
    return list(client.get("/api/assets", params={"limit": 100}).json()["items"])


def test_chosen_pictures_become_favourites_and_are_as_before_after_an_undo(stocked: House) -> None:
    with stocked.visitor("anna", PASSWORD) as visitor:
        page = visitor.page
        visitor.pictures(6)
        choose(page, 0, 1)
        visitor.shot("actions-bar")
        assert visitor.axe() == []
        bar(page).get_by_role("button", name="Favourite", exact=True).click()
        expect(page.get_by_text("2 pictures are favourites now.")).to_be_visible()
        assert sum(asset["favourite"] for asset in known(stocked.admin)) == 2
        # They are still chosen, and the same button takes it away now.
        expect(bar(page).get_by_role("button", name="No favourite")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("2 pictures are as they were before.")).to_be_visible()
        assert not any(asset["favourite"] for asset in known(stocked.admin))


def test_tags_an_album_and_a_folder_are_given_by_keys_alone(stocked: House) -> None:
    with stocked.visitor("anna", PASSWORD) as visitor:
        page = visitor.page
        visitor.pictures(6)
        choose(page, 2, 3)
        page.keyboard.press("t")
        expect(page.get_by_label("Add tags")).to_be_focused()
        page.keyboard.type("lakeside, boats")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Don’t add boats")).to_be_visible()
        visitor.shot("actions-tags")
        assert visitor.axe() == []
        page.keyboard.press("Enter")
        expect(page.get_by_text("The tags of 2 pictures are changed.")).to_be_visible()
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("m")
        page.get_by_role("combobox").wait_for()
        page.keyboard.type("Boat trip")
        visitor.shot("actions-move")
        assert visitor.axe() == []
        page.keyboard.press("Enter")
        expect(page.get_by_text("2 pictures are in “Boat trip”.")).to_be_visible()
        expect(page.get_by_role("dialog")).to_be_hidden()
        choose(page, 2, 3)
        page.keyboard.press("a")
        page.get_by_role("combobox").wait_for()
        page.keyboard.type("On the lake")
        page.keyboard.press("Enter")
        expect(page.get_by_text("2 pictures are in “On the lake”.")).to_be_visible()
        expect(page.get_by_role("dialog")).to_be_hidden()
        tagged = [asset for asset in known(stocked.admin) if asset["tags"] == ["boats", "lakeside"]]
        assert [asset["folder"] for asset in tagged] == ["Boat trip", "Boat trip"]
        albums = {album["name"]: album["count"] for album in stocked.admin.get("/api/albums").json()}
        assert albums["On the lake"] == 2
        # What they carry is offered to be taken off again.
        page.keyboard.press("t")
        page.get_by_role("button", name="Take off boats").click()
        page.get_by_role("button", name="Change tags").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert sum(asset["tags"] == ["lakeside"] for asset in known(stocked.admin)) == 2


def test_out_of_an_album_goes_what_is_chosen_there_and_no_picture_with_it(stocked: House) -> None:
    made = stocked.admin.post("/api/albums", json={"name": "Shelf"}).json()["id"]
    ids = [asset["id"] for asset in known(stocked.admin)[:3]]
    assert stocked.admin.post(f"/api/albums/{made}/assets", json={"ids": ids}).is_success
    with stocked.visitor("anna", PASSWORD) as visitor:
        page = visitor.page
        page.goto(f"albums/{made}")
        visitor.pictures(3)
        choose(page, 0, 2)
        bar(page).get_by_role("button", name="Out of album").click()
        expect(page.get_by_text("2 pictures are no longer in “Shelf”.")).to_be_visible()
        expect(page.locator(".thumb")).to_have_count(1)
        expect(bar(page)).to_be_hidden()
        page.keyboard.press("Control+z")
        expect(page.locator(".thumb")).to_have_count(3)


def test_dates_are_shifted_and_set(stocked: House) -> None:
    with stocked.visitor("anna", PASSWORD) as visitor:
        page = visitor.page
        visitor.pictures(6)
        choose(page, 0)
        page.get_by_role("button", name="Date", exact=True).click()
        page.get_by_label("What to do").select_option(label="Set one date for all")
        page.get_by_label("Date and time").fill("2019-07-14T18:30")
        visitor.shot("actions-date")
        assert visitor.axe() == []
        page.get_by_role("button", name="Change dates").click()
        expect(page.get_by_text("The date of 1 picture is changed.")).to_be_visible()
        dated = [
            asset for asset in known(stocked.admin) if asset["taken"] and asset["taken"]["source"] == "person"
        ]
        assert [asset["taken"]["local"][:16] for asset in dated] == ["2019-07-14T18:30"]
        # It may stand elsewhere in the grid now: taken back by the key, wherever it is.
        page.keyboard.press("Control+z")
        expect(page.get_by_text("1 picture is as it was before.")).to_be_visible()


def test_delete_takes_the_focused_picture_and_the_keyboard_goes_on_beside_it(stocked: House) -> None:
    with stocked.visitor("anna", PASSWORD) as visitor:
        page = visitor.page
        visitor.pictures(6)
        name = str(thumb(page, 1).get_attribute("aria-label"))
        before = page.locator(".thumb").count()
        thumb(page, 1).focus()
        page.keyboard.press("Delete")
        expect(page.get_by_text("1 picture is in the trash.")).to_be_visible()
        expect(page.locator(".thumb")).to_have_count(before - 1)
        expect(thumb(page, 1)).to_be_focused()
        page.keyboard.press("Control+z")
        expect(page.locator(".thumb")).to_have_count(before)
        assert page.locator(".thumb").evaluate_all("all => all.map((one) => one.ariaLabel)").count(name) == 1


def test_what_is_not_ones_own_is_left_as_it_is_and_said(stocked: House) -> None:
    with stocked.visitor("otto") as visitor:
        page = visitor.page
        visitor.pictures(6)
        labels = page.locator(".thumb").evaluate_all("all => all.map((one) => one.ariaLabel)")
        hers = next(k for k, label in enumerate(labels) if str(label).startswith(PICTURES[0].name))
        his = next(k for k, label in enumerate(labels) if str(label).startswith(PICTURES[10].name))
        choose(page, hers)
        expect(bar(page).get_by_text("None of these is yours")).to_be_visible()
        expect(bar(page).get_by_role("button", name="Trash")).to_be_hidden()
        expect(bar(page).get_by_role("button", name="Download")).to_be_visible()
        thumb(page, his).focus()
        page.keyboard.press("Space")
        page.keyboard.press("f")
        expect(
            page.get_by_text("1 picture is a favourite now. 1 is not yours and stays as it is.")
        ).to_be_visible()
        # All that the screen shows, by what finds it and not one by one: others' are passed over there as well.
        bar(page).get_by_role("button", name="Choose all").click()
        expect(bar(page).get_by_role("status")).to_have_text("6 chosen")
        page.keyboard.press("3")
        expect(page.get_by_text("4 pictures have new stars. 2 were left out")).to_be_visible()
        with stocked.client("otto") as otto:
            assert sorted(asset["rating"] or 0 for asset in known(otto)) == [0, 0, 3, 3, 3, 3]


def test_several_pictures_are_fetched_as_one_archive(stocked: House) -> None:
    with stocked.visitor("anna", PASSWORD) as visitor:
        page = visitor.page
        visitor.pictures(6)
        choose(page, 0, 1, 2)
        with page.expect_download() as fetched:
            page.keyboard.press("d")
        expect(page.get_by_text("are on their way as one archive")).to_be_visible()
        assert fetched.value.suggested_filename == "photos.zip"
        with zipfile.ZipFile(fetched.value.path()) as archive:
            assert sum(name.endswith(".jpg") for name in archive.namelist()) == 3


def test_on_a_phone_the_bar_rises_where_the_tabs_are_and_recent_changes_are_taken_back(
    stocked: House,
) -> None:
    with stocked.visitor("anna", PASSWORD, color_scheme="dark", **PHONE_SCREEN) as visitor:
        page = visitor.page
        visitor.pictures(4)
        choose(page, 0, 1)
        low = bar(page).bounding_box()
        assert low is not None
        assert low["y"] + low["height"] == PHONE["height"]
        visitor.shot("actions-phone-dark")
        assert visitor.axe() == []
        bar(page).get_by_role("button", name="Trash").tap()
        expect(page.get_by_text("2 pictures are in the trash.")).to_be_visible()
        expect(bar(page)).to_be_hidden()
        page.get_by_role("button", name="More").tap()
        page.get_by_role("dialog").get_by_role("button", name="Account of anna").tap()
        page.get_by_role("menuitem", name="Recent changes").tap()
        changes = page.get_by_role("dialog", name="Recent changes")
        expect(changes.get_by_role("listitem").first).to_contain_text("Moved to the trash")
        visitor.shot("actions-changes-phone-dark")
        assert visitor.axe() == []
        changes.get_by_role("button", name="Undo: Moved to the trash").first.tap()
        expect(changes.get_by_role("listitem").first).to_contain_text("Taken back")
        eventually(lambda: len(known(stocked.admin)) == 8, 20)
