"""Which Host headers this server answers to, so that no other site can be pointed at it by DNS.

A page of some other site can make its own name resolve to this server (DNS rebinding) and would then be of the
same origin. It can't do so with an address, with a loopback name, or with a name that no public DNS gives out;
so those are answered, and every other name has to be one that the owner configured.
"""

import socket
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from appliance.settings import Settings
from web.problems import NoSuchMethod, UnknownHost, problem_response
from web.state import request_id

#: Suffixes that home routers and mDNS give to a machine's own name, none of which public DNS has.
_HOME_SUFFIXES = (".local", ".lan", ".home.arpa", ".internal")

_DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=256)
def split_host(header: str) -> str | None:
    """The host of a Host header in lower case, without port and brackets; None if it is malformed."""
    try:
        parts = urlsplit(f"//{header}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.path or parts.query or parts.fragment or "@" in header or header != header.strip():
        return None
    return host.rstrip(".")


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin or URL, the port always told; None if it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.rstrip("."), port or _DEFAULT_PORTS[parts.scheme]


def is_loopback(ip: str) -> bool:
    """Whether an address of :func:`client_ip` is of this machine; so is a Unix socket."""
    try:
        return ip == "" or ip_address(ip.partition("%")[0]).is_loopback
    except ValueError:
        return False


class KnownHosts:
    """The names that this server answers to."""

    def __init__(self, settings: Settings, *, machine: str | None = None) -> None:
        own = (machine or socket.gethostname()).lower()
        short = own.partition(".")[0]
        public = origin_of(settings.public_url or "")
        self._names = {"localhost", own, short, *(short + suffix for suffix in _HOME_SUFFIXES)}
        self._names |= {host.lower().rstrip(".") for host in settings.trusted_hosts}
        if public:
            self._names.add(public[1])

    def knows(self, host: str | None) -> bool:
        """Whether requests for this host are answered; ``host`` is without port and brackets."""
        if host is None:
            return False
        if host in self._names or host.endswith(".localhost"):
            return True
        return _is_address(host)


@lru_cache(maxsize=256)
def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class TrustedHosts:
    """Refuses requests that are for somebody else: by their Host header, or by asking for a proxy."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._known = KnownHosts(settings)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass a request for a known host on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "CONNECT" or not scope["path"].startswith("/"):
            no_proxy = NoSuchMethod("This server is not a proxy.")
            headers = {"Allow": "GET, HEAD, POST, PATCH, DELETE", "Connection": "close"}
            await problem_response(no_proxy, request_id=request_id(scope), headers=headers)(
                scope, receive, send
            )
            return
        given = Headers(scope=scope).getlist("host")
        if len(given) == 1 and self._known.knows(split_host(given[0])):
            await self._app(scope, receive, send)
            return
        shown = given[0][:100] if given else "none"
        refusal = UnknownHost(
            f"This server does not answer for the host {shown!r}. If it is a name of this machine, its owner adds it"
            " to TRUSTED_HOSTS, or sets PUBLIC_URL."
        )
        await problem_response(refusal, request_id=request_id(scope))(scope, receive, send)
