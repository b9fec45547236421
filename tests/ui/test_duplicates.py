"""Look-alikes: which one to keep and why, the way back, and what is not alike."""

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.browser import PHONE, PHOTOS
from tests.support.waiting import eventually
from tests.ui.house import House, add

pytestmark = pytest.mark.browser

PHONE_SCREEN: dict[str, Any] = {
    "viewport": PHONE,
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
_PHOTOS = sorted(PHOTOS.iterdir())


def add_with_copies(client: httpx.Client, photo: Path) -> None:
    """A picture, and the same compressed and scaled anew."""
    add(client, photo)
    with Image.open(photo) as picture:
        for quality, part in ((60, 1.0), (80, 0.6)):
            copy = io.BytesIO()
            size = (int(picture.width * part), int(picture.height * part))
            picture.convert("RGB").resize(size).save(copy, "JPEG", quality=quality)
            name = f"copy-{quality}-{photo.name}"
            answer = client.post("/api/assets", files={"file": (name, copy.getvalue())})
            assert answer.status_code == 201, answer.text


def groups(client: httpx.Client) -> int:
    return int(client.get("/api/duplicates").json()["total"])


def test_one_is_kept_others_are_trashed_and_all_comes_back(house: House) -> None:
    house.person("dora")
    with house.client("dora") as dora, house.visitor("dora") as visitor:
        page = visitor.page
        page.goto("duplicates")
        expect(page.get_by_role("heading", name="No look-alikes")).to_be_visible()
        assert visitor.axe() == []
        for photo in (_PHOTOS[10], _PHOTOS[11]):
            add_with_copies(dora, photo)
        eventually(lambda: groups(dora) == 2, 120)
        page.reload()
        card = page.get_by_role("article").filter(has_text=_PHOTOS[10].name)
        expect(page.get_by_text("2 groups")).to_be_visible()
        expect(card.get_by_text("most pixels, came first")).to_be_visible()
        visitor.shot("duplicates")
        assert visitor.axe() == []
        # What is to stay is chosen in the comparison as well.
        card.get_by_role("button", name="Compare", exact=True).click()
        compare = page.get_by_role("dialog", name="3 pictures that are alike")
        expect(compare.get_by_role("img", name=_PHOTOS[10].name, exact=True)).to_be_visible()
        compare.get_by_role("button", name="Goes: copy-80").click()
        visitor.shot("duplicates-compare")
        assert visitor.axe() == []
        page.keyboard.press("Escape")
        card.get_by_role("button", name="Move 1 to the trash").click()
        expect(card).to_have_count(0)
        expect(page.locator(":focus")).to_have_text("Look-alikes")
        eventually(lambda: len(dora.get("/api/trash").json()["items"]) == 1)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("All is as it was")).to_be_visible()
        expect(card).to_be_visible()
        assert dora.get("/api/trash").json()["items"] == []


def test_what_is_not_alike_is_said_for_good(house: House) -> None:
    house.person("edda")
    with house.client("edda") as edda:
        add_with_copies(edda, _PHOTOS[12])
        eventually(lambda: groups(edda) == 1, 120)
        options = PHONE_SCREEN | {"color_scheme": "dark", "locale": "de-DE"}
        with house.visitor(None, **options) as visitor:
            page = visitor.page
            page.goto("sign-in")
            page.get_by_label("Benutzername").fill("edda")
            page.get_by_label("Passwort", exact=True).fill("correct horse battery")
            page.get_by_role("button", name="Anmelden").click()
            expect(page.get_by_role("searchbox")).to_be_visible()
            page.goto("duplicates")
            page.get_by_role("button", name="Nicht ähnlich").tap()
            sheet = page.get_by_role("dialog", name="Sind diese nicht ähnlich?")
            visitor.shot("duplicates-phone-dark-german")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert visitor.axe() == []
            sheet.get_by_role("button", name="Nicht ähnlich").tap()
            expect(page.get_by_role("heading", name="Keine ähnlichen Bilder")).to_be_visible()
            assert groups(edda) == 0
