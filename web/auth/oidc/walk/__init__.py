"""Walks the way to a sign-in at the provider without signing anybody in, and says what is wrong and what mends it.

1. the address: its name, a connection, the certificate;
2. the discovery document, whose issuer must be OIDC_ISSUER;
3. what it announces, against what the settings ask for;
4. its keys and its clock;
5. this client: whether the token endpoint knows it, and whether the way back is registered.

What a later step needs and an earlier one did not find ends the walk. Nothing is kept, here or there.
"""

from appliance.errors import ProviderUnavailable, SignInRefused
from appliance.library.checks.common import failure, ok
from appliance.records.doctor import Finding
from appliance.records.sign_in import Reason
from appliance.settings import Settings
from web.auth.oidc.documents import Metadata, discovery_url, json_object, read_metadata
from web.auth.oidc.provider import Provider
from web.auth.oidc.walk.address import look_at_address
from web.auth.oidc.walk.announced import look_at_announced
from web.auth.oidc.walk.client import look_at_client
from web.auth.oidc.walk.keys import look_at_clock, look_at_keys
from web.auth.oidc.wire import Reply


async def walk(settings: Settings) -> tuple[Finding, ...]:
    """What was found, in the order of the way; asks the provider itself, whatever this process knows of it."""
    if not settings.oidc_enabled:
        text = "OIDC_ENABLED is off, so that people sign in with passwords alone."
        return (failure("settings", text, "OIDC_ENABLED=true, with OIDC_ISSUER and OIDC_CLIENT_ID."),)
    provider = Provider(settings)
    found = list(await look_at_address(provider))
    if any(step.remedy and step.level == "failure" for step in found):
        return tuple(found)
    reply, metadata, steps = await _discovered(provider)
    found += steps
    if reply is not None:
        found += look_at_clock(reply)
    if metadata is None:
        return tuple(found)
    found += look_at_announced(settings, metadata)
    found += await look_at_keys(provider, metadata)
    found += await look_at_client(provider, metadata)
    return tuple(found)


async def _discovered(provider: Provider) -> tuple[Reply | None, Metadata | None, list[Finding]]:
    url, reply = discovery_url(provider.issuer), None
    try:
        reply = await provider.wire.ask("GET", url)
        document = json_object(reply, url, reason=Reason.DISCOVERY)
    except ProviderUnavailable as error:
        return reply, None, [failure("discovery", error.message, _where(reply))]
    found = [ok("discovery", f"{url} has the provider's document.")]
    try:
        metadata = read_metadata(provider.settings, document)
    except SignInRefused as error:
        remedy = f"OIDC_ISSUER={document.get('issuer')}, if that is your provider."
        return reply, None, [*found, failure("issuer", error.message, remedy)]
    except ProviderUnavailable as error:
        remedy = "Correct it at the provider; behind a proxy it has to know its public address."
        return reply, None, [*found, failure("endpoints", error.message, remedy)]
    found.append(ok("issuer", f"The provider calls itself {metadata.issuer}, as OIDC_ISSUER does."))
    found.append(ok("endpoints", "It has all endpoints that are needed."))
    return reply, metadata, found


def _where(reply: Reply | None) -> str:
    if reply is None:
        return "Look at the provider's own log; OIDC_TIMEOUT_S is how long it may take."
    if reply.status == 404:
        return (
            "Correct OIDC_ISSUER: Keycloak's ends with /realms/NAME, authentik's with /application/o/NAME/, Kanidm's"
            " with /oauth2/openid/CLIENT."
        )
    if 300 <= reply.status < 400:
        where = reply.headers.get("location", "")[:200]
        return (
            f"Redirects are not followed; it leads to {where}. Set OIDC_ISSUER to the provider's own address."
        )
    return "Open the address in a browser; what answers there is not the provider's document."
