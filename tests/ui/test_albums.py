"""Albums in the page: made by hand and by rule, filled, put in order with pointer and keys, shared and deleted."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, PHOTOS, Visitor
from tests.support.waiting import eventually
from tests.ui.conftest import Library
from tests.ui.house import House, act, add

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
PICTURES = sorted(PHOTOS.iterdir())[3:8]


@pytest.fixture(scope="module")
def owner(house: House) -> str:
    """Somebody with five pictures."""
    house.person("olga")
    with house.client("olga") as client:
        for photo in PICTURES:
            add(client, photo)
    return "olga"


def make(house: House, name: str, **body: Any) -> str:
    """The id of an album of olga's with all of her pictures in it, in the order of their names."""
    with house.client("olga") as olga:
        made = olga.post("/api/albums", json={"name": name, **body})
        assert made.status_code == 201, made.text
        album = str(made.json()["id"])
        if "rule" not in body:
            listed = olga.get("/api/assets").json()["items"]
            ids = [one["id"] for one in sorted(listed, key=lambda one: one["filename"])]
            assert olga.post(f"/api/albums/{album}/assets", json={"ids": ids}).is_success
    return album


def order(page: Page) -> list[str]:
    """The last letters of the pictures' names, as they stand on the board."""
    labels = page.locator(".board .tile-face").evaluate_all("all => all.map((one) => one.ariaLabel)")
    known = [photo.name for photo in PICTURES]
    return ["abcde"[known.index(label.split(": ", 1)[1])] for label in labels]


def becomes(page: Page, wanted: str) -> None:
    eventually(lambda: "".join(order(page)) == wanted)


def test_an_album_is_made_filled_looked_through_and_deleted(house: House, owner: str) -> None:
    with house.visitor(owner) as olga:
        page = olga.page
        page.get_by_role("link", name="Albums").first.click()
        expect(page.get_by_role("heading", name="Albums", level=1)).to_be_visible()
        page.get_by_role("button", name="New album").first.click()
        page.get_by_role("textbox", name="Name").fill("By the lake")
        page.get_by_role("textbox", name="Description").fill("A week in May.")
        page.get_by_role("button", name="Create").click()
        # It goes on with the new one, which is empty and says what to do.
        expect(page.get_by_role("heading", name="This album is empty")).to_be_visible()
        assert olga.axe() == []
        page.get_by_role("button", name="Add pictures").last.click()
        picker = page.get_by_role("dialog", name="Add to “By the lake”")
        for photo in PICTURES[:3]:
            picker.get_by_role("button", name=photo.name).click()
        expect(picker.get_by_text("3 chosen")).to_be_visible()
        olga.shot("album-picker")
        assert olga.axe() == []
        picker.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("3 pictures added to “By the lake”.")).to_be_visible()
        olga.pictures(3)
        expect(page.get_by_text("A week in May.")).to_be_visible()
        # Looking through it goes along the album, and back leads to it.
        page.locator(".thumb").first.click()
        viewer = page.get_by_role("dialog")
        expect(viewer.get_by_test_id("viewer-image")).to_be_visible()
        first = page.url
        assert "/albums/" in first
        assert "photo=" in first
        page.keyboard.press("ArrowRight")
        expect(page).not_to_have_url(first)
        page.reload()
        expect(viewer.get_by_test_id("viewer-image")).to_be_visible()
        page.keyboard.press("Escape")
        expect(viewer).to_be_hidden()
        olga.pictures(3)
        act(page, "Actions for the album By the lake", "Name and description")
        page.get_by_role("textbox", name="Name").fill("At the lake")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name="At the lake", level=1)).to_be_visible()
        act(page, "Actions for the album At the lake", "Delete")
        expect(page.get_by_text("No picture is deleted")).to_be_visible()
        page.get_by_role("button", name="Delete the album").click()
        expect(page.get_by_role("heading", name="Albums", level=1)).to_be_visible()
        expect(page.get_by_role("link", name="At the lake")).to_have_count(0)
        page.goto("")
        olga.pictures(5)


def test_pictures_are_put_in_order_by_dragging_by_keys_and_by_buttons(house: House, owner: str) -> None:
    album = make(house, "To be arranged")
    with house.visitor(owner) as olga:
        page = olga.page
        page.goto(f"albums/{album}")
        olga.pictures(5)
        page.get_by_role("button", name="Arrange", exact=True).click()
        becomes(page, "abcde")
        tiles = page.locator(".board .tile-face")
        # By dragging: the fourth is let go on the left half of the second.
        target = tiles.nth(1).bounding_box()
        assert target is not None
        tiles.nth(3).hover()
        page.mouse.down()
        page.mouse.move(target["x"] + 60, target["y"] + 40, steps=4)
        page.mouse.move(target["x"] + 12, target["y"] + 40, steps=4)
        page.mouse.up()
        becomes(page, "adbce")
        # By keys: the one with the focus goes to the right.
        tiles.nth(0).focus()
        page.keyboard.press("Alt+ArrowRight")
        becomes(page, "dabce")
        page.keyboard.press("ArrowRight")
        # By buttons: two of them to the end, then before another.
        tiles.nth(1).click()
        tiles.nth(2).click()
        expect(page.get_by_text("2 chosen")).to_be_visible()
        page.get_by_role("button", name="To the end").click()
        becomes(page, "dceab")
        page.get_by_role("button", name="Before…").click()
        expect(page.get_by_text("Before which picture?")).to_be_visible()
        tiles.nth(1).click()
        becomes(page, "dabce")
        olga.shot("album-arrange")
        assert olga.axe() == []


def test_one_picture_is_the_cover_and_what_is_taken_out_can_be_put_back(house: House, owner: str) -> None:
    album = make(house, "To be cut")
    with house.visitor(owner) as olga:
        page = olga.page
        page.goto(f"albums/{album}?arrange=true")
        becomes(page, "abcde")
        tiles = page.locator(".board .tile-face")
        # The cover is one of them; what is taken out can be put back to where it was.
        tiles.nth(4).click()
        page.get_by_role("button", name="As cover").click()
        expect(page.get_by_text("It is the cover now.")).to_be_visible()
        tiles.nth(4).click()
        tiles.nth(2).click()
        page.get_by_role("button", name="Take out").click()
        becomes(page, "abde")
        page.get_by_role("button", name="Undo").click()
        becomes(page, "abcde")
        page.reload()
        becomes(page, "abcde")
        page.get_by_role("button", name="Done").click()
        olga.pictures(5)
    with house.client("olga") as client:
        body = client.get(f"/api/albums/{album}").json()
        listed = client.get(f"/api/albums/{album}/assets").json()["items"]
        assert body["cover"] == next(one["id"] for one in listed if one["filename"] == PICTURES[4].name)


def test_an_album_by_rule_says_its_rule_in_words_and_follows_it(house: House, owner: str) -> None:
    with house.client("olga") as client:
        first = client.get("/api/assets").json()["items"][0]["id"]
        assert client.patch(f"/api/assets/{first}", json={"tags": ["pond"]}).is_success
    with house.visitor(owner) as olga:
        page = olga.page
        page.goto("albums")
        page.get_by_role("button", name="New album").first.click()
        page.get_by_role("textbox", name="Name").fill("Ponds")
        page.get_by_role("radio", name="What meets a rule").check()
        create = page.get_by_role("button", name="Create")
        expect(create).to_be_disabled()
        page.get_by_label("Tag", exact=True).select_option("pond")
        expect(page.get_by_text("1 of your pictures fits now.")).to_be_visible()
        olga.shot("album-rule")
        assert olga.axe() == []
        create.click()
        olga.pictures(1)
        expect(page.get_by_text("Tag: pond")).to_be_visible()
        expect(page.get_by_role("button", name="Add pictures to")).to_have_count(0)
        act(page, "Actions for the album Ponds", "Rule")
        page.get_by_role("button", name="Drop the condition pond").click()
        # What no rule can say is told, and nothing that was typed is lost.
        further = page.get_by_label("Further filters")
        further.fill("-tag:pond")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("A rule can’t say this")).to_be_visible()
        expect(further).to_have_value("-tag:pond")
        olga.expected("400")
        further.fill("name:coco")
        expect(page.get_by_text("5 of your pictures fit now.")).to_be_visible()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("File name: coco")).to_be_visible()
        olga.pictures(5)
        act(page, "Actions for the album Ponds", "Delete")
        page.get_by_role("button", name="Delete the album").click()
        expect(page.get_by_role("heading", name="Albums", level=1)).to_be_visible()


def test_a_shared_album_is_seen_and_filled_by_the_other_as_far_as_they_may(house: House, owner: str) -> None:
    house.person("paul")
    with house.client("paul") as client:
        add(client, PICTURES[0])
    album = make(house, "For paul")
    with house.visitor(owner) as olga, house.visitor("paul") as paul:
        olga.page.goto(f"albums/{album}")
        olga.page.locator(".page-actions").get_by_role("button", name="Share").click()
        sheet = olga.page.get_by_role("dialog")
        sheet.get_by_role("checkbox", name="paul").check()
        sheet.get_by_role("button", name="Share", exact=True).click()
        expect(sheet.get_by_label("What paul may do")).to_have_value("view")
        olga.shot("album-share")
        assert olga.axe() == []
        page = paul.page
        page.goto("albums")
        shared = page.get_by_role("region", name="Shared with you")
        shared.get_by_role("link", name="For paul").click()
        paul.pictures(5)
        expect(page.get_by_text("by olga")).to_be_visible()
        actions = page.locator(".page-actions")
        expect(actions.get_by_role("button")).to_have_count(0)
        # Somebody who may add chooses among their own.
        sheet.get_by_label("What paul may do").select_option("add")
        expect(sheet.get_by_text("Whoever only looks here")).to_be_visible()
        page.reload()
        actions.get_by_role("button", name="Add pictures").click()
        picker = page.get_by_role("dialog")
        expect(picker.locator(".tile-face")).to_have_count(1)
        picker.locator(".tile-face").click()
        picker.get_by_role("button", name="Add", exact=True).click()
        paul.pictures(6)
        sheet.get_by_role("button", name="Stop sharing with paul").click()
        expect(sheet.get_by_text("Shared with nobody yet.")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="There is no such album")).to_be_visible()
        paul.expected("404")


@pytest.fixture(scope="module")
def shelf(library: Library) -> Library:
    """Albums to look at."""
    listed = library.client.get("/api/assets", params={"limit": 20}).json()["items"]
    for name in ("Summer", "For grandma"):
        made = library.client.post("/api/albums", json={"name": name}).json()
        ids = [one["id"] for one in (listed if name == "Summer" else listed[3:7])]
        assert library.client.post(f"/api/albums/{made['id']}/assets", json={"ids": ids}).is_success
    library.client.post("/api/albums", json={"name": "The garden", "rule": {"tag": "garden"}})
    return library


@pytest.mark.parametrize(
    ("visitor", "kind", "title"),
    [
        ({}, "desktop", "Albums"),
        ({"color_scheme": "dark"}, "dark", "Albums"),
        (PHONE_SCREEN, "phone", "Albums"),
        (PHONE_SCREEN | {"locale": "de-DE", "color_scheme": "dark"}, "phone-dark-german", "Alben"),
    ],
    indirect=["visitor"],
)
def test_albums_are_clean_on_every_device(visitor: Visitor, shelf: Library, kind: str, title: str) -> None:
    page = visitor.page
    page.goto("albums")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    covers = page.locator(".album-cover img")
    expect(covers).to_have_count(3)
    eventually(
        lambda: page.evaluate("[...document.querySelectorAll('.album-cover img')].every((i) => i.complete)")
    )
    visitor.shot(f"albums-{kind}")
    assert visitor.axe() == []
    page.get_by_role("link", name="Summer").click()
    visitor.pictures(4)
    visitor.shot(f"album-{kind}")
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name=re.compile("Arrange|Ordnen")).click()
    page.locator(".board .tile-face").first.click()
    visitor.shot(f"album-arrange-{kind}")
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
