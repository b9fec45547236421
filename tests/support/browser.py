"""Chromium on the real page: what it complains about, what axe finds, how it looks."""

import base64
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Playwright, expect

from tests.support.services import unavailable
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "tests" / "data" / "photos" / "images"
SHOTS = ROOT / "test-results"
AXE = ROOT / "web" / "ui" / "node_modules" / "axe-core" / "axe.min.js"

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 568}

#: Longer than any step takes on two busy cores; a step that is done goes on at once.
PATIENCE_MS = 30_000

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)

_AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_DRAWN = """[...document.querySelectorAll('.thumb img')]
    .filter((image) => image.complete && image.naturalWidth && image.dataset.shown !== 'no').length"""

_DROP = """([files, target]) => {
    const data = new DataTransfer()
    for (const { name, type, base64 } of files)
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }))
    const on = document.querySelector(target)
    for (const type of ['dragenter', 'dragover', 'drop'])
        on.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }))
}"""


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium; skips the test where there is none, fails it under CI."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        unavailable("there is no Chromium")
    if not (ROOT / "web" / "static" / "index.html").is_file() or not AXE.is_file():
        unavailable("the page is not built: make ui")
    assert program is not None
    expect.set_options(timeout=PATIENCE_MS)
    return playwright.chromium.launch(executable_path=program, args=list(_FLAGS))


def launch_another(browser: Browser, *flags: str) -> Browser:
    """One more Chromium beside a running one, with further flags."""
    program = browser.browser_type.executable_path
    given = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    return browser.browser_type.launch(executable_path=given or program, args=[*_FLAGS, *flags])


class Visitor:
    """A person at the page, who notes everything that the browser complains about."""

    def __init__(self, browser: Browser, base_url: str, **options: Any) -> None:
        settings = {"locale": "en-GB", "viewport": DESKTOP, "base_url": base_url, "reduced_motion": "reduce"}
        self.context: BrowserContext = browser.new_context(**(settings | options))
        self.context.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page = self.context.new_page()
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) =>"
            " console.error('policy', e.violatedDirective, e.blockedURI, e.sample))"
        )
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", lambda request: self.requests.append(f"{request.method} {request.url}"))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def expected(self, *parts: str) -> None:
        """Forget complaints that contain one of these: the test caused them."""
        self.complaints = [line for line in self.complaints if not any(part in line for part in parts)]

    def shot(self, name: str) -> None:
        """A picture of the page, for people to look at."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def drop(self, files: Sequence[Path], target: str = "main") -> None:
        """Drop files onto the page as a mouse would."""
        given = [
            {
                "name": file.name,
                "type": "image/jpeg" if file.suffix == ".jpg" else "",
                "base64": base64.b64encode(file.read_bytes()).decode(),
            }
            for file in files
        ]
        self.page.evaluate(_DROP, [given, target])

    def pick(self, files: Sequence[Path]) -> None:
        """Choose files through the dialog of the system."""
        self.page.get_by_test_id("pick-files").set_input_files(list(files))

    def axe(self) -> list[str]:
        """What axe finds wrong with the page as it is now; one line for each thing."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options = {"runOnly": {"type": "tag", "values": list(_AXE_TAGS)}, "resultTypes": ["violations"]}
        found = self.page.evaluate(f"axe.run(document, {json.dumps(options)}).then((r) => r.violations)")
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found
            for node in violation["nodes"]
        ]

    def signed_in(self, name: str, password: str) -> None:
        """Sign in through the page."""
        self.page.goto("sign-in")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("searchbox")).to_be_visible()

    def pictures(self, least: int = 1) -> None:
        """Wait until this many pictures of the grid are drawn."""
        # Not Playwright's own waiting: it evaluates text in the page, which the page's policy forbids.
        eventually(lambda: self.page.evaluate(_DRAWN) >= least, PATIENCE_MS / 1000)

    def close(self) -> None:
        """Leave; fails if the browser complained about anything."""
        self.context.close()
        assert not self.complaints, "\n".join(self.complaints)


@contextmanager
def visiting(browser: Browser, base_url: str, **options: Any) -> Iterator[Visitor]:
    """A visitor whose browser must not have complained by the end."""
    visitor = Visitor(browser, base_url, **options)
    try:
        yield visitor
    except BaseException:
        visitor.shot("failed")
        visitor.context.close()
        raise
    visitor.close()
