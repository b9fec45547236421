"""What the owner of a new library sees, and the example pictures that it can be tried with."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from tests.support.browser import PHONE, Visitor, visiting
from tests.support.up import Up
from tests.support.waiting import eventually
from tests.ui.house import PASSWORD

pytestmark = pytest.mark.browser

EXAMPLES = 24
TRIES = {
    "horses on a beach": "riders-on-the-beach.jpg",
    "somebody with an elephant": "elephant.jpg",
    "pizza with a glass of wine": "pizza-and-wine.jpg",
}


@pytest.fixture
def owner(browser: Browser, reachable_path: Path) -> Iterator[tuple[Visitor, httpx.Client]]:
    """The owner of a new, empty library, with a phone, and the same person at the API."""
    with Up(reachable_path / "data") as up, httpx.Client(base_url=up.url, trust_env=False) as client:
        client.headers["Origin"] = up.url
        account = {"token": up.setup_token(), "username": "anna", "password": PASSWORD}
        assert client.post("/api/auth/setup", json=account).status_code == 201
        screen = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
        with visiting(browser, f"{up.url}/", **screen) as visitor:
            visitor.signed_in("anna", PASSWORD)
            yield visitor, client


def test_a_new_library_is_tried_with_examples_that_leave_by_themselves(
    owner: tuple[Visitor, httpx.Client],
) -> None:
    visitor, client = owner
    page = visitor.page
    page.goto("welcome")
    expect(page.get_by_role("heading", name="Hello, anna")).to_be_visible()
    expect(page.get_by_text("The storage is connected")).to_be_visible()
    assert visitor.axe() == []
    page.get_by_role("button", name="Add example pictures").click()
    expect(page.get_by_text("They are in your library.")).to_be_visible()
    visitor.shot("welcome-phone")
    items = client.get("/api/assets").json()["items"]
    assert len(items) == EXAMPLES
    assert {(item["folder"], item["expires_at"] is None) for item in items} == {("Examples", False)}
    eventually(
        lambda: not any(client.get("/api/status").json()["jobs"][state] for state in ("pending", "running")),
        90,
    )
    # Each of the searches that are offered finds what it is about first.
    for words, first in TRIES.items():
        found = client.get("/api/search", params={"q": words}).json()["items"]
        assert found[0]["asset"]["filename"] == first, words
    page.get_by_role("link", name="horses on a beach").click()
    expect(page).to_have_url(re.compile("q=horses"))
    expect(page.locator(".thumb").first).to_have_attribute("aria-label", re.compile("^riders-on-the-beach"))
    # Where they come from is told beside them.
    page.goto("welcome")
    with page.expect_popup() as sources:
        page.get_by_role("link", name="Where these photos come from").click()
    expect(sources.value.get_by_text("CC BY 2.0").first).to_be_visible()


def test_examples_that_were_cut_off_go_on_where_they_stopped(owner: tuple[Visitor, httpx.Client]) -> None:
    visitor, client = owner
    page = visitor.page
    page.goto("")
    page.get_by_role("link", name="Try it with example pictures").click()
    sent = 0

    def cut(route: Route) -> None:
        nonlocal sent
        sent += 1
        if sent == 3:
            route.abort()
        else:
            route.continue_()

    page.route(re.compile(r"/api/assets$"), lambda r: cut(r) if r.request.method == "POST" else r.continue_())
    page.get_by_role("button", name="Add example pictures").click()
    expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    visitor.expected("ERR_FAILED")
    assert len(client.get("/api/assets").json()["items"]) == 2
    page.get_by_role("button", name="Add example pictures").click()
    expect(page.get_by_text("They are in your library.")).to_be_visible()
    assert len(client.get("/api/assets").json()["items"]) == EXAMPLES
