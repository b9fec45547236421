"""The connections to one encoder server: bounded in time and size, queries never behind pictures.

Nothing of the environment's proxies is used and no redirect is followed: pictures go to the address that the owner
wrote, or nowhere. Answers are taken as they come, never unpacked, for a small one can unpack to gigabytes; cookies
are not kept.
"""

import asyncio
import math
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Literal

import httpx

from appliance.clip.remote.faults import (
    RequestRefused,
    ServerAway,
    ServerBusy,
    ServerFailed,
    ServerLate,
    ServerUntrue,
)

LineKind = Literal["texts", "pictures"]

#: An address where nothing listens is noticed soon.
CONNECT_SECONDS = 5.0

#: Longest answer, bytes: thousands of vectors.
MAX_REPLY_BYTES = 64 * 1024 * 1024

#: Longest answer to a small question, bytes: a description, or one vector as JSON.
SMALL_REPLY_BYTES = 1024 * 1024

#: Longest time for which a server that is busy is believed.
MAX_RETRY_AFTER_SECONDS = 5.0

#: Statuses that mean: not now.
_AWAY = frozenset({502, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer."""

    body: bytes
    headers: httpx.Headers
    #: Whether a connection was opened for it: behind a new one may be another server.
    fresh: bool


class Line:
    """One server's address with two pools of connections."""

    def __init__(self, url: str, *, key: str | None, connections: int) -> None:
        self.url = url
        headers = {"Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._clients = {
            kind: httpx.AsyncClient(
                headers=headers,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                trust_env=False,
                follow_redirects=False,
                limits=httpx.Limits(
                    max_connections=most, max_keepalive_connections=most, keepalive_expiry=60
                ),
            )
            for kind, most in (("texts", 16), ("pictures", connections))
        }

    async def get(self, path: str, *, seconds: float, **options: Any) -> Reply:
        """The answer to a small question; see :meth:`send`."""
        return await self.send("texts", "GET", path, seconds=seconds, most=SMALL_REPLY_BYTES, **options)

    async def send(
        self,
        kind: LineKind,
        method: str,
        path: str,
        *,
        seconds: float,
        most: int = MAX_REPLY_BYTES,
        **options: Any,
    ) -> Reply:
        """A good answer of at most ``most`` bytes.

        ``seconds`` are for everything: connecting, sending, waiting and reading.

        Raises:
            ServerAway: there was none.
            ServerFailed: it answered with an error of its own.
            ServerBusy: it wants to be asked later.
            ServerUntrue: it does not know the key or the address, says more than any answer has, or packs it.
            RequestRefused: it refuses this request.
        """
        opened: list[bool] = []

        async def trace(event: str, _info: dict[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                opened.append(True)

        timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        client = self._clients[kind]
        request = client.build_request(
            method, self.url + path, timeout=timeout, extensions={"trace": trace}, **options
        )
        try:
            async with asyncio.timeout(seconds):
                response = await client.send(request, stream=True)
                try:
                    body = await _read(response, most)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException) as error:
            raise ServerLate(f"it gave no answer within {seconds:g} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerAway(f"it can't be reached: {_reason(error)}") from error
        _require_good(response, body)
        return Reply(body, response.headers, bool(opened))

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()


async def _read(response: httpx.Response, most: int) -> bytes:
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in {"", "identity"}:
        if response.status_code != 200:
            return b""  # the status says enough
        raise ServerUntrue(f"its answer is packed ({packed[:40]}), which nobody asked for")
    length = response.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 18 or int(length) > most):
        raise ServerUntrue(f"its answer is longer than {most} bytes")
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > most:
            raise ServerUntrue(f"its answer is longer than {most} bytes")
    return bytes(body)


def _reason(error: Exception) -> str:
    return str(error).strip() or type(error).__name__


def _require_good(response: httpx.Response, body: bytes) -> None:
    status = response.status_code
    if status == 200:
        return
    said = " ".join(body[:300].decode("utf-8", "replace").split())
    text = f"it answered {status}{f': {said}' if said else ''}"
    if status in {429, 503}:
        raise ServerBusy(text, retry_after_seconds=_retry_after(response))
    if status in {401, 403}:
        raise ServerUntrue(f"{text}; CLIP_SERVER_KEY must be the server's ENCODER_KEY")
    if status in {404, 405, 409} or 300 <= status < 400:
        raise ServerUntrue(text)
    if 400 <= status < 500:
        raise RequestRefused(text)
    raise ServerAway(text) if status in _AWAY else ServerFailed(text)


def _retry_after(response: httpx.Response) -> float:
    try:
        seconds = float(response.headers.get("retry-after", "1"))
    except ValueError:
        return 1.0
    return 1.0 if math.isnan(seconds) else min(max(0.1, seconds), MAX_RETRY_AFTER_SECONDS)
