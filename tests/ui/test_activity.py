"""The log in the page: sentences instead of codes, narrowed by whom, what, how it ended and when."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from appliance import clock
from tests.support.browser import Visitor
from tests.ui.house import PASSWORD, House

pytestmark = pytest.mark.browser


def entries(page: Page) -> Locator:
    return page.get_by_role("region", name="Entries").get_by_role("listitem")


def failed_sign_in(visitor: Visitor, name: str, url: str) -> None:
    answer = visitor.context.request.post(
        "api/auth/login",
        data={"username": name, "password": "not this one"},
        headers={"Origin": url},
    )
    assert answer.status == 401


def test_the_log_is_narrowed_and_what_it_is_narrowed_to_is_in_the_address(house: House) -> None:
    nora = house.person("nora", "viewer")
    house.person("otto")
    with house.visitor("anna") as anna:
        failed_sign_in(anna, "nora", house.up.url)
        page = anna.page
        page.goto("people/activity")
        page.get_by_label("Person").select_option(label="nora")
        expect(entries(page)).to_have_text(
            [
                re.compile("Somebody tried to sign in: nora.*The password was wrong"),
                re.compile("nora.*Viewer"),
            ]
        )
        expect(page).to_have_url(re.compile(nora))
        page.get_by_label("Outcome").select_option(label="Refused")
        expect(entries(page)).to_have_count(1)
        anna.shot("activity-narrowed")
        assert anna.axe() == []
        page.reload()
        expect(entries(page)).to_have_count(1)
        expect(page.get_by_label("Person")).to_have_value(nora)
        page.get_by_label("What").select_option(label="Models")
        expect(page.get_by_text("Nothing of this kind was noted.")).to_be_visible()
        page.get_by_role("button", name="Show all").click()
        expect(page.get_by_text("anna made an account: otto").first).to_be_visible()
        expect(page).to_have_url(re.compile("/people/activity$"))


def test_days_are_the_readers_own_and_are_typed_with_the_keyboard(house: House) -> None:
    with house.visitor("anna", timezone_id="Pacific/Kiritimati") as anna:
        page = anna.page
        page.goto("people/activity")
        expect(entries(page).first).to_be_visible()
        # Fourteen hours ahead: their day begins while it is still yesterday in Greenwich.
        today = (clock.now() + timedelta(hours=14)).date()
        field = page.get_by_label("From")
        field.focus()
        # Read the same by people who begin with the month.
        page.keyboard.type(f"0101{today.year}")
        expect(page).to_have_url(re.compile(f"from={today.year}-01-01"))
        expect(field).to_have_value(f"{today.year}-01-01")
        field.fill(today.isoformat())
        expect(page).to_have_url(re.compile(f"from={today.isoformat()}"))
        expect(page.get_by_text("signed in").first).to_be_visible()
        page.get_by_label("To", exact=True).fill((today - timedelta(days=1)).isoformat())
        expect(page.get_by_text("Nothing of this kind was noted.")).to_be_visible()


def test_who_is_gone_is_a_deleted_account_and_the_log_reads_german(house: House) -> None:
    paula = house.person("paula")
    assert house.admin.delete(f"/api/admin/users/{paula}", params={"assets": "trash"}).is_success
    with house.visitor(None, locale="de-DE") as visitor:
        visitor.context.request.post(
            "api/auth/login",
            data={"username": "anna", "password": PASSWORD},
            headers={"Origin": house.up.url},
        )
        page = visitor.page
        page.goto(f"people/activity?person={paula}")
        expect(page.get_by_label("Person")).to_have_value(paula)
        rows = page.get_by_role("region", name="Einträge").get_by_role("listitem")
        expect(rows.first).to_contain_text("anna hat ein Konto gelöscht")
        expect(rows.first).to_contain_text("Bilder im Papierkorb")
        expect(rows.nth(1)).to_contain_text("anna hat ein Konto angelegt: inzwischen gelöscht")
        assert visitor.axe() == []


def test_the_log_is_not_offered_to_who_may_not_read_it(house: House) -> None:
    house.person("quentin")
    with house.visitor("quentin") as quentin:
        quentin.page.goto("people/activity")
        expect(quentin.page.get_by_role("alert")).to_contain_text("Only administrators")
        expect(quentin.page.get_by_label("Person")).to_have_count(0)
        assert not [line for line in quentin.requests if "/api/admin/" in line]
        assert quentin.axe() == []
        quentin.page.goto("nowhere")
        expect(quentin.page.get_by_role("heading", name="There is nothing here", level=1)).to_be_visible()
        assert quentin.axe() == []
