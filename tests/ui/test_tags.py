"""Tags in the page: looked after, and suggested to pictures that one says yes or no to."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE, Visitor
from tests.support.waiting import eventually
from tests.ui.conftest import Library
from tests.ui.house import FIRST, SECOND, House, act, add

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


def test_tags_are_made_coloured_renamed_merged_and_deleted(house: House) -> None:
    house.person("tom")
    with house.client("tom") as client:
        add(client, FIRST, tags="animal/dog")
        add(client, SECOND, tags="hound")
    with house.visitor("tom") as tom:
        page = tom.page
        page.get_by_role("link", name="Tags").first.click()
        own = page.get_by_role("region", name="Yours")
        expect(own.get_by_role("listitem")).to_have_count(2)
        page.get_by_role("button", name="New tag").click()
        page.get_by_role("textbox", name="Name").fill("animal")
        page.get_by_role("radio", name="Green").check()
        tom.shot("tag-new")
        assert tom.axe() == []
        page.get_by_role("button", name="Create").click()
        # What lies below it stands below it.
        expect(own.get_by_role("link", name="animal/dog")).to_have_text("dog")
        act(page, "Actions for the tag animal/dog", "Rename")
        name = page.get_by_role("textbox", name="Name")
        # A name that is taken: one can be made of both.
        name.fill("hound")
        page.get_by_role("button", name="Rename", exact=True).click()
        expect(page.get_by_text("There is a tag of this name already.")).to_be_visible()
        tom.expected("409")
        name.fill("animal/hound")
        page.get_by_role("button", name="Rename", exact=True).click()
        expect(own.get_by_role("link", name="animal/hound")).to_be_visible()
        act(page, "Actions for the tag hound", "Make one with another")
        page.get_by_label("The one that stays").select_option(label="animal/hound")
        expect(page.get_by_text("is gone, and this can’t be undone")).to_be_visible()
        page.get_by_role("button", name="Make one of both").click()
        expect(own.get_by_role("listitem")).to_have_count(2)
        own.get_by_role("link", name="animal/hound").click()
        expect(page.get_by_role("heading", name="animal/hound", level=1)).to_be_visible()
        tom.pictures(2)
        act(page, "Actions for the tag animal/hound", "Delete")
        expect(page.get_by_text("No picture is deleted")).to_be_visible()
        page.get_by_role("button", name="Delete the tag").click()
        expect(page.get_by_role("heading", name="Tags", level=1)).to_be_visible()
        expect(own.get_by_role("listitem")).to_have_count(1)
        page.goto("")
        tom.pictures(2)


@pytest.fixture(scope="module")
def dog(library: Library) -> Iterator[str]:
    """The id of a tag that no picture carries yet."""
    made = library.client.post("/api/tags", json={"name": "dog", "color": "#2563eb"})
    assert made.status_code == 201, made.text
    yield str(made.json()["id"])
    assert library.client.delete(f"/api/tags/{made.json()['id']}").is_success


def carrying(library: Library) -> int:
    tags = library.client.get("/api/tags").json()
    return int(next(tag["count"] for tag in tags if tag["name"] == "dog"))


def test_suggested_pictures_are_said_yes_or_no_to_by_click_and_by_key(
    visitor: Visitor, library: Library, dog: str
) -> None:
    page = visitor.page
    page.goto(f"tags/{dog}")
    maybe = page.get_by_role("region", name="May also be “dog”")
    faces = maybe.locator(".suggested-face")
    expect(faces.first).to_be_visible()
    first, second = (str(faces.nth(n).get_attribute("aria-label")) for n in range(2))
    visitor.shot("tag-suggestions")
    assert visitor.axe() == []
    # By key: the keyboard goes on with the next one, and it can be taken back.
    faces.nth(0).focus()
    page.keyboard.press("y")
    expect(page.get_by_text("1 picture is “dog” now.")).to_be_visible()
    expect(maybe.get_by_role("button", name=first, exact=True)).to_have_count(0)
    expect(maybe.get_by_role("button", name=second, exact=True)).to_be_focused()
    visitor.pictures(1)
    assert carrying(library) == 1
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: carrying(library) == 0)
    # Several at once, by click.
    for name in (first, second):
        maybe.get_by_role("button", name=name, exact=True).click()
    maybe.get_by_role("button", name="No (2)").click()
    expect(page.get_by_text("2 pictures are not suggested for “dog” again.")).to_be_visible()
    expect(maybe.get_by_role("button", name=first, exact=True)).to_have_count(0)


@pytest.mark.parametrize(
    ("visitor", "kind", "title", "cloud"),
    [
        ({}, "desktop", "Tags", "Cloud"),
        ({"color_scheme": "dark"}, "dark", "Tags", "Cloud"),
        (PHONE_SCREEN, "phone", "Tags", "Cloud"),
        (
            PHONE_SCREEN | {"locale": "de-DE", "color_scheme": "dark"},
            "phone-dark-german",
            "Schlagwörter",
            "Wolke",
        ),
    ],
    indirect=["visitor"],
)
def test_tags_are_clean_on_every_device(
    visitor: Visitor, dog: str, kind: str, title: str, cloud: str
) -> None:
    page = visitor.page
    page.goto("tags")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(page.get_by_role("link", name="garden")).to_be_visible()
    visitor.shot(f"tags-{kind}")
    assert visitor.axe() == []
    page.get_by_role("button", name=cloud).click()
    visitor.shot(f"tags-cloud-{kind}")
    assert visitor.axe() == []
    page.get_by_role("link", name="garden").click()
    visitor.pictures(2)
    visitor.shot(f"tag-{kind}")
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator(".thumb").first.click()
    expect(page.get_by_test_id("viewer-image")).to_be_visible()
    assert "/tags/" in page.url
