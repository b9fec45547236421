"""A client that does not give up while a server is being killed and started again, and what it knows to be there."""

import hashlib
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.home import picture
from tests.support.remote import PASSWORD

#: What is answered while a part is away.
AWAY = frozenset({423, 429, 502, 503, 504})

_DEADLINE_SECONDS = 60.0


@dataclass
class Library:
    """One account's originals as its client was told of them."""

    url: str
    key: str
    #: The SHA-256 sum of each that was acknowledged, by its id.
    there: dict[str, str] = field(default_factory=dict)
    #: Sums of what went for good.
    gone: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    def client(self) -> httpx.Client:
        """A connection with the key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30)

    def new_picture(self, *, width: int = 96) -> bytes:
        """A picture like no other."""
        with self.lock:
            return picture(next(self.numbers), width=width, height=width * 2 // 3)

    def acknowledge(self, asset: str, data: bytes) -> None:
        """The server has said that this is there."""
        with self.lock:
            self.there[asset] = hashlib.sha256(data).hexdigest()


def tries() -> Iterator[None]:
    """One after the other, until it took too long."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)
    raise AssertionError(f"the server did not come back within {_DEADLINE_SECONDS:g} s")


def asked(client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    """The first answer that is one, to a request that does no harm when it is made again."""
    for _ in tries():
        try:
            answer = client.request(method, path, **options)
        except httpx.TransportError:
            continue
        if answer.status_code not in AWAY:
            return answer
    raise AssertionError


def good(client: httpx.Client, method: str, path: str, **options: Any) -> Any:
    """The same, where no refusal is meant."""
    answer = asked(client, method, path, **options)
    assert answer.is_success, answer.text
    return answer.json()


@contextmanager
def browser(library: Library) -> Iterator[httpx.Client]:
    """A page in which the one account is signed in."""
    origin = {"Origin": library.url}
    with httpx.Client(base_url=library.url, headers=origin, trust_env=False, timeout=30) as page:
        good(page, "POST", "/api/auth/login", json={"username": "anna", "password": PASSWORD})
        yield page
