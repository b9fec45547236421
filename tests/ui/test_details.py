"""What is known of a picture beside it: corrected in its place, and only by whom it belongs to."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import DESKTOP, PHONE, Visitor
from tests.support.waiting import eventually
from tests.ui.house import THIRD, House, add

pytestmark = pytest.mark.browser

PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def details(visitor: Visitor, asset: str) -> Locator:
    """The open panel beside an open picture."""
    page = visitor.page
    page.goto(f"?photo={asset}")
    expect(page.get_by_test_id("viewer-image")).to_be_visible()
    page.keyboard.press("i")
    panel = page.get_by_role("complementary", name="Details")
    expect(panel).to_be_visible()
    return panel


def write(page: Page, words: str) -> None:
    """Write into the field that just opened, and take what is chosen."""
    expect(page.locator(":focus")).to_have_attribute("role", "combobox")
    page.keyboard.type(words)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")


def test_a_person_puts_a_picture_in_order_with_the_keyboard(house: House) -> None:
    house.person("dora")
    with house.client("dora") as client, house.visitor("dora") as visitor:
        asset = add(client, THIRD, tags="sea")
        client.post("/api/albums", json={"name": "Best of"})
        page = visitor.page
        panel = details(visitor, asset)

        def now() -> dict[str, Any]:
            return dict(client.get(f"/api/assets/{asset}").json())

        # Words, saved when one goes on; the keys of the viewer mean nothing while one writes.
        panel.get_by_role("textbox", name="Description").focus()
        page.keyboard.type("Dora at 5, fully dressed.")
        page.keyboard.press("Escape")
        eventually(lambda: now()["description"] == "Dora at 5, fully dressed.")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert now()["rating"] is None
        # Tags: a new one, and one off.
        panel.get_by_role("button", name="Add a tag").press("Enter")
        write(page, "holiday")
        expect(panel.get_by_role("button", name="Remove tag holiday")).to_be_visible()
        page.keyboard.press("Escape")
        expect(panel.get_by_role("button", name="Add a tag")).to_be_focused()
        panel.get_by_role("button", name="Remove tag sea").press("Enter")
        eventually(lambda: now()["tags"] == ["holiday"])
        # A folder that is new.
        panel.get_by_role("button", name="Move", exact=True).press("Enter")
        write(page, "Trips/Rome")
        eventually(lambda: now()["folder"] == "Trips/Rome")
        # Albums.
        panel.get_by_role("button", name="Put in an album").press("Enter")
        write(page, "best")
        expect(panel.get_by_role("button", name="Take out of Best of")).to_be_visible()
        page.keyboard.press("Escape")
        panel.get_by_role("button", name="Best of", exact=True).click()
        expect(page).to_have_url(re.compile("/albums/"))


def test_a_date_a_life_and_stars_are_chosen_with_the_keyboard(house: House) -> None:
    house.person("nora")
    with house.client("nora") as client, house.visitor("nora") as visitor:
        asset = add(client, THIRD, tags="sea")
        page = visitor.page
        panel = details(visitor, asset)

        def now() -> dict[str, Any]:
            return dict(client.get(f"/api/assets/{asset}").json())

        panel.get_by_role("button", name="Set a date").press("Enter")
        panel.get_by_label("Date and time").fill("2019-08-01T14:30")
        panel.get_by_label("Time zone").select_option(label="UTC+02:00")
        panel.get_by_role("button", name="Save").press("Enter")
        expect(panel.get_by_text("14:30 · UTC+02:00 · corrected")).to_be_visible()
        eventually(lambda: (now()["taken"] or {}).get("offset_minutes") == 120)
        assert now()["taken"]["local"] == "2019-08-01T14:30:00"
        # How long it is kept.
        panel.get_by_role("button", name="Keep for").press("Enter")
        page.get_by_role("menuitem", name="7 days").press("Enter")
        expect(panel.get_by_text("7 days left")).to_be_visible()
        eventually(lambda: now()["expires_at"] is not None)
        panel.get_by_role("button", name="3 stars").press("Enter")
        eventually(lambda: now()["rating"] == 3)
        visitor.shot("details-desktop")
        assert visitor.axe() == []


def test_words_that_can_t_be_saved_are_not_lost(house: House) -> None:
    house.person("ines")
    with house.client("ines") as client, house.visitor("ines") as visitor:
        asset = add(client, THIRD)
        page = visitor.page
        panel = details(visitor, asset)
        words = panel.get_by_role("textbox", name="Description")
        visitor.context.set_offline(True)
        words.fill("A long story")
        words.blur()
        expect(panel.get_by_text("Not saved yet")).to_be_visible()
        expect(words).to_have_value("A long story")
        visitor.context.set_offline(False)
        panel.get_by_role("button", name="Try again").click()
        eventually(lambda: client.get(f"/api/assets/{asset}").json()["description"] == "A long story")
        expect(panel.get_by_text("Not saved yet")).to_be_hidden()
        page.reload()
        expect(words).to_have_value("A long story")
        visitor.expected("ERR_INTERNET_DISCONNECTED")


def test_the_owner_is_told_who_sees_it_and_others_only_look(house: House) -> None:
    guest = house.person("greta")
    house.person("olaf")
    with house.client("olaf") as client, house.visitor("olaf") as olaf, house.visitor("greta") as greta:
        asset = add(client, THIRD, folder="Party")
        panel = details(olaf, asset)
        expect(panel.get_by_text("Only you see it")).to_be_visible()
        [folder] = client.get("/api/folders").json()
        client.post(f"/api/folders/{folder['id']}/shares", json={"subject": guest, "may": "view"})
        olaf.page.reload()
        expect(panel.get_by_text("greta, in the folder Party")).to_be_visible()
        panel = details(greta, asset)
        expect(panel.get_by_text("From olaf")).to_be_visible()
        for name in ("Add a tag", "Move", "Set a date", "3 stars", "Keep for"):
            expect(panel.get_by_role("button", name=name)).to_have_count(0)
        expect(panel.get_by_role("textbox")).to_have_count(0)
        expect(greta.page.get_by_role("button", name="Favourite")).to_have_count(0)
        greta.page.keyboard.press("f")
        greta.page.keyboard.press("5")
        # Into an album of her own she may put it.
        panel.get_by_role("button", name="Put in an album").click()
        write(greta.page, "From others")
        expect(panel.get_by_role("button", name="Take out of From others")).to_be_visible()
        seen = client.get(f"/api/assets/{asset}").json()
        assert (seen["rating"], seen["favourite"]) == (None, False)


@pytest.mark.parametrize(
    ("screen", "name"),
    [
        (PHONE_SCREEN, "phone"),
        ({"viewport": DESKTOP, "color_scheme": "dark"}, "dark"),
        (PHONE_SCREEN | {"locale": "de-DE"}, "phone-german"),
    ],
)
def test_the_details_are_clean_on_every_device(house: House, screen: dict[str, Any], name: str) -> None:
    person = f"visitor-{name}"
    house.person(person)
    with house.client(person) as client, house.visitor(None, **screen) as visitor:
        asset = add(client, THIRD, tags="sea,dog", folder="Trips")
        visitor.context.add_cookies(
            [
                {"name": cookie.name, "value": str(cookie.value), "url": house.up.url}
                for cookie in client.cookies.jar
            ]
        )
        visitor.page.goto(f"?photo={asset}")
        expect(visitor.page.get_by_test_id("viewer-image")).to_be_visible()
        visitor.page.keyboard.press("i")
        panel = visitor.page.get_by_role("complementary")
        expect(panel.get_by_text(re.compile("Only you see it|Sonst sieht es niemand"))).to_be_visible()
        panel.get_by_role("button", name=re.compile("Add a tag|Schlagwort hinzu")).click()
        visitor.shot(f"details-{name}")
        assert visitor.axe() == []
        assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
