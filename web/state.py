"""What every part of the surface may use, made once per process, and who is asking, told once per request."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar, cast

from starlette.requests import HTTPConnection
from starlette.types import Scope as AsgiScope

from appliance.errors import DatabaseUnavailable
from appliance.library.access import Access, Memory
from appliance.library.appliance import Appliance
from appliance.library.audit import Refusals
from appliance.library.browse import Renditions
from appliance.library.passwords import Passwords
from appliance.library.readiness import Readiness
from appliance.records.accounts import Viewer
from appliance.settings import Settings

Part = TypeVar("Part")

#: Callers that are remembered at once.
MOST_CALLERS = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, and by which credential."""

    viewer: Viewer
    #: ``session``: a browser's cookie; ``token``: a bearer JWT; ``key``: an API key.
    via: Literal["session", "token", "key"]
    #: The id of the session row or of the key, which is no secret.
    credential: str
    #: When the person last proved in this browser who they are; None for tokens and keys.
    authenticated_at: datetime | None = None
    #: How long this is known to be true if nobody changes anything, seconds.
    seconds_left: float = 0.0
    #: The session's new token, where this request was to be given one; it goes into the answer's cookie.
    new_token: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Context:
    """The parts that operations work with. ``lifespan`` fills in what has to be opened."""

    settings: Settings
    #: The OpenAPI document, as JSON-like data.
    openapi: dict[str, Any] = field(default_factory=dict)
    passwords: Passwords = field(default_factory=Passwords)
    refusals: Refusals = field(default_factory=Refusals)
    #: What is remembered of who may see what.
    access: Access = field(default_factory=Access)
    renditions: Renditions = field(init=False)
    #: Callers by their credential, as it was last looked up.
    callers: Memory[tuple[str, bytes], Caller] = field(init=False, repr=False)
    readiness: Readiness = field(default_factory=Readiness)
    #: The key that signs bearer tokens.
    jwt_secret: str = field(default="", repr=False)
    #: The key that signs what browsers keep about who signed in there.
    device_secret: str = field(default="", repr=False)
    opened: Appliance | None = None
    #: Set once the process is about to stop: whatever has no end of its own ends.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _parts: dict[type[Any], Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.renditions = Renditions(self.access)
        self.callers = Memory(self.access, most=MOST_CALLERS)

    def part(self, kind: type[Part], make: Callable[[], Part]) -> Part:
        """The one object of this kind that the process keeps between requests; made when it is first asked for."""
        if kind not in self._parts:
            self._parts[kind] = make()
        return cast(Part, self._parts[kind])

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
