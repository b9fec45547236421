"""The address that people type: whether its settings fit together, and whether the server answers there."""

import re
import ssl
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import httpx

from appliance.library.checks.common import Subject, ok, skipped, warning
from appliance.library.checks.server import PATIENCE_SECONDS, is_ours
from appliance.library.checks.systemd import answer_of
from appliance.records.doctor import Finding
from appliance.settings import Settings

#: How long a name may be looked up and its server then asked, together; seconds.
LIMIT_SECONDS = 10.0

_NAME = "server.public"

#: A name as DNS and browsers have it.
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?")

#: Names that other machines may know from the router or by mDNS, and this one need not.
_HOME_SUFFIXES = (".local", ".lan", ".home.arpa", ".internal")


async def look(subject: Subject) -> tuple[Finding, ...]:
    """What does not fit in the settings, and, where the server should run, whether people reach it."""
    found = problems(subject.settings)
    if subject.settings.public_url is not None and not subject.before_start:
        found.append(await _answer(subject.settings.public_url))
    return tuple(found)


def problems(settings: Settings) -> list[Finding]:
    """What can't be meant in TRUSTED_HOSTS, and what does not fit in PUBLIC_URL, BIND and TRUSTED_PROXIES."""
    found = []
    wrong = [host for host in settings.trusted_hosts if not _is_host(host)]
    if wrong:
        text = f"TRUSTED_HOSTS has {', '.join(wrong)}, which no browser sends as a host name."
        remedy = "Write the names alone: photos.example.org, without https://, port, path or *."
        found.append(warning("server.names", text, remedy))
    public = urlsplit(settings.public_url or "")
    if not public.hostname or settings.trusted_proxies:
        return found
    if public.scheme == "https":
        text = (
            "PUBLIC_URL is https, which a proxy has to speak, and TRUSTED_PROXIES names none: everybody seems to "
            "come from the proxy, and shares its limit of failed sign-ins."
        )
        remedy = (
            "TRUSTED_PROXIES=127.0.0.1,::1 for one on this machine, else its address; `unix` for a socket."
        )
        found.append(warning("server.proxy", text, remedy))
    elif not _is_here(public.hostname):
        found += _unreachable(settings.bind, public)
    return found


def _unreachable(bind: str, public: SplitResult) -> list[Finding]:
    if bind.startswith(("unix:", "fd:")):
        return []
    host, _, port = bind.rpartition(":")
    if _is_here(host.strip("[]")):
        text = f"PUBLIC_URL names {public.hostname}, but BIND={bind} lets only this machine in."
        remedy = f"BIND=0.0.0.0:{port}; or name the proxy that stands before it in TRUSTED_PROXIES."
        return [warning("server.bind", text, remedy)]
    if (public.port or 80) != int(port):
        text = f"PUBLIC_URL has the port {public.port or 80}, but BIND={bind} listens on another one."
        remedy = "Make them equal; or name the proxy that stands before it in TRUSTED_PROXIES."
        return [warning("server.bind", text, remedy)]
    return []


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return _HOST.fullmatch(text) is not None
    return True


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def _answer(url: str) -> Finding:
    remedy = (
        "Look whether its name leads here, or to the proxy before it, and whether that passes requests on."
    )
    host = urlsplit(url).hostname or ""
    # Not by this process: a name server that is silent would keep a thread of it.
    if await answer_of("getent", "ahosts", host) is None:
        if host.endswith(_HOME_SUFFIXES) or "." not in host:
            return skipped(_NAME, f"This machine does not know the name {host}; others at home may.")
        return warning(_NAME, f"PUBLIC_URL's name {host} is not known, or no name server answers.", remedy)
    # The system's own authorities, which may include one of the household.
    trust = ssl.create_default_context()
    try:
        async with httpx.AsyncClient(verify=trust, timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = await client.get(f"{url}/api/health/ready")
    except httpx.HTTPError as error:
        return warning(_NAME, f"Nobody answers at {url} ({str(error) or type(error).__name__}).", remedy)
    if is_ours(answer):
        return ok(_NAME, f"It answers at {url}.")
    return warning(_NAME, f"What answers at {url} is not Scene-Sense ({answer.status_code}).", remedy)
