"""The cookies: what they are called, and how they are set and taken back.

The session's is ``__Host-sid`` under https (by PUBLIC_URL), which no other host or path can set. Plain http on a home
network is another matter: browsers store no secure cookies there, so it is ``sid``, and the exact Origin check
of ``web.auth.csrf`` is what protects it.

The other one, ``device``, notes for a year which accounts signed in in this browser; it opens nothing and names
nobody (:mod:`appliance.library.devices`).
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from appliance.settings import Settings

#: How long a browser notes who signed in there, seconds.
_DEVICE_SECONDS = 365 * 86400


def is_https(settings: Settings) -> bool:
    """Whether people reach this server by https, as its public address says."""
    return (settings.public_url or "").startswith("https:")


def cookie_name(settings: Settings) -> str:
    """The name of the session cookie."""
    return "__Host-sid" if is_https(settings) else "sid"


def session_token(connection: HTTPConnection, settings: Settings) -> str | None:
    """The token that the browser sent, if any."""
    return connection.cookies.get(cookie_name(settings)) or None


def device_note(connection: HTTPConnection, settings: Settings) -> str | None:
    """What the browser has noted about who signed in there, if anything; not checked."""
    return connection.cookies.get(_device_name(settings)) or None


def _device_name(settings: Settings) -> str:
    return "__Host-device" if is_https(settings) else "device"


def set_device(response: Response, settings: Settings, note: str) -> None:
    """Have the browser note who signed in there."""
    response.set_cookie(
        _device_name(settings),
        note,
        max_age=_DEVICE_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(settings),
    )


def bring_new_token(response: Response, settings: Settings, token: str) -> None:
    """Give the browser this token, unless the answer gives or takes one already."""
    begin = f"{cookie_name(settings)}=".encode()
    if not any(name == b"set-cookie" and value.startswith(begin) for name, value in response.raw_headers):
        set_session(response, settings, token)
        # A browser keeps the headers of what it keeps.
        response.headers["Cache-Control"] = "no-store"


def set_session(response: Response, settings: Settings, token: str) -> None:
    """Give the browser this token."""
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(settings.session_max_hours * 3600),
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(settings),
    )


def clear_session(response: Response, settings: Settings) -> None:
    """Take the browser's token back, and under https what it stored."""
    response.delete_cookie(
        cookie_name(settings), path="/", httponly=True, samesite="lax", secure=is_https(settings)
    )
    if is_https(settings):
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
