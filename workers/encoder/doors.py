"""Who may ask: whoever has the key, or, without one, this machine alone.

The key comes as ``Authorization: Bearer KEY``, as ``X-API-Key: KEY``, or as the password of HTTP's basic
authentication, which an address like ``http://encoder:KEY@nas.local:8030`` carries. Pages in a browser are never let
in: no program that encodes is one.
"""

import base64
import binascii
import hmac
import socket
import stat
from hashlib import sha256
from ipaddress import ip_address
from os import fstat

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from appliance.errors import SettingsError
from appliance.settings import Settings

#: What tells nobody anything.
_OPEN = frozenset({"/ping", "/"})

#: A shorter key could be guessed.
LEAST_KEY_BYTES = 16


class Doors:
    """The application behind the check of its key."""

    def __init__(self, app: ASGIApp, *, key: str | None) -> None:
        self._app = app
        self._digest = _digest(key) if key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if "origin" in headers or "sec-fetch-site" in headers:
                answer = JSONResponse({"detail": "This is not for browsers.", "code": "forbidden"}, 403)
                await answer(scope, receive, send)
                return
            if scope["path"] not in _OPEN and not self._may(headers):
                answer = JSONResponse(
                    {"detail": "This server asks for its key.", "code": "unauthenticated"},
                    401,
                    {"WWW-Authenticate": 'Bearer, Basic realm="encoder"'},
                )
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _may(self, headers: Headers) -> bool:
        if self._digest is None:
            return True
        given = headers.get("x-api-key") or _key_in(headers.get("authorization", ""))
        return hmac.compare_digest(_digest(given), self._digest)


def _key_in(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return value.strip() if scheme.lower() == "bearer" else ""


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()


def require_key(settings: Settings) -> None:
    """Nothing, when the address and the key fit together.

    Raises:
        SettingsError: other machines could reach the server, and there is no key; or the key could be guessed.
    """
    key = settings.encoder_key.get_secret_value() if settings.encoder_key else ""
    if key and len(key.encode()) < LEAST_KEY_BYTES:
        raise SettingsError(
            f"ENCODER_KEY must have at least {LEAST_KEY_BYTES} bytes, for example from `openssl rand -hex 32`."
        )
    if not key and not _is_local(settings.encoder_bind):
        raise SettingsError(
            f"ENCODER_BIND is {settings.encoder_bind}, which other machines may reach, and there is no ENCODER_KEY."
            " Make one with `openssl rand -hex 32` and set it here, and as CLIP_SERVER_KEY where the server is used;"
            " or bind to 127.0.0.1."
        )


def _is_local(bind: str) -> bool:
    if bind.startswith("unix:"):
        return True
    if bind.startswith("fd://"):
        return _is_local_socket(int(bind.removeprefix("fd://")))
    return _is_loopback(bind.rpartition(":")[0].strip("[]"))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_local_socket(fd: int) -> bool:
    try:
        if not stat.S_ISSOCK(fstat(fd).st_mode):
            return False
        with socket.socket(fileno=socket.dup(fd)) as taken:
            return taken.family == socket.AF_UNIX or _is_loopback(str(taken.getsockname()[0]))
    except OSError:
        return False
