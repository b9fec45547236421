"""How the server is, for who looks after it and for who only uses it; and what goes on while a part is away."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Page, Route, expect

from tests.support import services
from tests.support.browser import PHONE, Visitor
from tests.support.frozen import frozen
from tests.support.waiting import eventually
from tests.ui.house import PASSWORD, House

pytestmark = pytest.mark.browser


def execute(house: House, *statements: str) -> None:
    """Change rows behind the server's back."""

    async def change() -> None:
        connection = await asyncpg.connect(house.up.postgres.url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    services.in_thread(change)


@contextmanager
def without_volume(house: House) -> Iterator[None]:
    """As if the disk of the originals was pulled out."""
    root: Path = house.up.data / "storage"
    root.rename(root.with_name("pulled"))
    try:
        yield
    finally:
        root.with_name("pulled").rename(root)


def indexed(house: House) -> None:
    eventually(lambda: house.admin.get("/api/status").json()["jobs"]["pending"] == 0, 120)
    eventually(lambda: house.admin.get("/api/status").json()["jobs"]["running"] == 0, 60)


def bar(page: Page, text: str) -> None:
    expect(page.locator(".status-bar")).to_contain_text(text)


@pytest.mark.parametrize(
    ("name", "options"),
    [("desktop", {}), ("phone", {"viewport": PHONE}), ("dark", {"color_scheme": "dark"})],
)
def test_one_sentence_says_how_the_server_is_and_each_part_is_told(
    house: House, name: str, options: dict[str, Any]
) -> None:
    indexed(house)
    with house.visitor("anna", **options) as anna:
        page = anna.page
        page.goto("admin/health")
        # Where the tests run, nothing may set the clock; that is a warning, and no more.
        verdict = page.get_by_role("status").filter(has_text=re.compile("All is well|needs? a hand"))
        expect(verdict).to_be_visible()
        parts = page.get_by_role("region", name="The parts")
        for part in ("Web server", "Worker", "Database", "Queue", "Photo storage", "Model"):
            expect(parts.get_by_text(part, exact=True)).to_be_visible()
        expect(parts.get_by_text("last heard of")).to_be_visible()
        expect(parts.get_by_text("Does not work")).to_have_count(0)
        page.get_by_text("things that are fine").click()
        expect(page.get_by_text("PostgreSQL").first).to_be_visible()
        tabs = page.get_by_role("navigation", name="Administration")
        expect(tabs.get_by_role("link", name="Health")).to_have_attribute("aria-current", "page")
        anna.shot(f"admin-health-{name}")
        assert anna.axe() == []
        tabs.get_by_role("link", name="People").click()
        expect(page.get_by_role("heading", name="People", level=1)).to_be_visible()
        expect(tabs.get_by_role("link", name="People")).to_have_attribute("aria-current", "page")
        expect(tabs.get_by_role("link", name="Health")).not_to_have_attribute("aria-current", "page")


def test_a_missing_disk_is_said_with_what_helps_and_looking_goes_on(house: House) -> None:
    indexed(house)
    house.person("mia")
    with house.visitor(None, locale="de-DE") as anna, house.visitor("mia") as mia:
        page = anna.page
        anna.context.request.post(
            "api/auth/login",
            data={"username": "anna", "password": PASSWORD},
            headers={"Origin": house.up.url},
        )
        page.goto("")
        anna.pictures(2)
        with without_volume(house):
            page.goto("")
            bar(page, "Der Fotospeicher ist nicht verbunden")
            # The smaller copies are elsewhere, and are shown as ever.
            anna.pictures(2)
            page.get_by_role("link", name="Was hilft").click()
            wrong = page.get_by_role("region", name="Was zu tun ist")
            expect(wrong.get_by_role("heading", name="Fotospeicher")).to_be_visible()
            expect(page.get_by_role("status").filter(has_text="funktionier")).to_be_visible()
            anna.shot("admin-health-no-disk-german")
            assert anna.axe() == []
            mia.page.goto("")
            bar(mia.page, "Whoever looks after this server can help.")
            expect(mia.page.get_by_role("link", name="What helps")).to_have_count(0)
        page.get_by_role("button", name="Noch einmal nachsehen").click()
        expect(wrong.get_by_role("heading", name="Fotospeicher")).to_have_count(0)


def test_who_does_not_look_after_the_server_is_told_nothing_of_it(house: House) -> None:
    house.person("noah")
    with house.visitor("noah") as noah:
        for path in ("health", "jobs"):
            noah.page.goto(f"admin/{path}")
            expect(noah.page.get_by_role("alert")).to_contain_text("Only administrators")
        assert not [line for line in noah.requests if "/api/admin/" in line]
        assert noah.axe() == []


def fail(house: House, code: str, *, count: int, whose: str = "anna") -> None:
    """Let the work on the first so many pictures of somebody have failed in this way."""
    execute(
        house,
        f"UPDATE job SET state = 'failed', error_code = '{code}', error_text = 'It broke.', attempts = 4"  # noqa: S608
        " WHERE asset IN (SELECT a.id FROM asset a JOIN account p ON p.id = a.owner"
        f" WHERE p.name = '{whose}' ORDER BY a.id LIMIT {count})",
    )


def open_failures(visitor: Visitor) -> Page:
    page = visitor.page
    page.goto("")
    page.get_by_role("link", name="See which").click()
    expect(page.get_by_role("heading", name="What could not be read", level=1)).to_be_visible()
    return page


def test_what_could_not_be_read_is_seen_with_what_helps_and_tried_again(house: House) -> None:
    indexed(house)
    refused = house.admin.post("/api/assets", files={"file": ("words.txt", b"no picture")})
    assert refused.status_code == 415
    fail(house, "encode_failed", count=2)
    with house.visitor("anna") as anna:
        page = open_failures(anna)
        group = page.get_by_role("region", name="could not be understood")
        expect(group.get_by_role("listitem")).to_have_count(2)
        expect(group.get_by_text("4 tries").first).to_be_visible()
        expect(
            page.get_by_role("region", name="Not a picture of a kind").get_by_text("words.txt")
        ).to_be_visible()
        anna.shot("failures")
        assert anna.axe() == []
        page.get_by_role("button", name="Forget words.txt").click()
        expect(page.get_by_text("words.txt", exact=True)).to_have_count(0)
        group.get_by_role("button", name=re.compile("to the trash")).first.click()
        expect(group.get_by_role("listitem")).to_have_count(1)
        page.get_by_role("button", name="Undo").click()
        expect(group.get_by_role("listitem")).to_have_count(2)
        page.get_by_role("button", name="Try all again").click()
        expect(page.get_by_role("heading", name="Everything could be read")).to_be_visible()
    indexed(house)
    assert house.admin.get("/api/status").json()["jobs"]["failed"] == 0


def test_everybodys_failures_are_counted_by_reason_and_tried_again(house: House) -> None:
    indexed(house)
    fail(house, "file_damaged", count=1)
    with house.visitor("anna", viewport=PHONE) as anna:
        page = anna.page
        page.goto("admin/jobs")
        reasons = page.get_by_role("region", name="What failed")
        expect(reasons.get_by_text("Damaged or cut short")).to_be_visible()
        expect(page.get_by_text("the worker was last heard of")).to_be_visible()
        anna.shot("admin-jobs-phone")
        assert anna.axe() == []
        reasons.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("1 picture is tried again.")).to_be_visible()
        expect(reasons.get_by_text("Nothing failed.")).to_be_visible()
    indexed(house)


def answering(body: dict[str, Any]) -> Callable[[Route], None]:
    """What answers every request with 503 and this body."""
    return lambda route: route.fulfill(status=503, json=body)


def test_a_database_that_is_away_is_said_and_what_was_seen_stays(house: House) -> None:
    """The answers are made up: `up` starts its database again before a browser could look."""
    indexed(house)
    away = {
        "type": "about:blank",
        "title": "Away",
        "status": 503,
        "code": "database_unavailable",
        "detail": "",
    }
    parts = [{"name": "database", "ready": False, "needed": True, "detail": ""}]
    ready = {"ready": False, "missing": ["database"], "parts": parts}
    with house.visitor("anna") as anna:
        page = anna.page
        page.goto("")
        anna.pictures(2)
        for path, body in (("status", away), ("admin/health", away), ("health/ready", ready)):
            page.route(f"**/api/{path}", answering(body))
        page.get_by_role("button", name="Administration").click()
        page.get_by_role("menuitem", name="Health").click()
        verdict = page.get_by_role("status").filter(has_text="The database can't be reached")
        expect(verdict).to_be_visible()
        expect(page.get_by_role("region", name="The parts")).to_contain_text(
            re.compile("Database.*Does not work")
        )
        bar(page, "The database can’t be reached")
        anna.shot("admin-health-no-database")
        assert anna.axe() == []
        page.go_back()
        anna.pictures(2)
        page.unroute_all()
        expect(page.locator(".status-bar")).to_have_count(0)
        anna.expected("503")


def test_a_worker_that_is_gone_is_said_and_looking_goes_on(house: House) -> None:
    """Last: it takes a while until a server that was started a moment ago may say so."""
    indexed(house)
    with house.visitor("anna") as anna:
        page = anna.page
        silence = "UPDATE setting SET changed_at = now() - interval '1 hour' WHERE key = 'worker.seen'"

        def is_silent() -> bool:
            execute(house, silence)
            return bool(house.admin.get("/api/status").json()["worker"]["state"] == "silent")

        with frozen(house.up.child("workers.main")):
            eventually(is_silent, 90)
            page.goto("")
            bar(page, "the worker does not run")
            anna.pictures(2)
            page.get_by_role("link", name="What helps").click()
            wrong = page.get_by_role("region", name="What needs a hand")
            expect(wrong.get_by_role("heading", name="Worker")).to_be_visible()
            anna.shot("admin-health-no-worker")
        eventually(lambda: house.admin.get("/api/status").json()["worker"]["state"] == "there", 60)
        page.get_by_role("button", name="Look again").click()
        expect(wrong.get_by_role("heading", name="Worker")).to_have_count(0)
