"""Fetches files over HTTP so that nothing is fetched twice: an interrupted download goes on where it stopped.

1. Bytes go into ``<name>.part``; beside it, ``<name>.state`` says of which address and which version they are.
2. The next call asks for the rest, on the condition that the version is still the same (``Range`` with
   ``If-Range``); a server that answers with the whole, or with another version, is begun anew.
3. A connection that breaks, stalls or ends early is tried again, a few times for as long as nothing comes.
4. A complete file has the size that was announced and the sha256 that was published; then it gets its name.

A redirect may not lead from https to http. User and password of an address go to its own host only.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

from appliance import __version__
from appliance.errors import DamagedFile, NotFound, Unavailable, UsageError
from appliance.library.shelf.places import Room, disk_errors

#: How often in a row a connection may fail without a byte coming.
_TRIES = 5
_REDIRECTS = 10
#: How often one call begins a file anew.
_RESTARTS = 5
#: A size with more digits is none.
_SIZE_DIGITS = 18

_OK = 200
_PARTIAL = 206
_UNSATISFIABLE = 416
_MOVED = frozenset({301, 302, 303, 307, 308})
_NO_HEAD = frozenset({403, 405, 501})
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Item:
    """A file to fetch."""

    url: str
    #: Its path below the folder that it goes to.
    name: str
    #: In hex, where it is published; empty otherwise.
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What a server says of a file, by which a later answer is known to be of the same bytes."""

    etag: str = ""
    modified: str = ""
    total_bytes: int | None = None

    @property
    def condition(self) -> str:
        """What ``If-Range`` may say: a strong tag, else the date; empty when a part can't be asked for safely."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


@dataclass(frozen=True, slots=True)
class _State:
    url: str
    version: Version
    #: Of the complete file; empty until then.
    sha256: str = ""


class Fetcher:
    """Fetches into one folder. ``advance`` is told how many bytes have come, also of what was here before."""

    def __init__(
        self,
        folder: Path,
        *,
        room: Room,
        advance: Callable[[int], None] = lambda _: None,
        pause_seconds: float = 1.0,
        timeout_seconds: float = 60.0,
    ) -> None:
        self._folder = folder
        self._room = room
        self._advance = advance
        self._pause_seconds = pause_seconds
        self._restarts = 0
        self._client = httpx.Client(
            headers={"User-Agent": f"scene-sense/{__version__}", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(timeout_seconds, connect=20.0),
        )

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    def look(self, item: Item) -> Version:
        """What the server says of the file, without fetching it; nothing known where it doesn't answer to that.

        Raises:
            NotFound: there is no such file.
            Unavailable: the server can't be reached.
        """
        for left in reversed(range(_TRIES)):
            try:
                with self._answer("HEAD", item.url, {}) as answer:
                    if answer.status_code in _NO_HEAD:
                        return Version()
                    _check_status(answer, item.url)
                    return _version(answer)
            except (httpx.HTTPError, _AgainError) as error:
                if not left:
                    raise _unreachable(item.url, error) from error
                time.sleep(self._pause_seconds)
        return Version()

    def here_bytes(self, item: Item, version: Version) -> int:
        """How much of this version of the file an earlier call has brought already.

        Where the server said nothing of the version, a part is kept, since asking for the rest of it tells.
        """
        state = self._read_state(item)
        if state is None or state.url != item.url or not state.version.condition:
            return 0
        if not (_same(state.version, version) or (version == Version() and not state.sha256)):
            return 0
        path = self._path(item) if state.sha256 else self._part(item)
        return path.stat().st_size if path.is_file() else 0

    def fetch(self, item: Item, version: Version) -> str:
        """Bring the file, or what is lacking of it; its sha256 in hex.

        Raises:
            NotFound: there is no such file.
            DamagedFile: its sha256 is not the published one; nothing of it is kept.
            DiskFull: the disk has no room for it; what came is kept.
            Unavailable: the server can't be reached, or breaks off again and again; what came is kept.
        """
        with disk_errors(self._folder):
            self._path(item).parent.mkdir(parents=True, exist_ok=True)
            here = self.here_bytes(item, version)
            self._advance(here)
            state = self._read_state(item)
            if here and state and state.sha256:
                return self._checked(item, state.sha256, self._path(item))
            if not here:
                self._forget(item)
            final = self._fetch_all(item)
            sha256 = self._checked(item, _sha256(self._part(item)), self._part(item))
            self._part(item).replace(self._path(item))
            self._write_state(item, _State(item.url, final, sha256))
            return sha256

    def _fetch_all(self, item: Item) -> Version:
        left = _TRIES
        self._restarts = 0
        while True:
            before = self._size(item)
            try:
                return self._fetch_some(item)
            except (httpx.HTTPError, _AgainError) as error:
                left = _TRIES if self._size(item) > before else left - 1
                if left <= 0 or self._restarts > _RESTARTS:
                    raise _unreachable(item.url, error) from error
                time.sleep(self._pause_seconds)

    def _fetch_some(self, item: Item) -> Version:
        """One request; the version of the file when it is complete."""
        state, size = self._read_state(item), self._size(item)
        asked = {}
        if state and size and state.version.condition:
            if size == state.version.total_bytes:
                return state.version
            asked = {"Range": f"bytes={size}-", "If-Range": state.version.condition}
        with self._answer("GET", item.url, asked) as answer:
            if answer.status_code == _UNSATISFIABLE:
                self._restart(item)
                raise _AgainError("the server has no more of it")
            _check_status(answer, item.url)
            goes_on = answer.status_code == _PARTIAL
            if goes_on and not asked:
                raise _AgainError("the server answered with a part of it, unasked")
            version = _version(answer)
            if goes_on and state and not (_starts_at(answer, size) and _same(state.version, version)):
                self._restart(item)
                raise _AgainError("the file changed meanwhile")
            if goes_on and state and version.total_bytes is None:
                version = replace(version, total_bytes=state.version.total_bytes)
            if not goes_on:
                self._restart(item)
                self._write_state(item, _State(item.url, version))
            if version.total_bytes:
                self._room.check(version.total_bytes - self._size(item))
            self._append(item, answer)
        if version.total_bytes is not None and self._size(item) != version.total_bytes:
            raise _AgainError("the connection ended early")
        return version

    def _append(self, item: Item, answer: httpx.Response) -> None:
        with self._part(item).open("ab") as file:
            # Not in larger pieces: what is gathered for one is lost when the connection breaks.
            for chunk in answer.iter_raw():
                self._room.take(len(chunk))
                file.write(chunk)
                self._advance(len(chunk))

    def _restart(self, item: Item) -> None:
        self._restarts += self._size(item) > 0
        self._advance(-self._size(item))
        self._forget(item)

    def _checked(self, item: Item, sha256: str, path: Path) -> str:
        if item.sha256 and sha256 != item.sha256:
            path.unlink()
            self._forget(item)
            raise DamagedFile(
                f"{shown(item.url)} is not the file that was published: its sha256 is {sha256}, not {item.sha256}."
                " Nothing of it was kept."
            )
        return sha256

    @contextlib.contextmanager
    def _answer(self, method: str, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        for _ in range(_REDIRECTS):
            with self._client.stream(method, url, headers=headers) as answer:
                if answer.status_code not in _MOVED:
                    yield answer
                    return
                following = urljoin(url, answer.headers.get("Location", ""))
            old, new = urlsplit(url).scheme, urlsplit(following).scheme
            if new not in {"http", "https"} or (old == "https" and new == "http"):
                raise UsageError(f"{shown(url)} leads to {shown(following)}, which is not followed.")
            url = following
        raise UsageError(f"{shown(url)} leads from one address to the next without end.")

    def _path(self, item: Item) -> Path:
        return self._folder / "files" / item.name

    def _part(self, item: Item) -> Path:
        return self._folder / f"{_key(item)}.part"

    def _size(self, item: Item) -> int:
        return self._part(item).stat().st_size if self._part(item).exists() else 0

    def _forget(self, item: Item) -> None:
        for path in (self._part(item), self._path(item), self._state(item)):
            path.unlink(missing_ok=True)

    def _state(self, item: Item) -> Path:
        return self._folder / f"{_key(item)}.state"

    def _read_state(self, item: Item) -> _State | None:
        try:
            content = json.loads(self._state(item).read_text(encoding="utf-8"))
            version = Version(content["etag"], content["modified"], content["total_bytes"])
            return _State(content["url"], version, content["sha256"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _write_state(self, item: Item, state: _State) -> None:
        version = state.version
        content = {
            "url": state.url, "etag": version.etag, "modified": version.modified,
            "total_bytes": version.total_bytes, "sha256": state.sha256,
        }  # fmt: skip
        new = self._state(item).with_suffix(".new")
        new.write_text(json.dumps(content), encoding="utf-8")
        new.replace(self._state(item))


class _AgainError(Exception):
    """The answer was not what is needed; the next one may be."""


def shown(url: str) -> str:
    """The address without user, password and query, which may be secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _key(item: Item) -> str:
    return hashlib.sha256(item.name.encode()).hexdigest()[:16]


def _same(known: Version, now: Version) -> bool:
    """Whether two answers may be of the same bytes: whatever both say is equal, and something is said."""
    pairs = (
        (known.etag, now.etag), (known.modified, now.modified), (known.total_bytes, now.total_bytes)
    )  # fmt: skip
    said = [(one, other) for one, other in pairs if one and other]
    return bool(known.condition) and bool(said) and all(one == other for one, other in said)


def _version(answer: httpx.Response) -> Version:
    total: int | None = None
    if answer.status_code == _PARTIAL:
        text = answer.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        text = answer.headers.get("Content-Length", "")
    if text.isdecimal() and len(text) <= _SIZE_DIGITS:
        total = int(text)
    return Version(answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""), total)


def _starts_at(answer: httpx.Response, size: int) -> bool:
    return bool(answer.headers.get("Content-Range", "").startswith(f"bytes {size}-"))


def _check_status(answer: httpx.Response, url: str) -> None:
    status = answer.status_code
    if status in _BUSY:
        raise _AgainError(f"the server answered {status} {answer.reason_phrase}")
    if status in {_OK, _PARTIAL}:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise UsageError(f"{shown(url)} comes compressed although it was not asked for so.")
        return
    hint = " It may want you to sign in." if status in {401, 403} else ""
    raise NotFound(f"{shown(url)} can't be fetched: {status} {answer.reason_phrase}.{hint}")


def _unreachable(url: str, error: Exception) -> Unavailable:
    said = str(error) or type(error).__name__
    return Unavailable(
        f"{shown(url)} can't be fetched: {said}. What has come is kept; the same call goes on from there."
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
