"""Looking after the server in the page: where things are kept, what goes for good, and which model answers."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PHONE
from tests.support.tiny_models import Tiny, make
from tests.support.waiting import eventually
from tests.ui.house import House, act
from tests.ui.test_health import execute, indexed

pytestmark = pytest.mark.browser

_KINDS = [("desktop", {}), ("phone", {"viewport": PHONE}), ("dark", {"color_scheme": "dark"})]


@pytest.mark.parametrize(("name", "options"), _KINDS)
def test_the_disk_and_what_takes_up_how_much(house: House, name: str, options: dict[str, Any]) -> None:
    with house.visitor("anna", **options) as anna:
        page = anna.page
        page.goto("admin/storage")
        expect(page.get_by_role("status").filter(has_text="The photo storage is connected")).to_be_visible()
        disk = page.get_by_role("region", name="The disk of the originals")
        expect(disk.get_by_text(str(house.up.data / "storage"))).to_be_visible()
        expect(page.get_by_role("region", name="Room of each person").get_by_text("anna")).to_be_visible()
        expect(page.get_by_role("region", name="What goes for good")).to_contain_text("Nothing is due now")
        tab = page.get_by_role("navigation", name="Administration").get_by_role("link", name="Storage")
        expect(tab).to_be_in_viewport()
        anna.shot(f"admin-storage-{name}")
        assert anna.axe() == []


def test_a_purge_that_asks_is_agreed_to_in_clear_words_by_who_proves_who_they_are(house: House) -> None:
    execute(
        house,
        "INSERT INTO purge_hold (held_at, due, due_bytes, library) VALUES (now(), 4321, 8123456789, 9000)",
    )
    with house.visitor("anna") as anna:
        page = anna.page
        house.age_sessions()
        page.goto("admin/storage")
        panel = page.get_by_role("region", name="What goes for good")
        expect(panel).to_contain_text("4321 pictures fell due at once")
        panel.get_by_role("button", name="It is meant").click()
        sheet = page.get_by_role("dialog", name="Delete for good?")
        expect(sheet).to_contain_text("Nothing brings them back")
        submit = sheet.get_by_role("button", name="Delete 4321 pictures for good")
        expect(submit).to_be_disabled()
        sheet.get_by_label("These pictures are meant to be deleted for good").check()
        anna.shot("admin-purge-agree")
        assert anna.axe() == []
        submit.click()
        question = page.get_by_role("dialog", name="Is it you?")
        question.get_by_label("Password", exact=True).fill("correct horse battery")
        question.get_by_role("button", name="Confirm").click()
        anna.expected("403", "401")
        expect(page.get_by_text("They go at the next purge")).to_be_visible()
        expect(panel.get_by_role("button", name="It is meant")).to_have_count(0)
    assert house.admin.get("/api/admin/purge").json()["hold"] is None


def sets(page: Page) -> Locator:
    return page.get_by_role("region", name="Models with vectors").get_by_role("listitem")


def is_full(house: House, name: str) -> bool:
    found = {each["name"]: each for each in house.admin.get("/api/admin/models").json()}
    return name in found and found[name]["vectors"] == found[name]["assets"]


def test_another_model_is_filled_compared_and_takes_over_and_goes(house: House) -> None:
    indexed(house)
    make(house.up.data / "models" / "tiny", Tiny(image_dimension=12, text_dimension=12))
    with house.visitor("anna") as anna:
        page = anna.page
        page.goto("admin/models")
        expect(sets(page)).to_have_count(1)
        expect(sets(page).first).to_contain_text("Answers searches")
        page.get_by_role("button", name="Add a model").click()
        sheet = page.get_by_role("dialog", name="Add a model")
        sheet.get_by_label("Name of the model").fill("not-there")
        sheet.get_by_role("button", name="Begin").click()
        expect(sheet.get_by_role("alert")).to_contain_text("not-there")
        anna.expected("503", "400", "404", "422")
        # What was typed is still there, to be corrected.
        expect(sheet.get_by_label("Name of the model")).to_have_value("not-there")
        sheet.get_by_label("Name of the model").fill("tiny")
        sheet.get_by_role("button", name="Begin").click()
        expect(sets(page)).to_have_count(2)
        eventually(lambda: is_full(house, "tiny"), 120)
        expect(sets(page).nth(1)).to_contain_text("100%")

        compare = page.get_by_role("region", name="Compare two models")
        compare.get_by_label("Words").fill("a dog")
        compare.get_by_role("button", name="Compare").click()
        expect(compare.get_by_role("status")).to_contain_text("Both found")
        expect(compare.get_by_role("region", name="Found by tiny").get_by_role("img").first).to_be_visible()
        anna.shot("admin-models")
        assert anna.axe() == []

        act(page, "What can be done with tiny", "Let it answer searches")
        page.get_by_role("dialog").get_by_role("button", name="Switch", exact=True).click()
        expect(sets(page).first).to_contain_text(re.compile("tiny.*Answers searches"))
        page.get_by_role("button", name="Back to starter").click()
        page.get_by_role("dialog").get_by_role("button", name="Switch", exact=True).click()
        expect(sets(page).first).to_contain_text(re.compile("starter.*Answers searches"))

        act(page, "What can be done with tiny", "Pause it")
        expect(sets(page).nth(1)).to_contain_text("Paused")
        execute(house, "UPDATE active_model SET switched_at = now() - interval '1 hour'")
        act(page, "What can be done with tiny", "Delete its vectors")
        sheet = page.get_by_role("dialog", name="Delete the vectors of tiny?")
        expect(sheet.get_by_role("button", name="Delete its vectors")).to_be_disabled()
        sheet.get_by_label(re.compile("tiny")).fill("tiny")
        sheet.get_by_role("button", name="Delete its vectors").click()
        expect(sets(page)).to_have_count(1)
        expect(compare).to_have_count(0)


def test_models_on_a_phone(house: House) -> None:
    with house.visitor("anna", viewport=PHONE) as anna:
        anna.page.goto("admin/models")
        expect(sets(anna.page).first).to_contain_text("Answers searches")
        anna.shot("admin-models-phone")
        assert anna.axe() == []


@pytest.mark.parametrize(("name", "options"), _KINDS[:2])
def test_where_there_is_no_identity_provider_it_says_how_to_set_one_up(
    house: House, name: str, options: dict[str, Any]
) -> None:
    with house.visitor("anna", **options) as anna:
        page = anna.page
        page.goto("admin/provider")
        expect(page.get_by_text("No identity provider is set up.")).to_be_visible()
        expect(page.get_by_text("OIDC_ENABLED=true")).to_be_visible()
        anna.shot(f"admin-provider-none-{name}")
        assert anna.axe() == []
        assert not [line for line in anna.requests if "/api/admin/oidc/" in line]
