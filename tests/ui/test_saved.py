"""Searches that one keeps, and what one searched for lately: found again, told apart, renamed, forgotten."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE
from tests.support.waiting import eventually
from tests.ui.house import FIRST, PASSWORD, SECOND, House, add

pytestmark = pytest.mark.browser

PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("sara", {}, id="desktop"),
        pytest.param("sami", PHONE_SCREEN | {"color_scheme": "dark"}, id="phone-dark"),
    ],
)
def test_a_search_is_kept_says_what_is_new_and_is_forgotten(
    house: House, name: str, options: dict[str, Any]
) -> None:
    house.person(name)
    with house.client(name) as client, house.visitor(name, **options) as visitor:
        page = visitor.page
        page.goto("searches")
        expect(page.get_by_role("heading", name="No search is kept yet")).to_be_visible()
        assert visitor.axe() == []
        add(client, FIRST, tags="garden")
        page.goto("?q=type:jpg&tag=garden")
        visitor.pictures()
        page.get_by_role("button", name="Keep this search").click()
        field = page.get_by_role("textbox", name="Name")
        expect(field).to_have_value("type:jpg")
        field.fill("Photos of the garden")
        field.press("Enter")
        expect(page.get_by_text("“Photos of the garden” is kept")).to_be_visible()
        expect(page.get_by_role("button", name="Keep this search no longer")).to_be_visible()
        # What comes later is said, here and discreetly wherever one is.
        add(client, SECOND, tags="garden")
        page.goto("searches")
        card = page.get_by_role("listitem").filter(has_text="Photos of the garden")
        expect(card).to_contain_text(re.compile(r"type:jpg · garden.*2 pictures.*1 new"))
        expect(card.locator("img")).to_have_count(2)
        if not options:
            expect(page.get_by_role("link", name="Kept searches")).to_contain_text(
                "1 search finds something new"
            )
        visitor.shot(f"searches-{name}")
        assert visitor.axe() == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        # Looking at it is enough, by whichever way one came.
        with page.expect_response(re.compile("/seen$")):
            card.get_by_role("link").click()
        expect(page).to_have_url(re.compile(r"\?q=type%3Ajpg&tag=garden$|\?tag=garden&q=type%3Ajpg$"))
        expect(page.locator(".thumb")).to_have_count(2)
        page.go_back()
        expect(card).to_contain_text("2 pictures")
        expect(card.get_by_text("1 new")).to_have_count(0)
        # The looks at what a search finds are nothing that one searched for.
        recent = client.get("/api/recent-searches").json()["items"]
        assert [each["text"] for each in recent] == ["type:jpg"]


def test_a_kept_search_is_renamed_and_forgotten_with_a_way_back(house: House) -> None:
    house.person("sina")
    with house.client("sina") as client, house.visitor("sina") as visitor:
        page = visitor.page
        body = {"name": "Photos of the garden", "q": "type:jpg"}
        assert client.post("/api/saved-searches", json=body).status_code == 201
        page.goto("searches")
        field = page.get_by_role("textbox", name="Name")
        page.get_by_role("button", name="More for Photos of the garden").click()
        page.get_by_role("menuitem", name="Rename").click()
        field.fill("Garden")
        field.press("Enter")
        card = page.get_by_role("listitem").filter(has_text=re.compile("^Garden"))
        expect(card).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        for is_first in (True, False):
            page.get_by_role("button", name="More for Garden").press("Enter")
            page.get_by_role("menuitem", name="Forget").press("Enter")
            expect(card).to_have_count(0)
            if is_first:
                page.get_by_role("button", name="Undo").click()
                expect(card).to_contain_text("0 pictures")
        expect(page.get_by_role("heading", name="No search is kept yet")).to_be_visible()


def test_a_kept_search_is_forgotten_where_it_is_shown(house: House) -> None:
    house.person("sven")
    with house.client("sven") as client, house.visitor("sven") as visitor:
        page = visitor.page
        add(client, FIRST)
        body = {"name": "Lang her", "q": "type:jpg", "narrowing": {"q": "-tag:work"}}
        assert client.post("/api/saved-searches", json=body).status_code == 201
        page.evaluate("localStorage.setItem('language', 'de')")
        page.goto("searches")
        card = page.get_by_role("listitem").filter(has_text="Lang her")
        expect(card).to_contain_text("1 Bild")
        visitor.shot("searches-german")
        assert visitor.axe() == []
        card.get_by_role("link").click()
        # What was asked by other means is in the box as it would be written.
        expect(page.get_by_role("searchbox")).to_have_value("type:jpg -tag:work")
        page.get_by_role("button", name="Diese Suche nicht länger merken").click()
        expect(page.get_by_role("button", name="Diese Suche merken")).to_be_visible()
        eventually(lambda: client.get("/api/saved-searches").json() == [])
        page.get_by_role("button", name="Rückgängig").click()
        expect(page.get_by_role("button", name="Diese Suche nicht länger merken")).to_be_visible()


def test_what_one_searched_for_is_in_ones_account_and_forgotten_there(house: House) -> None:
    house.person("remo")
    with house.client("remo") as client, house.visitor("remo") as visitor:
        page = visitor.page
        for query in ("type:jpg", "is:favourite", "rating:3"):
            assert client.get("/api/search", params={"q": query}).is_success
        page.goto("account")
        panel = page.get_by_role("region", name="What you searched for")
        expect(panel.get_by_role("listitem")).to_have_count(3)
        panel.scroll_into_view_if_needed()
        visitor.shot("recent-in-account")
        assert visitor.axe() == []
        panel.get_by_role("button", name="Forget “rating:3”").press("Enter")
        expect(panel.get_by_role("listitem")).to_have_count(2)
        panel.get_by_role("checkbox", name="Remember what I search for").click()
        expect(panel.get_by_text("Nothing is remembered.")).to_be_visible()
        assert client.get("/api/recent-searches").json() == {"keeps": False, "items": []}
        panel.get_by_role("checkbox").press("Space")
        expect(panel.get_by_role("checkbox")).to_be_checked()
        eventually(lambda: client.get("/api/recent-searches").json()["keeps"])


def test_who_may_only_look_keeps_no_searches(house: House) -> None:
    house.person("vera", role="viewer")
    with house.visitor("vera", PASSWORD) as visitor:
        visitor.page.goto("?q=type:jpg")
        expect(visitor.page.get_by_role("searchbox")).to_have_value("type:jpg")
        expect(visitor.page.get_by_role("button", name="Keep this search")).to_have_count(0)
        expect(visitor.page.get_by_role("link", name="Kept searches")).to_have_count(0)
