"""The provider's address: whether its name is known, somebody answers, and the certificate can be trusted."""

import asyncio
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx2

from appliance.clock import now
from appliance.errors import SettingsError
from appliance.library.checks.common import failure, ok, refused, warning
from appliance.records.doctor import Finding
from web.auth.oidc.provider import Provider
from web.auth.oidc.wire import addresses_of, is_private

_SOON = timedelta(days=14)


async def look_at_address(provider: Provider) -> tuple[Finding, ...]:
    """Up to the first step that fails."""
    parts = urlsplit(provider.issuer)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = await asyncio.wait_for(addresses_of(host, port), provider.wire.seconds)
    except (httpx2.ConnectError, TimeoutError) as error:
        text = f"The name {host} of OIDC_ISSUER is not known here: {_cause(error)}."
        remedy = (
            f"Correct OIDC_ISSUER, or have this machine's DNS or /etc/hosts know {host}; getent hosts {host}"
        )
        return (failure("name", text, remedy),)
    found = [ok("name", f"{host} is {', '.join(addresses)}.")]
    if parts.scheme == "http":
        found.append(_plain(host, addresses))
        if found[-1].level == "failure":
            return tuple(found)
    connection = await _connect(provider, host, port, addresses)
    if connection is not None:
        return (*found, connection)
    found.append(ok("connection", f"Somebody answers at {host}:{port}."))
    if parts.scheme == "https":
        found.append(await _certificate(provider, host, port))
    return tuple(found)


def _cause(error: Exception) -> str:
    return str(error) or "nothing was heard in time"


def _plain(host: str, addresses: tuple[str, ...]) -> Finding:
    if all(is_private(address) for address in addresses):
        text = (
            f"The way to {host} is plain http, so that whoever is on the network can read along and sign in."
        )
        return warning("certificate", text, "Give the provider https and set OIDC_ISSUER to it.")
    text = f"OIDC_ISSUER is plain http, and {host} is no address of the home."
    return failure("certificate", text, "Give the provider https and set OIDC_ISSUER to it.")


async def _connect(provider: Provider, host: str, port: int, addresses: tuple[str, ...]) -> Finding | None:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), provider.wire.seconds)
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or f"nothing within {provider.wire.seconds:g} seconds"
        text = f"Nobody answers at {host}:{port} ({reason})."
        remedy = "Start the provider, or let its firewall take this machine."
        if not all(is_private(address) for address in addresses):
            remedy += " The server's unit lets it reach the home alone: app_oidc_networks names providers elsewhere."
        return failure("connection", text, remedy)
    await _close(writer)
    return None


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, ssl.SSLError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 1)


async def _certificate(provider: Provider, host: str, port: int) -> Finding:
    try:
        certificates = await asyncio.to_thread(lambda: provider.wire.certificates)
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(
                host, port, ssl=certificates, server_hostname=host, family=socket.AF_UNSPEC
            ),
            provider.wire.seconds,
        )
    except SettingsError as error:
        return refused("certificate", error, "Correct OIDC_CA_FILE.")
    except ssl.SSLCertVerificationError as error:
        return failure("certificate", f"Its certificate is not taken: {error.verify_message}.", _trust(error))
    except (OSError, TimeoutError) as error:
        text = f"{host}:{port} does not speak https: {_cause(error)}."
        return failure("certificate", text, "Look at the provider's, or its proxy's, certificate and port.")
    told = writer.get_extra_info("peercert") or {}
    await _close(writer)
    until = told.get("notAfter")
    if not until:
        return ok("certificate", "Its certificate is trusted.")
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC)
    if end - now() < _SOON:
        return warning("certificate", f"Its certificate ends on {end:%Y-%m-%d}.", "Renew it at the provider.")
    return ok("certificate", f"Its certificate is trusted, until {end:%Y-%m-%d}.")


def _trust(error: ssl.SSLCertVerificationError) -> str:
    text = error.verify_message.lower()
    if "hostname" in text or "ip address" in text:
        return "Use the name in OIDC_ISSUER that the certificate is for, or have it made for this one."
    if "expired" in text or "not yet valid" in text:
        return "Renew it at the provider; if it is not old, a clock is wrong: timedatectl"
    return "If the home has an authority of its own, OIDC_CA_FILE names its certificate in PEM."
