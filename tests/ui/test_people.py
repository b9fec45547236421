"""People in the page: let in by a link, with an account to look after, and a way out."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE
from tests.support.waiting import eventually
from tests.ui.house import PASSWORD, THIRD, House, act, add

pytestmark = pytest.mark.browser


def invite(page: Page, name: str) -> str:
    """The link of a new invitation."""
    page.goto("people")
    page.get_by_role("button", name="Add somebody").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("For whom").fill(name)
    sheet.get_by_role("button", name="Make the link").click()
    link = sheet.get_by_label("Link of the invitation").input_value()
    sheet.get_by_role("button", name="Done").click()
    return link


def test_a_link_lets_one_person_in_who_chooses_a_password(house: House) -> None:
    with house.visitor("anna") as anna:
        link = invite(anna.page, "ben")
        expect(anna.page.get_by_text("Open invitations")).to_be_visible()
        assert anna.axe() == []
    with house.visitor(None) as ben:
        page = ben.page
        page.goto(link)
        expect(page.get_by_role("heading", name="Make your account")).to_be_visible()
        expect(page).not_to_have_url(re.compile("invite="))
        name, password = page.get_by_label("User name"), page.get_by_label("Password", exact=True)
        expect(name).to_have_value("ben")
        expect(name).to_have_attribute("autocomplete", "username")
        expect(password).to_have_attribute("autocomplete", "new-password")
        ben.shot("sign-up")
        assert ben.axe() == []
        password.fill("password1")
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("alert")).to_contain_text("Choose another name or password")
        ben.expected("400")
        password.fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Bring in your first pictures")).to_be_visible()
        # A member has no people to look after.
        page.get_by_role("button", name="Account of ben").first.click()
        expect(page.get_by_role("menuitem", name="Your account")).to_be_visible()
        expect(page.get_by_role("menuitem", name="People")).to_be_hidden()
    with house.visitor(None) as stranger:
        stranger.page.goto(link)
        expect(stranger.page.get_by_role("alert")).to_contain_text("an invitation that is still good")
        expect(stranger.page.get_by_label("User name")).to_be_hidden()
        stranger.expected("403")


def test_a_link_opened_where_the_page_is_shown_already_is_taken(house: House) -> None:
    with house.visitor("anna") as anna:
        link = invite(anna.page, "nora")
    with house.visitor(None) as nora:
        page = nora.page
        page.goto("signup")
        expect(page.get_by_role("alert")).to_contain_text("without an invitation")
        page.evaluate("window.stayed = true")
        page.evaluate("link => { location.href = link }", link)
        expect(page.get_by_label("User name")).to_have_value("nora")
        expect(page).to_have_url(re.compile("/signup$"))
        assert page.evaluate("window.stayed") is True


def test_the_sign_in_page_is_what_password_managers_expect(house: House) -> None:
    with house.visitor(None) as stranger:
        page = stranger.page
        page.goto("sign-in")
        # The second time the browser has the page already, and is told that it is good.
        page.goto("sign-in")
        name, password = page.get_by_label("User name"), page.get_by_label("Password", exact=True)
        expect(name).to_have_attribute("autocomplete", "username")
        expect(name).to_have_attribute("name", "username")
        expect(password).to_have_attribute("autocomplete", "current-password")
        expect(password).to_have_attribute("type", "password")
        assert page.evaluate("document.querySelector('form').querySelectorAll('[type=submit]').length") == 1
        # Pasting is let through: nobody listens to it.
        pasted = "const e = new ClipboardEvent('paste', { bubbles: true, cancelable: true });"
        assert page.evaluate(f"{pasted} document.querySelector('[name=password]').dispatchEvent(e)") is True
        expect(page.get_by_text("Make an account")).to_be_hidden()
        page.goto("?sign_in_error=not_a_member")
        said = page.get_by_role("alert").filter(has_text="not in the group that may use this server")
        expect(said).to_be_visible()
        stranger.shot("sign-in-refused")
        assert stranger.axe() == []


def test_an_account_is_looked_after_by_its_owner(house: House) -> None:
    house.person("carla")
    with house.client("carla") as elsewhere, house.visitor("carla") as carla:
        page = carla.page
        page.get_by_role("button", name="Account of carla").first.click()
        page.get_by_role("menuitem", name="Your account").click()
        sessions = page.get_by_role("region", name="Where you are signed in")
        expect(sessions.get_by_role("listitem")).to_have_count(2)
        expect(sessions.get_by_role("listitem").first).to_contain_text("This one")
        assert carla.axe() == []
        sessions.get_by_role("button", name="Sign out all others").click()
        expect(sessions.get_by_role("listitem")).to_have_count(1)
        assert elsewhere.get("/api/me").status_code == 401
        password = page.get_by_role("region", name="Password")
        password.get_by_label("Present password").fill("not this one")
        password.get_by_label("New password").fill("a new horse battery")
        password.get_by_role("button", name="Change the password").click()
        expect(password.get_by_role("alert")).to_have_text("The password is wrong.")
        carla.expected("401")
        expect(password.get_by_label("New password")).to_have_attribute("autocomplete", "new-password")
        password.get_by_label("Present password").fill(PASSWORD)
        password.get_by_role("button", name="Change the password").click()
        expect(page.get_by_text("Your password is changed")).to_be_visible()
        # This browser goes on with a new token.
        page.reload()
        expect(sessions.get_by_role("listitem")).to_have_count(1)
    with house.client("carla", "a new horse battery"):
        pass


def test_a_key_is_made_once_it_is_clear_who_asks(house: House) -> None:
    house.person("dora")
    with house.visitor("dora") as dora:
        page = dora.page
        house.age_sessions()
        page.goto("account")
        page.get_by_role("button", name="New key").click()
        page.get_by_label("What it is for").fill("backup")
        page.get_by_role("button", name="Make the key").click()
        question = page.get_by_role("dialog", name="Is it you?")
        expect(question).to_be_visible()
        dora.shot("confirm")
        assert dora.axe() == []
        question.get_by_label("Password", exact=True).fill("wrong")
        question.get_by_role("button", name="Confirm").click()
        expect(question.get_by_role("alert")).to_have_text("The password is wrong.")
        question.get_by_label("Password", exact=True).fill(PASSWORD)
        question.get_by_role("button", name="Confirm").click()
        made = page.get_by_role("dialog", name="Your new key")
        key = made.get_by_label("backup").input_value()
        dora.shot("key")
        headers = {"Authorization": f"Bearer {key}"}
        assert httpx.get(f"{house.up.url}/api/assets", headers=headers, trust_env=False).status_code == 200
        made.get_by_role("button", name="Done").click()
        keys = page.get_by_role("region", name="API keys")
        keys.get_by_role("button", name="Revoke the key backup").click()
        expect(keys.get_by_text("There are no keys.")).to_be_visible()
        assert httpx.get(f"{house.up.url}/api/assets", headers=headers, trust_env=False).status_code == 401
        dora.expected("401", "403")


def test_who_is_switched_off_is_out_at_once(house: House) -> None:
    house.person("emil")
    with house.visitor("emil") as emil, house.visitor("anna") as anna:
        anna.page.goto("people")
        act(anna.page, "Actions for emil", "Switch off")
        expect(anna.page.get_by_text("emil is switched off")).to_be_visible()
        row = anna.page.get_by_role("listitem").filter(has_text="emil")
        expect(row.get_by_text("Switched off", exact=True)).to_be_visible()
        assert anna.axe() == []
        emil.page.goto("trash")
        expect(emil.page.get_by_role("heading", name="Sign in to Scene-Sense")).to_be_visible()
        emil.expected("401")
        act(anna.page, "Actions for emil", "Edit")
        sheet = anna.page.get_by_role("dialog")
        sheet.get_by_label("Role").select_option("viewer")
        sheet.get_by_label("Room").fill("2,5")
        assert anna.axe() == []
        sheet.get_by_role("button", name="Save").click()
        expect(row.get_by_text("of 2.5 GB used")).to_be_visible()
        expect(row.get_by_text("Viewer", exact=True)).to_be_visible()
        act(anna.page, "Actions for emil", "Switch on")
        expect(row.get_by_text("Switched off", exact=True)).to_be_hidden()
        emil.signed_in("emil", PASSWORD)
        # Who only looks is offered nothing else.
        expect(emil.page.get_by_role("heading", name="Nothing is shared with you yet")).to_be_visible()
        expect(emil.page.get_by_role("button", name="Add pictures")).to_have_count(0)
        expect(emil.page.get_by_role("link", name="Trash")).to_have_count(0)
        # All of it is in the log.
        anna.page.get_by_role("link", name="Activity").click()
        expect(anna.page.get_by_text("anna changed an account: emil").first).to_be_visible()
        expect(anna.page.get_by_text("role: Viewer · room: 2.5 GB")).to_be_visible()


def test_an_account_goes_once_its_name_is_typed_and_its_pictures_have_a_place(house: House) -> None:
    house.person("hugo")
    with house.client("hugo") as hugo:
        add(hugo, THIRD)
    with house.visitor("anna") as anna:
        page = anna.page
        house.age_sessions()
        page.goto("people")
        act(page, "Actions for hugo", "Delete")
        sheet = page.get_by_role("dialog", name="Delete hugo?")
        expect(sheet.get_by_text("It has 1 picture.")).to_be_visible()
        sheet.get_by_label("To whom").select_option(label="anna")
        delete = sheet.get_by_role("button", name="Delete the account")
        expect(delete).to_be_disabled()
        sheet.get_by_label("Type “hugo” to confirm").fill("hugo")
        anna.shot("delete-account")
        assert anna.axe() == []
        delete.click()
        page.get_by_role("dialog", name="Is it you?").get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("hugo is deleted; 1 picture was handed over.")).to_be_visible()
        expect(page.get_by_role("button", name="Actions for hugo")).to_be_hidden()
        anna.expected("403")
        page.goto("folders")
        expect(page.get_by_role("link", name="From hugo")).to_be_visible()


LOOKS = [
    pytest.param({"color_scheme": "light"}, "desktop-light", id="desktop light"),
    pytest.param({"color_scheme": "dark", "locale": "de-DE"}, "desktop-dark", id="desktop dark, German"),
    pytest.param(
        {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True},
        "phone-light",
        id="phone light",
    ),
    pytest.param(
        {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark", "locale": "de-DE"},
        "phone-dark",
        id="phone dark, German",
    ),
]


@pytest.mark.parametrize(("options", "name"), LOOKS)
def test_every_screen_of_people_is_in_order_on_every_screen(
    house: House, options: dict[str, Any], name: str
) -> None:
    with house.visitor(None, **options) as visitor:
        page = visitor.page
        answer = visitor.context.request.post(
            "api/auth/login",
            data={"username": "anna", "password": PASSWORD},
            headers={"Origin": house.up.url},
        )
        assert answer.ok, answer.text()
        for place in ("account", "people", "people/activity", "folders"):
            page.goto(place)
            expect(page.get_by_role("listitem").first).to_be_visible()
            eventually(lambda: page.evaluate("document.fonts.status") == "loaded")
            visitor.shot(f"{place.replace('/', '-')}-{name}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert visitor.axe() == []
