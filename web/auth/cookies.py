"""The session cookie: what it is called, and how it is set and taken back.

Under https (by PUBLIC_URL) it is ``__Host-sid``, which no other host or path can set. Plain http on a home
network is another matter: browsers store no secure cookies there, so it is ``sid``, and the exact Origin check
of ``web.auth.csrf`` is what protects it.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from appliance.settings import Settings


def is_https(settings: Settings) -> bool:
    """Whether people reach this server by https, as its public address says."""
    return (settings.public_url or "").startswith("https:")


def cookie_name(settings: Settings) -> str:
    """The name of the session cookie."""
    return "__Host-sid" if is_https(settings) else "sid"


def session_token(connection: HTTPConnection, settings: Settings) -> str | None:
    """The token that the browser sent, if any."""
    return connection.cookies.get(cookie_name(settings)) or None


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
