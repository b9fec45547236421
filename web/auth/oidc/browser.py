"""Ties a sign-in to the browser that began it, and keeps the way back inside this server.

The cookie is ``__Host-oidc`` under https and ``oidc`` elsewhere, for ten minutes; it signs nobody in. One browser has
one for all its tabs, and each tab's flow is found by its own state. By plain http another app of the same host can
plant a mark of its own, and so sign a browser in as whoever it likes, though never come by anybody's account.
"""

import re
import secrets
from urllib.parse import urlencode, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from appliance.db.sign_in_flows import LIFETIME_SECONDS
from appliance.settings import Settings
from web.auth.cookies import is_https
from web.auth.hosts import origin_of

#: A path of ours: no second slash or backslash at its start, which browsers take for a host, nor anywhere a sign
#: that they leave out before they look.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_LONGEST = 2000


def cookie_name(settings: Settings) -> str:
    """The name of the cookie."""
    return "__Host-oidc" if is_https(settings) else "oidc"


def mark_of(connection: HTTPConnection, settings: Settings) -> str | None:
    """What the browser was marked with; None when it was not, or with nothing of ours."""
    mark = connection.cookies.get(cookie_name(settings), "")
    return mark if re.fullmatch(r"[\w-]{43}", mark, re.ASCII) else None


def new_mark() -> str:
    """A mark for a browser."""
    return secrets.token_urlsafe(32)


def set_mark(response: Response, settings: Settings, mark: str) -> None:
    """Mark the browser for as long as a sign-in may take."""
    response.set_cookie(
        cookie_name(settings),
        mark,
        max_age=LIFETIME_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(settings),
    )


def local_path(text: str) -> str:
    """The path, if it is one of the page's here; else ``/``."""
    fits = len(text) <= _LONGEST and _LOCAL.fullmatch(text)
    return text if fits and not text.startswith(("/api/", "/media/")) else "/"


def go_on(settings: Settings, path: str) -> Response:
    """Send the browser to this path of ours, below the path of PUBLIC_URL."""
    base = urlsplit(settings.public_url or "").path.rstrip("/")
    inside = path if base and (path == base or path.startswith(f"{base}/")) else f"{base}{path}"
    return redirect(inside)


def refuse(settings: Settings, code: str) -> Response:
    """Send the browser to the page, which says why nobody was signed in."""
    return go_on(settings, f"/?{urlencode({'sign_in_error': code})}")


def redirect(url: str) -> Response:
    """Send the browser elsewhere; nothing of this is kept by it."""
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def is_from_own_page(request: Request, settings: Settings) -> bool:
    """Whether a link of this server's own page led here, or the address bar.

    Browsers say so by ``Sec-Fetch-Site``, and by plain http, where they don't, by Referer.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    given = request.headers.get("origin") or request.headers.get("referer")
    origin = origin_of(given) if given else None
    asked = origin_of(f"{request.scope['scheme']}://{request.headers.get('host', '')}")
    return origin is not None and origin in {asked, origin_of(settings.public_url or "")}


def may_begin(request: Request, settings: Settings) -> bool:
    """Whether this request may begin a sign-in: a page of ours at PUBLIC_URL led here, or the address bar.

    Anything else is led to the sign-in page there (:func:`to_sign_in`), whose own link comes back with what is
    missing.
    """
    return is_from_own_page(request, settings) and _is_at_public_address(request, settings)


def _is_at_public_address(request: Request, settings: Settings) -> bool:
    """Whether the browser is where the provider will send it back to, as its cookie must be found there.

    The page's own address counts for more than Host, which some proxies write anew.
    """
    public = origin_of(settings.public_url or "")
    page = request.headers.get("referer")
    if page is not None:
        return origin_of(page) == public
    if request.headers.get("sec-fetch-site") == "same-origin":
        # A page that does not say where it is: rather a sign-in that fails than one that is led in a circle.
        return True
    scheme = urlsplit(settings.public_url or "").scheme
    return origin_of(f"{scheme}://{request.headers.get('host', '')}") == public


def to_sign_in(settings: Settings, next_path: str) -> Response:
    """Send the browser to the sign-in page at PUBLIC_URL, from which the person goes on to this path."""
    path = local_path(next_path)
    query = "" if path == "/" else f"?{urlencode({'next': path})}"
    return redirect(f"{settings.public_url}/sign-in{query}")
