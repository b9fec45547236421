"""A script on another machine: it has the address and a key, uploads, and doesn't give up."""

import hashlib
import itertools
import time
from collections.abc import Iterator
from typing import Any, Self

import httpx

#: What a server that is just being restarted answers, or the proxy in front of it would.
_AGAIN = frozenset({502, 503, 504})

PASSWORD = "correct horse battery"


def make_key(url: str, setup_token: str) -> str:
    """An API key of the first account, which is made now."""
    with httpx.Client(base_url=url, headers={"Origin": url}, trust_env=False, timeout=30) as browser:
        account = {"token": setup_token, "username": "anna", "password": PASSWORD}
        answer = browser.post("/api/auth/setup", json=account)
        assert answer.status_code == 201, answer.text
        wish = {
            "name": "script",
            "scopes": ["search:read", "asset:read", "asset:write"],
            "expires_days": 1,
        }
        answer = browser.post("/api/me/keys", json=wish)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])


class Script:
    """Requests with a key. ``with Script(...)`` closes the connections."""

    def __init__(self, url: str, key: str) -> None:
        self.headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=url, headers=self.headers, trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str | int) -> httpx.Response:
        """One answer, good or bad."""
        return self._client.get(path, params=parameters)

    def get_json(self, path: str, **parameters: str | int) -> Any:
        """The body of a good answer."""
        answer = self.get(path, **parameters)
        assert answer.is_success, answer.text
        return answer.json()

    def post_file(self, data: bytes, name: str, **fields: str) -> httpx.Response:
        """One answer to one upload."""
        return self._client.post("/api/assets", files={"file": (name, data, "image/jpeg")}, data=fields)

    def upload(self, data: bytes, name: str, *, deadline_seconds: float = 120) -> str:
        """The id of the asset, as soon as the server acknowledges it; tried again while it is away."""
        deadline = time.monotonic() + deadline_seconds
        for attempt in itertools.count(1):
            try:
                answer = self.post_file(data, name)
            except httpx.TransportError as error:
                said = repr(error)
            else:
                if answer.is_success:
                    asset = answer.json()["asset"]
                    assert asset["sha256"] == hashlib.sha256(data).hexdigest()
                    return str(asset["id"])
                said = answer.text
                assert answer.status_code in _AGAIN, f"{answer.status_code}: {said}"
            assert time.monotonic() < deadline, f"not acknowledged after {attempt} attempts: {said}"
            time.sleep(0.1)
        raise AssertionError

    def assets(self) -> Iterator[Any]:
        """All of the library, page by page."""
        page = self.get_json("/api/assets", limit=200)
        yield from page["items"]
        while page["next"]:
            page = self.get_json("/api/assets", limit=200, after=page["next"])
            yield from page["items"]
