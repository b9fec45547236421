"""What a client does at each door, so that somebody may kill a server in the middle of it."""

import hashlib
import io
import subprocess
import sys
import threading
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import httpx

from tests.support.patient import AWAY, Library, asked, browser, good, tries
from tests.support.tus import PIECE, VERSION

#: Bytes that an upload in pieces sends at a time.
_PIECE_BYTES = 6000


class Door(Protocol):
    """One act of a client, which ends when all of it was acknowledged."""

    #: How much of it is done, 0 to 1.
    progress: float

    def act(self) -> None:
        """Do it, whatever dies meanwhile, and check what was answered."""


class Forms:
    """Many uploads by multipart, four at a time."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._data = [library.new_picture() for _ in range(24)]
        self.progress = 0.0

    def act(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._send, self._data))

    def _send(self, data: bytes) -> None:
        with self._library.client() as client:
            body = good(client, "POST", "/api/assets", files={"file": ("a.jpg", data, "image/jpeg")})
        self._library.acknowledge(body["asset"]["id"], data)
        self.progress += 1 / len(self._data)


class Pieces:
    """Some uploads in pieces, half of them with checksums, three at a time."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._data = [library.new_picture(width=600 + 10 * number) for number in range(9)]
        self.progress = 0.0

    def act(self) -> None:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(self._send, enumerate(self._data)))

    def _send(self, numbered: tuple[int, bytes]) -> None:
        number, data = numbered
        with self._library.client() as client:
            begun = {**VERSION, "Upload-Length": str(len(data))}
            answer = asked(client, "POST", "/api/uploads", headers=begun)
            assert answer.status_code == 201, answer.text
            asset = self._sent(client, answer.headers["location"], data, summed=number % 2 == 0)
        self._library.acknowledge(asset, data)

    def _sent(self, client: httpx.Client, url: str, data: bytes, *, summed: bool) -> str:
        acknowledged = 0
        for _ in tries():
            looked = asked(client, "HEAD", url, headers=VERSION)
            assert looked.status_code == 200, looked.headers
            offset = int(looked.headers["upload-offset"])
            assert offset >= acknowledged, "what was acknowledged is lost"
            while offset < len(data):
                sent = _append(client, url, data, offset, summed=summed)
                if sent is None:
                    break
                self.progress += (sent - offset) / sum(map(len, self._data))
                acknowledged = offset = sent
            else:
                looked = asked(client, "HEAD", url, headers=VERSION)
                if "upload-asset" in looked.headers:
                    return str(looked.headers["upload-asset"])
        raise AssertionError


def _append(client: httpx.Client, url: str, data: bytes, offset: int, *, summed: bool) -> int | None:
    """Where it goes on after one more piece; None where the server did not say."""
    piece = data[offset : offset + _PIECE_BYTES]
    headers = {**VERSION, "Content-Type": PIECE, "Upload-Offset": str(offset)}
    if summed:
        headers["Upload-Checksum"] = "sha256 " + _base64(hashlib.sha256(piece).digest())
    try:
        sent = client.patch(url, content=piece, headers=headers)
    except httpx.TransportError:
        return None
    if sent.status_code in AWAY or sent.status_code == 409:
        return None
    assert sent.status_code == 204, sent.text
    return int(sent.headers["upload-offset"])


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


class Archive:
    """A selection with some large originals, read slowly; fetched anew where it was cut off."""

    def __init__(self, library: Library, assets: Iterable[str]) -> None:
        self._library = library
        self._wanted = {asset: library.there[asset] for asset in assets}
        self.progress = 0.0
        self.cuts = 0

    def act(self) -> None:
        with self._library.client() as client:
            chosen = good(client, "POST", "/api/downloads", json={"ids": list(self._wanted)})
            for _ in tries():
                whole = self._fetched(client, chosen["url"])
                if whole is not None:
                    break
                self.cuts += 1
        with zipfile.ZipFile(io.BytesIO(whole or b"")) as archive:
            names = [name for name in archive.namelist() if name != "metadata.json"]
            sums = sorted(hashlib.sha256(archive.read(name)).hexdigest() for name in names)
        assert sums == sorted(self._wanted.values())

    def _fetched(self, client: httpx.Client, url: str) -> bytes | None:
        came = bytearray()
        try:
            with client.stream("GET", url) as answer:
                if answer.status_code in AWAY:
                    return None
                assert answer.status_code == 200
                told = int(answer.headers["content-length"])
                for piece in answer.iter_raw(64 * 1024):
                    came += piece
                    self.progress = max(self.progress, len(came) / told)
                    # As somebody whose line takes a while.
                    time.sleep(0.002)
        except httpx.TransportError:
            return None
        assert len(came) == told, "an archive that is cut off looks whole"
        return bytes(came)


class BulkEdit:
    """A rating and a tag for hundreds at once, and the same taken back."""

    def __init__(
        self, library: Library, assets: Iterable[str], tag: str, sweep: Callable[[], object]
    ) -> None:
        self._library = library
        self._sweep = sweep
        self._assets = list(assets)
        self._tag = tag
        self.progress = 0.0

    def act(self) -> None:
        with self._library.client() as client:
            edits = self._begun(client)
            for edit in edits:
                self._over(client, edit, "done", 0.0)
            assert self._changed(client) == len(self._assets)
            if len(edits) > 1:
                # Asked for twice, as the first answer never came: there is no one to take back.
                self._reset(client)
            else:
                self._undone(client, edits[0])
            assert self._changed(client) == 0
        self.progress = 1.0

    def _begun(self, client: httpx.Client) -> list[str]:
        body = {"ids": self._assets, "changes": {"add_tags": [self._tag], "rating": 5}}
        for _ in tries():
            with suppress(httpx.TransportError):
                answer = client.post("/api/edits", json=body)
                if answer.is_success:
                    break
                assert answer.status_code in AWAY, answer.text
            if self._mine(client):
                break
        return self._mine(client)

    def _mine(self, client: httpx.Client) -> list[str]:
        listed = good(client, "GET", "/api/edits")
        return [each["id"] for each in listed if self._tag in str(each["changes"])]

    def _over(self, client: httpx.Client, edit: str, state: str, base: float) -> None:
        for number, _ in enumerate(tries(), start=1):
            if number % 10 == 0:
                # As a timer does it, once a minute.
                self._sweep()
            found = good(client, "GET", f"/api/edits/{edit}")
            done = found["done"] if state == "done" else found["undone"]
            self.progress = max(self.progress, base + done / len(self._assets) / 2)
            if found["state"] == state:
                assert done == len(self._assets), found
                return
            assert found["state"] in {"running", "undoing"}, found

    def _undone(self, client: httpx.Client, edit: str) -> None:
        answer = asked(client, "POST", f"/api/edits/{edit}/undo")
        # The second time it is under way or over already.
        assert answer.is_success or answer.status_code == 409, answer.text
        self._over(client, edit, "undone", 0.5)

    def _reset(self, client: httpx.Client) -> None:
        body = {"ids": self._assets, "changes": {"remove_tags": [self._tag], "rating": None}}
        edit = good(client, "POST", "/api/edits", json=body)
        self._over(client, edit["id"], "done", 0.5)

    def _changed(self, client: httpx.Client) -> int:
        """How many have the rating, which are those that have the tag."""
        rated = int(good(client, "GET", "/api/facets", params={"rating": 1})["total"])
        for narrowing in ({"tag": self._tag}, {"tag": self._tag, "rating": 5}):
            assert int(good(client, "GET", "/api/facets", params=narrowing)["total"]) == rated
        return rated


class Purge:
    """A trash that is emptied, and purges by a timer until all of it is gone."""

    def __init__(self, library: Library, data: Path, assets: Iterable[str]) -> None:
        self._library = library
        self._data = data
        self._assets = list(assets)
        self._timer: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self.progress = 0.0

    def act(self) -> None:
        with browser(self._library) as page:
            asked(page, "POST", "/api/edits", json={"ids": self._assets, "changes": {"trash": True}})
            good(page, "POST", "/api/trash/empty", json={"ids": self._assets})
            for _ in tries():
                self._purge()
                if not any((self._data / "storage" / asset).exists() for asset in self._assets):
                    answers = [asked(page, "GET", f"/api/assets/{asset}") for asset in self._assets]
                    if all(answer.status_code == 404 for answer in answers):
                        break
        self.progress = 1.0
        for asset in self._assets:
            self._library.gone.append(self._library.there.pop(asset))

    def kill_timer(self) -> None:
        """End the purge that runs, if one does."""
        with self._lock:
            if self._timer is not None:
                self._timer.kill()

    def _purge(self) -> None:
        program = str(Path(sys.executable).parent / "scene-sense")
        with self._lock:
            self._timer = subprocess.Popen(
                [program, "--data", str(self._data), "purge"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        while self._timer.poll() is None:
            left = sum((self._data / "storage" / asset).exists() for asset in self._assets)
            self.progress = max(self.progress, 0.99 - 0.99 * left / len(self._assets))
            time.sleep(0.001)
