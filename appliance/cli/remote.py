"""A server's HTTP API with a key: asks again while the server restarts, and turns refusals into our errors."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from appliance import errors
from appliance.errors import SceneSenseError, Unauthenticated, Unavailable, UsageError

#: Reading covers a decode that takes as long as it may, with others waiting before it.
_TIMEOUT = httpx.Timeout(connect=10, read=180, write=60, pool=None)

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0

_AWAY = frozenset({429, 502, 503, 504})

#: Parts of the server that do not come back by waiting a little.
_STAYS_AWAY = frozenset({"model_unavailable", "volume_unavailable", "disk_full"})

#: For answers whose code is not known here.
_BY_STATUS: Mapping[int, type[SceneSenseError]] = {
    400: UsageError,
    401: Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.UploadGone,
    423: errors.UploadLocked,
    460: errors.ChecksumMismatch,
    408: Unavailable,
    413: errors.FileTooLarge,
    415: errors.UnsupportedFile,
    422: errors.RejectedFile,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
    507: errors.DiskFull,
}

Value = TypeVar("Value")

#: Makes a new body for each try.
Body = Callable[[], AsyncIterator[bytes]]


def address_of(server: str) -> str:
    """The server's address in its plain form.

    Raises:
        UsageError: it is none.
    """
    text = server.strip()
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or parts.username is not None:
        raise UsageError(f"--server is an address like http://nas.local:8020, not {text!r}.")
    return text.rstrip("/")


class Remote:
    """One server, let go of at the end of ``async with``.

    It may be away for ``patience_seconds`` before that is an error; when it is, ``say`` gets a line for people.
    """

    def __init__(
        self,
        server: str,
        key: str,
        *,
        patience_seconds: float,
        say: Callable[[str], None],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.server = address_of(server)
        if not key.isascii() or not key.isprintable() or " " in key:
            raise UsageError("The key is not one that this appliance made; it looks like ss_…")
        self._patience_seconds = patience_seconds
        self._say = say
        self._waiting = False
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}", "User-Agent": "scene-sense"},
            timeout=_TIMEOUT,
            transport=transport,
            # A proxy that the environment names is for the world outside, not for this machine.
            trust_env=urlsplit(self.server).hostname not in {"127.0.0.1", "::1", "localhost"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        query: Mapping[str, str | int] | None = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON of a good answer. Only for what may be asked twice: a lost answer is asked for again.

        Raises:
            SceneSenseError: what the server refused with, or :class:`Unavailable` when it stays away.
        """
        return self.content(
            await self.patiently(
                lambda: self.send(method, path, json=json, query=query, body=body, headers=headers)
            )
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        query: Mapping[str, str | int] | None = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A good answer, asked for once.

        Raises:
            SceneSenseError: what the server refused with, or :class:`Unavailable` when it can't be reached.
        """
        request = self._http.build_request(
            method,
            self.server + path,
            json=json,
            params=query,
            content=body() if body else None,
            headers=headers,
        )
        try:
            response = await self._http.send(request)
        except httpx.TransportError as error:
            refusal = self._unreachable(error)
            if _is_lasting(error):
                refusal = _NeverThere(refusal.message)
            refusal.retry_after_seconds = 0.0
            raise refusal from error
        refused = self._refusal(response)
        if refused is not None:
            raise refused
        self._waiting = False
        return response

    @asynccontextmanager
    async def reading(self, path: str, *, start: int = 0) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a file on the server from byte ``start`` on, asked for once.

        Raises:
            SceneSenseError: what the server refused with, or :class:`Unavailable` when the connection is lost.
        """
        request = self._http.build_request(
            "GET", self.server + path, headers={"Range": f"bytes={start}-"} if start else None
        )
        try:
            response = await self._http.send(request, stream=True, follow_redirects=False)
            try:
                if not response.is_success:
                    await response.aread()
                if (refused := self._refusal(response)) is not None:
                    raise refused
                if start and response.status_code != 206:
                    raise self.not_understood()
                yield response.aiter_bytes()
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            refusal = self._unreachable(error)
            if _is_lasting(error):
                refusal = _NeverThere(refusal.message)
            raise refusal from error
        self._waiting = False

    async def patiently(
        self, work: Callable[[], Awaitable[Value]], *, besides: tuple[type[SceneSenseError], ...] = ()
    ) -> Value:
        """What ``work`` gives, which is done again while the server is away, and after the errors ``besides``.

        Raises:
            SceneSenseError: what it raised otherwise, or at the end of the patience.
        """
        deadline = time.monotonic() + self._patience_seconds
        for pause in _pauses():
            try:
                return await work()
            except SceneSenseError as error:
                if not _passes(error) and not isinstance(error, besides):
                    raise
                wait = max(pause, min(error.retry_after_seconds or 0.0, _LONGEST_PAUSE_SECONDS))
                if time.monotonic() + wait > deadline:
                    raise
                self._tell_of(error)
            await asyncio.sleep(wait)
        raise AssertionError("there is always another pause")

    def _tell_of(self, refusal: SceneSenseError) -> None:
        """Once, however many requests are waiting."""
        if not self._waiting:
            self._waiting = True
            self._say(f"{refusal.message.rstrip('.')}; trying again for {self._patience_seconds:g} seconds")

    def _refusal(self, response: httpx.Response) -> SceneSenseError | None:
        if response.is_success:
            return None
        if response.is_redirect:
            target = response.headers.get("location", "another address")
            return UsageError(f"{self.server} sends us on to {target}; give that server as --server.")
        problem = self._problem(response)
        if problem is None and response.request.method == "HEAD":
            # There is only the status to go by.
            problem = {"title": f"{self.server} answers {response.status_code}."}
        if problem is None:
            if response.status_code in _AWAY:
                return Unavailable(f"{self.server} is not ready: {response.status_code}.")
            return SceneSenseError(
                f"{self.server} answers, but not as Scene-Sense does ({response.status_code}); is the address right?"
            )
        detail = str(problem.get("detail") or problem.get("title") or response.reason_phrase)
        code = str(problem.get("code"))
        if response.status_code == 401:
            detail = f"{self.server} does not take this key; make one there with `scene-sense key create`."
        kind = _BY_CODE.get(code) or _BY_STATUS.get(response.status_code, SceneSenseError)
        return _made(kind, detail, _seconds(response.headers.get("retry-after")))

    def _problem(self, response: httpx.Response) -> dict[str, Any] | None:
        if "application/problem+json" not in response.headers.get("content-type", ""):
            return None
        try:
            problem = response.json()
        except ValueError:
            return None
        return problem if isinstance(problem, dict) else None

    def content(self, response: httpx.Response) -> Any:
        """The JSON of a good answer.

        Raises:
            SceneSenseError: it has none.
        """
        try:
            return response.json()
        except ValueError as error:
            raise SceneSenseError(
                f"{self.server} answers, but not as Scene-Sense does; is the address right?"
            ) from error

    def understand(self, shape: type[Value], answer: object) -> Value:
        """The JSON of an answer in this shape.

        Raises:
            SceneSenseError: it has another one.
        """
        try:
            return TypeAdapter(shape).validate_python(answer)
        except ValidationError as error:
            raise self.not_understood() from error

    def not_understood(self) -> SceneSenseError:
        """That an answer has a shape that is not known here."""
        return SceneSenseError(
            f"{self.server} gave an answer that this version does not understand; is it another release?"
        )

    def _unreachable(self, error: httpx.TransportError) -> Unavailable:
        if isinstance(error, httpx.TimeoutException):
            return Unavailable(f"{self.server} does not answer in time.")
        return Unavailable(f"{self.server} can't be reached: {str(error) or 'the connection was lost'}.")


class _NeverThere(Unavailable):
    """The server can't be reached, and waiting will not change that."""


def _passes(error: SceneSenseError) -> bool:
    """Whether what was asked may be answered in a while."""
    comes_back = isinstance(error, Unavailable | errors.TooManyAttempts) and error.code not in _STAYS_AWAY
    return comes_back and not isinstance(error, _NeverThere)


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _is_lasting(error: BaseException) -> bool:
    """Whether waiting does not help: an unknown name, a certificate that is not trusted, an address of no use."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return True
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError | socket.gaierror):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _made(kind: type[SceneSenseError], detail: str, retry_after_seconds: float | None) -> SceneSenseError:
    if issubclass(kind, errors.TooManyAttempts):
        return kind(retry_after_seconds=retry_after_seconds or 1.0)
    made = kind(detail)
    made.retry_after_seconds = retry_after_seconds
    return made


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None


def _all_kinds(kind: type[SceneSenseError]) -> Iterator[type[SceneSenseError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _all_kinds(narrower)


#: The error classes by their codes, those of :mod:`appliance.errors` alone.
_BY_CODE = {
    kind.code: kind
    for kind in _all_kinds(SceneSenseError)
    if kind.__module__ == errors.__name__ and kind is not SceneSenseError
}
