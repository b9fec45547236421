"""X-Forwarded headers: believed from the proxies that the owner named, by the socket's peer, and else removed."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

#: In TRUSTED_PROXIES: whoever may connect to the Unix socket is a proxy.
UNIX_PEER = "unix"

_FORWARDED = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-server",
        b"x-real-ip",
    }
)


class TrustedProxies:
    """Puts the real client, scheme and host into the scope when the peer is a trusted proxy."""

    def __init__(self, app: ASGIApp, *, networks: Sequence[str]) -> None:
        self._app = app
        self._trusts_unix = UNIX_PEER in networks
        self._networks = [ip_network(network) for network in networks if network != UNIX_PEER]

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the peer's word or without it."""
        if scope["type"] in {"http", "websocket"}:
            headers = Headers(scope=scope)
            plain = [(name, value) for name, value in scope["headers"] if name.lower() not in _FORWARDED]
            scope = {**scope, "headers": plain}
            peer = scope.get("client")
            if self._trusts(peer[0] if peer else None):
                self._believe(scope, headers)
        await self._app(scope, receive, send)

    def _trusts(self, peer: str | None) -> bool:
        if peer is None:
            return self._trusts_unix
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def _believe(self, scope: AsgiScope, headers: Headers) -> None:
        # The last entry of each list is the one that the nearest proxy added; a client can write the others.
        chain = _entries(headers, "x-forwarded-for")
        client = next((entry for entry in reversed(chain) if not self._trusts(entry)), None)
        client = client or (chain[0] if chain else None)
        if client is not None and _is_address(client):
            scope["client"] = (client, 0)
        schemes = _entries(headers, "x-forwarded-proto")
        if schemes and schemes[-1].lower() in {"http", "https"}:
            scope["scheme"] = schemes[-1].lower()
        hosts = _entries(headers, "x-forwarded-host")
        if hosts:
            without = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
            scope["headers"] = [*without, (b"host", hosts[-1].encode("latin-1"))]


def _entries(headers: Headers, name: str) -> list[str]:
    return [part.strip() for line in headers.getlist(name) for part in line.split(",") if part.strip()]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
