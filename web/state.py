"""What every part of the surface may use, made once per process, and who is asking, told once per request."""

from dataclasses import dataclass, field
from typing import Any, Literal, cast

from starlette.requests import HTTPConnection
from starlette.types import Scope as AsgiScope

from appliance.errors import DatabaseUnavailable
from appliance.library.appliance import Appliance
from appliance.library.attempts import Attempts
from appliance.library.audit import Refusals
from appliance.library.browse import Renditions
from appliance.library.passwords import Passwords
from appliance.library.readiness import Readiness
from appliance.records.accounts import Viewer
from appliance.settings import Settings


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, and by which credential."""

    viewer: Viewer
    #: ``session``: a browser's cookie; ``token``: a bearer JWT; ``key``: an API key.
    via: Literal["session", "token", "key"]
    #: The id of the session row or of the key, which is no secret.
    credential: str


@dataclass(slots=True)
class Context:
    """The parts that operations work with. ``lifespan`` fills in what has to be opened."""

    settings: Settings
    #: The OpenAPI document, as JSON-like data.
    openapi: dict[str, Any] = field(default_factory=dict)
    passwords: Passwords = field(default_factory=Passwords)
    attempts: Attempts = field(default_factory=Attempts)
    refusals: Refusals = field(default_factory=Refusals)
    renditions: Renditions = field(default_factory=Renditions)
    readiness: Readiness = field(default_factory=Readiness)
    #: The key that signs bearer tokens.
    jwt_secret: str = field(default="", repr=False)
    opened: Appliance | None = None

    @property
    def appliance(self) -> Appliance:
        """The open library.

        Raises:
            DatabaseUnavailable: not open yet, or not any more.
        """
        if self.opened is None:
            raise DatabaseUnavailable
        return self.opened


def context_of(connection: HTTPConnection) -> Context:
    """The context of the application that serves this request."""
    return cast(Context, connection.app.state.context)


def request_id(scope: AsgiScope) -> str:
    """The id that this request has in answers and in the log."""
    return str(scope.get("state", {}).get("request_id", "-"))


def client_ip(connection: HTTPConnection) -> str:
    """The caller's address after trusted proxies were believed; empty over a Unix socket."""
    return connection.client.host if connection.client else ""
