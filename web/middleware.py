"""What every request passes on its way in, in this order, and every answer on its way out.

1. ``RequestIds``      gives the request its id, and the answer the same
2. ``SecurityHeaders`` tells the browser what the answer may do
3. ``LastResort``      turns an unforeseen error into a problem document that says nothing of the inside
4. ``TrustedProxies``  believes X-Forwarded headers from trusted peers, and removes all others
5. ``TrustedHosts``    refuses names that are not this server's
6. ``BasePath``        takes off the path of PUBLIC_URL where a proxy left it on
7. ``SameOrigin``      refuses what other sites make a browser send

Before them all stands ``Lingering``, which sees to it that an early refusal reaches whoever is still sending.

Who is asking is found out by the operation itself, as that depends on what it asks for.
"""

import logging
import secrets
import time
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from appliance.errors import SceneSenseError
from appliance.settings import Settings
from web.auth.cookies import is_https
from web.auth.csrf import SameOrigin
from web.auth.hosts import TrustedHosts
from web.auth.proxies import TrustedProxies
from web.lingering import Lingering
from web.problems import InternalError, problem_response
from web.state import Context, request_id

log = logging.getLogger(__name__)

#: The page's policy. The two hashes are of style elements that react-aria-components adds while something is
#: pressed and while a dialog is open on a phone; a browser test fails on any violation.
_PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='"
        " 'sha256-gYiS/BvZvRcK27JIXTuwhZ3hs2+VJ1X+2gUlE+farlg='",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
    )
)

#: For everything that is not the page: data, and people's own files above all.
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

_PAGE_TYPES = ("text/html", "text/javascript")


def base_path(settings: Settings) -> str:
    """The path of PUBLIC_URL without a slash at its end: empty unless the server lives below one."""
    return urlsplit(settings.public_url or "").path.rstrip("/")


def middleware(context: Context) -> list[Middleware]:
    """The list above, outermost first."""
    settings = context.settings
    return [
        Middleware(Lingering),
        Middleware(RequestIds),
        Middleware(SecurityHeaders, https=is_https(settings), hsts_days=settings.hsts_days),
        Middleware(LastResort),
        Middleware(TrustedProxies, networks=settings.trusted_proxies),
        Middleware(TrustedHosts, settings=settings),
        Middleware(BasePath, path=base_path(settings)),
        Middleware(SameOrigin, context=context),
    ]


class RequestIds:
    """Gives each request an id of its own, which the answer carries as ``X-Request-ID``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one request under a new id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        this_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = this_id
        started = time.monotonic()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = this_id
                took_ms = (time.monotonic() - started) * 1000
                # The path alone: a query holds what people look for.
                log.debug(
                    "%s %s -> %d in %.1f ms [%s]",
                    scope["method"],
                    scope["path"],
                    message["status"],
                    took_ms,
                    this_id,
                )
            await send(message)

        await self._app(scope, receive, send_with_id)


class SecurityHeaders:
    """Adds the headers that keep a browser from doing more with an answer than was meant."""

    def __init__(self, app: ASGIApp, *, https: bool, hsts_days: float = 0.0) -> None:
        self._app = app
        always = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if https:
            # On plain http browsers ignore it, and say so in the console each time.
            always["Cross-Origin-Opener-Policy"] = "same-origin"
            if hsts_days:
                # For this name alone: what else is below it is not this server's to decide.
                always["Strict-Transport-Security"] = f"max-age={round(hsts_days * 86400)}"
        # As they go over the wire: pictures come by the hundred.
        self._always = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one request; what an answer says itself stays."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith(_PAGE_TYPES)
                headers.setdefault("Content-Security-Policy", _PAGE_POLICY if is_page else _DATA_POLICY)
                headers.setdefault("Cache-Control", "no-store")
                if headers["Cache-Control"].startswith("private"):
                    # Whoever signs in next in the same browser has to ask for it in their own name.
                    headers.add_vary_header("Cookie, Authorization")
                present = {name for name, _ in headers.raw}
                headers.raw.extend(pair for pair in self._always if pair[0] not in present)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class LastResort:
    """Answers for whatever nobody below caught: the log gets the whole story, the client the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except ClientDisconnect:
            log.debug("the client hung up [%s]", request_id(scope))
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            if not isinstance(error, SceneSenseError):
                log.exception("unforeseen error [%s]", request_id(scope))
            known = error if isinstance(error, SceneSenseError) else InternalError()
            await problem_response(known, request_id=request_id(scope))(scope, receive, send)


class BasePath:
    """Takes the path of PUBLIC_URL off a request's path; a proxy may already have done so."""

    def __init__(self, app: ASGIApp, *, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass the request on with a path that begins at the application."""
        if self._path and scope["type"] == "http":
            asked: str = scope["path"]
            if asked == self._path or asked.startswith(f"{self._path}/"):
                scope = {**scope, "path": asked[len(self._path) :] or "/"}
        await self._app(scope, receive, send)
