"""Refuses what another site, or another app on this host, makes a browser send here.

A browser sends this server's cookie along from another port of the same host and from sibling names, whatever
SameSite says. So every request that may change something has to show where it comes from:

1. with ``Authorization: Bearer`` and no session cookie it is a script's: nothing ambient, nothing to forge;
2. ``Sec-Fetch-Site``, where the browser sends it, must be ``same-origin``;
3. ``Origin``, where there is one, must be PUBLIC_URL's or the very address asked for: scheme, host and port;
4. with neither, a request that carries the session cookie is refused; one without is nobody's.
"""

import logging

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from appliance.db import audit
from appliance.errors import Unavailable
from appliance.library.sessions import find_session
from web.auth.cookies import session_token
from web.auth.hosts import origin_of
from web.auth.identify import bearer_of
from web.problems import CrossSite, problem_response
from web.state import Context, client_ip, request_id

log = logging.getLogger(__name__)

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

#: Where the identity provider itself comes, with a signed token and without anybody's cookie.
_SIGNED_INSTEAD = frozenset({"/api/auth/oidc/backchannel-logout"})


class SameOrigin:
    """Lets requests that may change something through when they come from this server's own page."""

    def __init__(self, app: ASGIApp, *, context: Context) -> None:
        self._app = app
        self._context = context
        self._public = origin_of(context.settings.public_url or "")

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it, and leave an audit row if it would have been somebody's."""
        if scope["type"] != "http" or scope["method"] in _SAFE_METHODS or scope["path"] in _SIGNED_INSTEAD:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        reason = self._objection(request)
        if reason is None:
            await self._app(scope, receive, send)
            return
        log.warning("refused a cross-site request from %s: %s", client_ip(request), reason)
        try:
            await self._write_audit(request, reason)
        except Unavailable:
            log.warning("no audit row: the database is away")
        refusal = CrossSite(
            f"{reason} If this is the right address, its owner sets PUBLIC_URL to what people type."
        )
        await problem_response(refusal, request_id=request_id(scope))(scope, receive, send)

    def _objection(self, request: Request) -> str | None:
        has_cookie = session_token(request, self._context.settings) is not None
        if bearer_of(request) is not None and not has_cookie:
            return None
        site = request.headers.get("sec-fetch-site")
        if site is not None and site != "same-origin":
            return f"The browser says that this request is {site[:20]!r}."
        origins = request.headers.getlist("origin")
        if origins and not all(self._is_own(request, origin) for origin in origins):
            return f"The origin {origins[0][:100]!r} is not this server's."
        if not origins and site is None and has_cookie:
            return "The request does not say where it comes from."
        return None

    def _is_own(self, request: Request, origin: str) -> bool:
        given = origin_of(origin)
        if given is None:
            return False
        asked = origin_of(f"{request.scope['scheme']}://{request.headers.get('host', '')}")
        return given in {self._public, asked}

    async def _write_audit(self, request: Request, reason: str) -> None:
        # Only where a living session would have been used: any site can make a browser send requests of nobody,
        # as many as it likes, and a row of each would fill the disk.
        token, context = session_token(request, self._context.settings), self._context
        found = await find_session(context.appliance.db, context.settings, token) if token else None
        if found is None:
            return
        actor, ip = found[1].id, client_ip(request)
        if not context.refusals.worth_a_row(actor=actor, ip=ip):
            return
        await audit.record(
            context.appliance.db,
            action="csrf",
            actor=actor,
            ip=ip,
            object=f"{request.method} {request.url.path}",
            outcome="refused",
            reason=reason,
        )
