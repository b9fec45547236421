"""Adding pictures through the page: whatever happens on the way, each file ends with a word about it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visitor, visiting
from tests.support.waiting import eventually
from tests.support.wire import Wire
from tests.ui.house import PASSWORD, House

pytestmark = pytest.mark.browser


def picture(path: Path, seed: int, side: int = 1500) -> Path:
    """A picture that nobody has yet; as it is nothing but noise, it has some 2 MB."""
    noise = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, quality=90)
    return path


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
