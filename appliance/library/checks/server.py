"""The web server: whether it answers where it is configured to."""

import re

import httpx

from appliance.library.checks.common import Subject, failure, ok, warning
from appliance.library.checks.systemd import show
from appliance.library.checks.units import SOCKET
from appliance.library.running import bind_of
from appliance.records.doctor import Finding

#: The server itself gives a part that is silent three seconds.
PATIENCE_SECONDS = 4.5

#: Where a server that listens everywhere is asked from its own machine.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - nothing is bound here

_SERVICES = (
    "systemctl start scene-sense-web.service; journalctl -u scene-sense-web.service -e says why it ended"
)


async def look(subject: Subject) -> tuple[Finding, ...]:
    """Whether requests are answered, and what the server misses."""
    bind = bind_of(subject.settings)
    remedy = "Start it with `scene-sense up`."
    if bind.startswith("fd://"):
        remedy = _SERVICES
        address = await address_of_socket()
        if address is None:
            text = f"BIND is {bind}, but {SOCKET} does not say at which address."
            return (failure("server", text, f"systemctl start {SOCKET}"),)
        bind = address
    try:
        answer = await ask(bind)
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        return (failure("server", f"Nobody answers at {bind} ({reason}).", remedy),)
    return _read(bind, answer, remedy)


async def address_of_socket() -> str | None:
    """Where the socket listens that the service gets from systemd; None where that can't be told."""
    units = await show(SOCKET)
    listen = units[SOCKET].listen if units and SOCKET in units else ()
    for line in listen:
        found = re.match(r"(.+):(\d+) \(Stream\)", line)
        if found:
            # Our unit's socket takes both families, also where the machine has no IPv6 of its own.
            return f"127.0.0.1:{found[2]}" if found[1] == "[::]" else f"{found[1]}:{found[2]}"
    return None


async def ask(bind: str) -> httpx.Response:
    """What the server at ``bind`` says of itself.

    Raises:
        httpx.HTTPError: nobody answers.
    """
    async with client_at(bind, timeout_seconds=PATIENCE_SECONDS) as client:
        return await client.get("/api/health/ready")


def client_at(bind: str, *, timeout_seconds: float) -> httpx.AsyncClient:
    """A client of the server at ``bind``, which is an address or ``unix:PATH``."""
    transport, url = httpx.AsyncHTTPTransport(), ""
    if bind.startswith("unix:"):
        transport = httpx.AsyncHTTPTransport(uds=bind.removeprefix("unix:"))
        url = "http://localhost"
    else:
        host, _, port = bind.rpartition(":")
        url = f"http://{_EVERYWHERE.get(host, host)}:{port}"
    return httpx.AsyncClient(transport=transport, base_url=url, timeout=timeout_seconds, trust_env=False)


def is_ours(answer: httpx.Response) -> bool:
    """Whether what answered is Scene-Sense."""
    try:
        body = answer.json()
        return isinstance(body["ready"], bool) and isinstance(body["parts"], list)
    except (ValueError, KeyError, TypeError):
        return False


def _read(bind: str, answer: httpx.Response, remedy: str) -> tuple[Finding, ...]:
    if not is_ours(answer):
        text = f"What answers at {bind} is not Scene-Sense ({answer.status_code})."
        return (failure("server", text, "End what listens there, or choose another BIND."),)
    body = answer.json()
    found = [
        ok("server", f"It answers at {bind}.")
        if body["ready"]
        else failure("server", f"It answers at {bind}, and can't serve requests.", remedy)
    ]
    for part in (part for part in body["parts"] if not part["ready"]):
        reason = part["detail"] or "its log says why."
        text = f"For the server, the {part['name']} is not there: {reason}"
        finding = failure if part["needed"] else warning
        found.append(finding(f"server.{part['name']}", text, "See the findings on that part."))
    return tuple(found)
