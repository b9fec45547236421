"""Adding pictures through the page: whatever happens on the way, each file ends with a word about it."""

import base64
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.support.browser import PHONE, PHOTOS, Visitor, visiting
from tests.support.waiting import eventually
from tests.support.wire import Wire
from tests.ui.house import FIRST, PASSWORD, House, add

pytestmark = pytest.mark.browser


def picture(path: Path, seed: int, side: int = 1500) -> Path:
    """A picture that nobody has yet; as it is nothing but noise, it has some 2 MB."""
    noise = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, quality=90)
    return path


#: A folder as people have them, most of it rubbish.
RUBBISH = 5_000


def messy_folder(folder: Path) -> Path:
    """Some pictures, one of them damaged, among thousands of texts, empty files and what systems leave behind."""
    inside = folder / "Old disk" / "Zoo"
    inside.mkdir(parents=True)
    photos = sorted(PHOTOS.iterdir())[20:26]
    for photo in photos:
        (inside / photo.name).write_bytes(photo.read_bytes())
    (inside / "broken.jpg").write_bytes(photos[0].read_bytes()[:4000])
    (inside / "Thumbs.db").write_bytes(b"x")
    (inside / "same again.jpg").write_bytes(photos[1].read_bytes())
    for number in range((RUBBISH - 9) // 2):
        (inside / f"note {number}.txt").write_text("x")
        (folder / "Old disk" / f"empty {number}.jpg").touch()
    return folder / "Old disk"


def tray_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Pictures being added")


@contextmanager
def slowed(visitor: Visitor, bytes_per_second: int = 300_000) -> Iterator[None]:
    """The network of somebody far away, so that there is time to look while a picture of 2 MB goes up."""
    session = visitor.context.new_cdp_session(visitor.page)
    network = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", network | {"uploadThroughput": bytes_per_second})
    yield
    session.send("Network.emulateNetworkConditions", network | {"uploadThroughput": -1})


class Sent:
    """The requests that carried bytes, and the offsets that they began at."""

    def __init__(self, visitor: Visitor) -> None:
        self.offsets: list[int] = []
        visitor.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if request.method == "PATCH":
            self.offsets.append(int(request.headers["upload-offset"]))


def percent(tray: Locator) -> int:
    found = re.search(r"(\d+)%", tray.get_by_role("listitem").first.inner_text())
    return int(found[1]) if found else 0


def test_a_cut_off_upload_says_so_and_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    house.person("uli")
    with Wire(house.up.url) as wire, visiting(house.browser, f"{wire.url}/") as visitor:
        visitor.signed_in("uli", PASSWORD)
        tray, sent = tray_of(visitor.page), Sent(visitor)
        file = picture(tmp_path / "cut.jpg", 1)
        with slowed(visitor):
            visitor.pick([file])
            eventually(lambda: percent(tray) > 25, 30)
            wire.cut()
        expect(tray.get_by_role("status")).to_contain_text("The connection is lost")
        expect(tray.get_by_text("goes on by itself", exact=False)).to_be_visible()
        expect(tray.get_by_text(re.compile(r"^Cut off at \d+%"))).to_be_visible()
        visitor.shot("upload-cut-off")
        assert visitor.axe() == []
        wire.mend()
        tray.get_by_role("button", name="Try now").click()
        expect(tray.get_by_role("heading", name="1 picture added")).to_be_visible()
        expect(tray.get_by_role("status")).to_be_empty()
        assert len(sent.offsets) == 2
        assert sent.offsets[0] == 0
        assert 0 < sent.offsets[1] < file.stat().st_size
        visitor.expected("ERR_CONNECTION", "ERR_SOCKET", "ERR_EMPTY_RESPONSE")


def test_everything_is_paused_and_goes_on_by_the_keyboard(house: House, tmp_path: Path) -> None:
    house.person("pia")
    with house.visitor("pia") as visitor, slowed(visitor):
        page = visitor.page
        tray, sent = tray_of(page), Sent(visitor)
        visitor.pick([picture(tmp_path / "first.jpg", 2), picture(tmp_path / "second.jpg", 3)])
        eventually(lambda: percent(tray) > 5, 30)
        one = tray.get_by_role("button", name=re.compile("^Pause first"))
        one.focus()
        page.keyboard.press("Enter")
        expect(tray.get_by_text(re.compile(r"^Paused at \d+%"))).to_have_count(1)
        # The same button, which now does the opposite.
        expect(tray.get_by_role("button", name="Go on with first.jpg")).to_be_focused()
        tray.get_by_role("button", name="Pause all").click()
        expect(tray.get_by_text(re.compile(r"^Paused at \d+%"))).to_have_count(2)
        expect(tray.get_by_role("status")).to_contain_text("Paused")
        visitor.shot("upload-paused")
        assert visitor.axe() == []
        page.get_by_role("link", name="Trash").first.click()
        expect(tray.get_by_text(re.compile(r"^Paused at \d+%"))).to_have_count(2)
        tray.get_by_role("button", name="Go on with all").focus()
        page.keyboard.press("Enter")
        expect(tray.get_by_role("heading", name="2 pictures added")).to_be_visible()
        assert sorted(sent.offsets)[:2] == [0, 0]
        assert all(offset > 0 for offset in sorted(sent.offsets)[2:])
        assert len(sent.offsets) == 4


def test_a_restart_of_the_server_and_the_end_of_a_session_lose_nothing(house: House, tmp_path: Path) -> None:
    person = house.person("rita")
    with house.visitor("rita") as visitor:
        page = visitor.page
        tray, sent = tray_of(page), Sent(visitor)
        with slowed(visitor):
            visitor.pick([picture(tmp_path / "restart.jpg", 4)])
            # What a server that is killed has not written yet is lost; it writes whenever a megabyte has come.
            eventually(lambda: percent(tray) > 70, 30)
            os.kill(house.up.child("web.serve"), signal.SIGKILL)
        expect(tray.get_by_role("heading", name="1 picture added")).to_be_visible()
        assert sent.offsets[-1] > 0
        with slowed(visitor):
            visitor.pick([picture(tmp_path / "session.jpg", 5), picture(tmp_path / "waiting.jpg", 6)])
            eventually(lambda: percent(tray) > 20, 30)
            assert house.admin.delete(f"/api/admin/users/{person}/sessions").is_success
            expect(page.get_by_text("2 files are waiting and go on once you are signed in.")).to_be_visible()
        visitor.shot("upload-signed-out")
        assert visitor.axe() == []
        page.get_by_label("User name").fill("rita")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(tray.get_by_role("heading", name="3 pictures added")).to_be_visible()
        visitor.expected("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_SOCKET", "401", "502", "503")


def test_what_waits_for_one_person_is_not_sent_for_another(house: House, tmp_path: Path) -> None:
    ines = house.person("ines")
    house.person("jan")
    with house.client("ines") as client:
        add(client, FIRST)
    with house.visitor("ines") as visitor:
        page = visitor.page
        visitor.pictures(1)
        with slowed(visitor):
            visitor.pick([picture(tmp_path / "hers.jpg", 20)])
            eventually(lambda: percent(tray_of(page)) > 10, 30)
            assert house.admin.delete(f"/api/admin/users/{ines}/sessions").is_success
            expect(page.get_by_text("1 file is waiting and goes on once you are signed in.")).to_be_visible()
        page.get_by_label("User name").fill("jan")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Account of jan").first).to_be_visible()
        expect(page.get_by_role("heading", name="Bring in your first pictures")).to_be_visible()
        expect(tray_of(page)).to_have_count(0)
        assert page.request.get("api/assets").json()["items"] == []
        visitor.expected("401")


def test_what_was_left_unfinished_is_named_after_a_reload_and_goes_on(house: House, tmp_path: Path) -> None:
    house.person("lena")
    with house.visitor("lena") as visitor:
        page = visitor.page
        tray, sent = tray_of(page), Sent(visitor)
        file = picture(tmp_path / "left.jpg", 7)
        asked: list[str] = []

        def agree(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        page.on("dialog", agree)
        with slowed(visitor):
            visitor.pick([file])
            eventually(lambda: percent(tray) > 20, 30)
            page.reload()
        assert asked == ["beforeunload"]
        expect(tray.get_by_role("heading", name="Not finished")).to_be_visible()
        expect(tray.get_by_text("1 file of an earlier visit has not arrived.", exact=False)).to_be_visible()
        tray.get_by_text("Their names").click()
        expect(tray.get_by_text("left.jpg")).to_be_visible()
        visitor.shot("upload-unfinished")
        assert visitor.axe() == []
        visitor.pick([file])
        expect(tray.get_by_role("heading", name="1 picture added")).to_be_visible()
        expect(tray.get_by_text("of an earlier visit", exact=False)).to_have_count(0)
        assert sent.offsets[0] == 0
        assert sent.offsets[-1] > 0
        page.reload()
        expect(page.locator(".thumb")).to_have_count(1)
        expect(tray).to_have_count(0)
        assert asked == ["beforeunload"]


def test_a_folder_of_5000_with_rubbish_ends_with_an_account_of_each(house: House, tmp_path: Path) -> None:
    house.person("otto")
    with house.visitor("otto") as visitor:
        page = visitor.page
        tray = tray_of(page)
        page.get_by_test_id("pick-folder").set_input_files(messy_folder(tmp_path))
        expect(tray.get_by_role("heading", name="6 pictures added")).to_be_visible()
        shown = tray.get_by_role("group", name="Which files are listed")
        for text in ("All 4,999", "Added 6", "Already there 1", "Not added 4,991", "Left out 1"):
            expect(shown.get_by_role("button", name=text)).to_be_visible()
        assert page.evaluate("document.querySelector('.upload-tray').querySelectorAll('*').length") < 250
        visitor.shot("upload-account")
        assert visitor.axe() == []
        shown.get_by_role("button", name="Already there 1").click()
        expect(tray.get_by_role("listitem")).to_have_count(1)
        expect(tray.get_by_text("Already in your library")).to_be_visible()
        shown.get_by_role("button", name="Not added").click()
        files = tray.get_by_role("group", name="Files", exact=True)
        files.focus()
        page.keyboard.press("End")
        expect(tray.get_by_text("note 2494.txt")).to_be_visible()
        with page.expect_download() as saved:
            tray.get_by_role("button", name="What became of the files").click()
            page.get_by_role("menuitem", name="Save the list as a text").click()
        text = Path(saved.value.path()).read_text(encoding="utf-8")
        assert "Not added: 4,991 · Left out: 1 · Already there: 1 · Added: 6" in text
        assert "  Old disk/Zoo/broken.jpg – Damaged or cut short\n" in text
        assert "  Old disk/Zoo/note 7.txt – Not a picture of a kind that can be read\n" in text
        assert text.count("\n  Old disk/") == 4_999
        folders = {folder["path"] for folder in page.request.get("api/folders").json()}
        assert folders == {"Old disk", "Old disk/Zoo"}
        visitor.expected("422")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("dora", {"locale": "de-DE", "color_scheme": "dark"}, id="german-dark"),
        pytest.param(
            "paul",
            {"viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "de-DE"},
            id="german-phone",
        ),
    ],
)
def test_the_tray_speaks_german_and_fits_a_phone(
    house: House, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    house.person(name)
    with house.visitor(None, **options) as visitor:
        page = visitor.page
        page.goto("sign-in")
        page.get_by_label("Benutzername").fill(name)
        page.get_by_label("Passwort", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        expect(page.get_by_role("searchbox")).to_be_visible()
        tray = page.get_by_role("region", name="Bilder, die hinzugefügt werden")
        with slowed(visitor, 600_000):
            visitor.pick([picture(tmp_path / f"{number}.jpg", 10 + number) for number in range(4)])
            expect(tray.get_by_text(re.compile(r"/s · noch \d+ Minuten?$"))).to_be_visible()
            visitor.shot(f"upload-{name}")
            assert visitor.axe() == []
            width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert width <= 0
            tray.get_by_role("button", name="Abbrechen", exact=True).click()
        expect(tray.get_by_text("Abgebrochen")).to_have_count(4)
        visitor.expected("404", "410")


def test_a_pasted_picture_is_added_and_what_is_in_the_trash_comes_back(house: House) -> None:
    house.person("toni")
    with house.visitor("toni") as visitor:
        page = visitor.page
        tray = tray_of(page)
        photo = sorted(PHOTOS.iterdir())[30]
        content = base64.b64encode(photo.read_bytes()).decode()
        paste = """([name, content]) => {
            const data = new DataTransfer()
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0))
            data.items.add(new File([bytes], name, { type: 'image/jpeg' }))
            document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData: data }))
        }"""
        page.evaluate(paste, [photo.name, content])
        expect(tray.get_by_role("heading", name="1 picture added")).to_be_visible()
        expect(page.locator(".thumb")).to_have_count(1)
        asset = page.request.get("api/assets").json()["items"][0]["id"]
        origin = {"Origin": house.up.url}
        assert page.request.delete(f"api/assets/{asset}", headers=origin).ok
        tray.get_by_role("button", name="Close the list").click()
        page.evaluate(paste, [photo.name, content])
        expect(tray.get_by_text("Back from the trash")).to_be_visible()
