"""Asks the provider over HTTP: in time, no more than 1 MiB, nowhere else than asked, plain http only in the home.

Nothing is followed (a redirect is an answer), nothing is unpacked, and the environment's proxies are not used. The
certificate is checked with the system's authorities and those of OIDC_CA_FILE; there is no way not to check it.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from typing import Any, cast

import httpx2

from appliance.errors import ProviderUnavailable, SettingsError
from appliance.records.sign_in import Reason
from appliance.settings import Settings

MAX_BYTES = 1024 * 1024


class Unusable(httpx2.TransportError):
    """The answer, or the way to it, is one that is not taken."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """In lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def date(self) -> datetime | None:
        """The provider's clock, to the second; None where it does not say."""
        try:
            found = parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError):
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


class Wire:
    """The way to one provider."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def seconds(self) -> float:
        """How long one answer may take, from the first packet to the last byte."""
        return self._settings.oidc_timeout_s

    @cached_property
    def certificates(self) -> ssl.SSLContext:
        """Whom to believe; blocking, a few milliseconds, once.

        Raises:
            SettingsError: OIDC_CA_FILE can't be read.
        """
        context = ssl.create_default_context()
        file = self._settings.oidc_ca_file
        if file is not None:
            try:
                context.load_verify_locations(cafile=file)
            except (OSError, ssl.SSLError) as error:
                reason = error.strerror or "it has no certificates in PEM"
                raise SettingsError(f"OIDC_CA_FILE {file} can't be read: {reason}") from error
        return context

    def options(self) -> dict[str, Any]:
        """What a client of ``httpx2`` is made with, Authlib's for example."""
        return {
            "transport": BoundedTransport(self.certificates),
            "timeout": self.seconds,
            "follow_redirects": False,
            "trust_env": False,
        }

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer, whatever its status.

        Raises:
            ProviderUnavailable: there is none, with the cause.
        """
        try:
            async with asyncio.timeout(self.seconds), httpx2.AsyncClient(**self.options()) as client:
                answer = await client.request(
                    method, url, headers={"Accept": "application/json", **(headers or {})}, data=form
                )
        except (httpx2.HTTPError, httpx2.InvalidURL, SettingsError, TimeoutError) as error:
            raise unavailable(error, url, seconds=self.seconds) from error
        return Reply(answer.status_code, dict(answer.headers), answer.content)


def unavailable(
    error: Exception, url: str, *, seconds: float, reason: Reason = Reason.UNREACHABLE
) -> ProviderUnavailable:
    """The error that says why the provider did not answer at this address, for the log."""
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        cause = f"nothing within {seconds:g} seconds (OIDC_TIMEOUT_S)"
    else:
        cause = str(error) or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in cause:
            cause += "; if the home has an authority of its own, OIDC_CA_FILE names its certificate"
    refusal = ProviderUnavailable(f"{url.partition('?')[0]}: {cause}")
    refusal.reason = reason
    return refusal


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Makes one request at a time, held to the module's promises."""

    def __init__(self, certificates: ssl.SSLContext) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=certificates, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, whose body ends the connection when it is too long."""
        # A packed answer could be a thousand times longer than what is counted.
        request.headers["Accept-Encoding"] = "identity"
        if request.url.scheme == "http":
            response = await self._in_the_home(request)
        else:
            response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise Unusable("the answer is packed, although it was asked not to be")
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Counted(cast(httpx2.AsyncByteStream, response.stream)),
            extensions=response.extensions,
        )

    async def _in_the_home(self, request: httpx2.Request) -> httpx2.Response:
        """Connect to the very address that was found to be private: a name could lead elsewhere a moment later."""
        addresses = await addresses_of(request.url.host, request.url.port or 80)
        strange = [address for address in addresses if not is_private(address)]
        if strange or not addresses:
            found = ", ".join(strange) or "nowhere"
            raise Unusable(f"plain http is for private addresses, and {request.url.host} leads to {found}")
        failure: httpx2.ConnectError | None = None
        for address in addresses:
            pinned = httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except httpx2.ConnectError as error:
                failure = error
        raise failure or Unusable("nowhere to connect to")

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    """A body of at most :data:`MAX_BYTES`."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for piece in self._stream:
            total += len(piece)
            if total > MAX_BYTES:
                raise Unusable("the answer is longer than 1 MiB")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


async def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """Where this name leads, each address once.

    Raises:
        httpx2.ConnectError: nobody knows the name.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx2.ConnectError(f"the name {host} is not known: {error.strerror}") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_private(address: str) -> bool:
    """Whether this is an address of the machine itself or of a home's network."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    private = found.is_private or found.is_loopback or found.is_link_local
    return private and not found.is_unspecified and not found.is_multicast
