"""What an answer says of itself: how much fits, where it ends, what was meant, and what looks the same."""

import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlparse

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import DESKTOP, PHONE, PHOTOS, SMALLEST, Visitor
from tests.support.waiting import eventually
from tests.ui.conftest import Library

pytestmark = pytest.mark.browser

PHONE_SCREEN = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}

_OVERLAPS = """() => {
    const parts = [...document.querySelectorAll('.results-title, .results-ways, .filter-bar')]
    const boxes = parts.map((part) => part.getBoundingClientRect())
    return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
        a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5)).length
}"""


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)


def first_label(page: Page) -> str:
    return str(page.locator(".thumb").first.get_attribute("aria-label"))


def test_what_fits_is_counted_and_its_end_leads_on(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+dog")
    expect(page.get_by_text(re.compile(r"^\d+ pictures? fits?$"))).to_be_visible()
    expect(page.get_by_text("What fits ends here.")).to_be_visible()
    fitting = page.get_by_role("grid", name="Results, best first").locator(".thumb").count()
    page.get_by_role("button", name="Show more, less alike").click()
    others = page.get_by_role("grid", name="Less alike")
    expect(others).to_be_visible()
    visitor.shot("answer-beyond")
    assert visitor.axe() == []
    page.reload()
    expect(others).to_be_visible()
    # The viewer goes from what fits on to what is below.
    page.get_by_role("grid", name="Results, best first").locator(".thumb").last.click()
    expect(page.get_by_test_id("viewer-image")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(others.locator(":focus")).to_have_attribute("data-index", "0")
    # Another strength is another answer, from its beginning.
    page.get_by_role("radio", name="Loose").check()
    eventually(lambda: asked(page) == {"q": ["a dog"], "strength": ["loose"]})
    loosely = page.get_by_role("grid", name="Results, best first").locator(".thumb")
    eventually(lambda: loosely.count() >= fitting)


def test_where_nothing_fits_the_nearest_is_shown_and_what_narrows_is_dropped(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+submarine+cockpit+in+space&strength=strict&orientation=landscape")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(page.get_by_role("grid", name="Nearest pictures")).to_be_visible()
    visitor.pictures(1)
    visitor.shot("answer-nothing")
    assert visitor.axe() == []
    page.get_by_role("button", name="Without “Landscape”").click()
    eventually(lambda: "orientation" not in asked(page))
    page.get_by_role("button", name="Search more loosely").click()
    eventually(lambda: asked(page)["strength"] == ["loose"])


def test_marks_refine_one_search_and_end_with_it(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+dog&strength=loose")
    visitor.pictures(2)
    wrong = first_label(page)
    page.locator(".thumb").first.focus()
    page.keyboard.press("-")
    eventually(lambda: "wrong" in asked(page))
    chip = page.get_by_role("button", name="Refined by 1 mark")
    expect(chip).to_be_visible()
    expect(page.get_by_role("link", name=wrong)).to_have_count(0)
    page.locator(".thumb").first.hover()
    page.get_by_role("button", name="This is what I mean", exact=True).click()
    eventually(lambda: "right" in asked(page))
    assert visitor.axe() == []
    page.get_by_role("button", name="Refined by 2 marks").click()
    eventually(lambda: asked(page) == {"q": ["a dog"], "strength": ["loose"]})
    expect(page.get_by_role("link", name=wrong)).to_be_visible()
    page.locator(".thumb").first.hover()
    page.get_by_role("button", name="More like this", exact=True).click()
    eventually(lambda: list(asked(page)) == ["like"])


@pytest.mark.parametrize("visitor", [PHONE_SCREEN | {"color_scheme": "dark"}], indirect=True)
def test_a_finger_marks_several_and_asks_then(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("?q=a+dog&strength=loose")
    visitor.pictures(2)
    page.get_by_role("button", name="Right or wrong").tap()
    page.locator(".thumb").nth(0).tap()
    page.locator(".thumb").nth(1).tap()
    page.locator(".thumb").nth(1).tap()
    expect(page.get_by_text("2 pictures marked")).to_be_visible()
    assert "right" not in asked(page)
    visitor.shot("answer-marking-phone-dark")
    assert visitor.axe() == []
    page.get_by_role("button", name="Search again").tap()
    eventually(lambda: {"right", "wrong"} <= asked(page).keys())


@pytest.fixture
def copied(library: Library) -> Iterator[str]:
    """The name of a picture of which there is a smaller one too, for as long as the test lasts."""
    photo = sorted(PHOTOS.iterdir())[11]
    with Image.open(photo) as picture:
        copy = io.BytesIO()
        picture.convert("RGB").resize((picture.width // 2, picture.height // 2)).save(copy, "JPEG", quality=70)
    name = f"smaller-{photo.name}"
    answer = library.client.post("/api/assets", files={"file": (name, copy.getvalue())})
    made = str(answer.json()["asset"]["id"])
    eventually(lambda: library.client.get("/api/duplicates").json()["total"] == 1, 120)
    yield photo.name
    assert library.client.delete(f"/api/assets/{made}").is_success


def test_look_alikes_are_one_picture_that_opens(visitor: Visitor, copied: str) -> None:
    page = visitor.page
    page.goto("?q=type:image")
    visitor.pictures(8)
    count = page.locator("[data-mark=alike]")
    expect(count).to_have_count(1)
    count.click()
    sheet = page.get_by_role("dialog", name="Look-alikes")
    expect(sheet.get_by_role("link")).to_have_count(2)
    visitor.shot("answer-look-alikes")
    assert visitor.axe() == []
    sheet.get_by_role("link", name=f"smaller-{copied}").click()
    expect(page.get_by_test_id("viewer-image")).to_be_visible()
    page.keyboard.press("Escape")


@pytest.mark.parametrize(
    ("visitor", "name"),
    [
        ({"viewport": DESKTOP, "locale": "de-DE", "color_scheme": "dark"}, "desktop"),
        ({"viewport": {"width": 900, "height": 800}, "locale": "de-DE"}, "tablet"),
        (PHONE_SCREEN | {"viewport": SMALLEST, "locale": "de-DE"}, "smallest"),
    ],
    indirect=["visitor"],
)
def test_nothing_overlaps_in_the_head_in_german(visitor: Visitor, name: str) -> None:
    page = visitor.page
    page.goto("?q=a+dog&strength=loose&tag=garden&orientation=landscape&beyond=true")
    expect(page.get_by_role("group", name="Einschränken, was gezeigt wird")).to_be_visible()
    page.goto("?q=a+dog&strength=loose&untagged=true")
    expect(page.get_by_role("radio", name="Locker")).to_be_visible()
    visitor.pictures(1)
    visitor.shot(f"answer-german-{name}")
    assert page.evaluate(_OVERLAPS) == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
