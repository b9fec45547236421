"""The provider's keys and its clock."""

from appliance.clock import now
from appliance.errors import ProviderUnavailable
from appliance.library.checks.common import failure, ok, warning
from appliance.library.quantities import duration_text
from appliance.records.doctor import Finding
from appliance.records.sign_in import Reason
from web.auth.oidc.documents import Metadata, json_object
from web.auth.oidc.id_token import LEEWAY_SECONDS
from web.auth.oidc.keys import read_keys
from web.auth.oidc.provider import Provider
from web.auth.oidc.wire import Reply

#: Beyond this the clocks should be looked at, although sign-ins still work, seconds.
_DRIFT_SECONDS = 10.0


async def look_at_keys(provider: Provider, metadata: Metadata) -> list[Finding]:
    """Whether there is a key for a signature that is taken."""
    try:
        reply = await provider.wire.ask("GET", metadata.jwks_uri)
        document = json_object(reply, metadata.jwks_uri, reason=Reason.KEYS)
    except ProviderUnavailable as error:
        return [failure("keys", error.message, "Look at the provider's log.")]
    found = read_keys(document)
    taken = provider.settings.oidc_signing_alg
    fitting = {name: sum(key.fits(name) for key in found) for name in taken}
    usable = [f"{count} for {name}" for name, count in fitting.items() if count]
    if not usable:
        text = (
            f"The provider has {len(found)} public keys, and none for {', '.join(taken)} (OIDC_SIGNING_ALG)."
        )
        remedy = "Give this client a signing key of that kind at the provider, or set OIDC_SIGNING_ALG to its kind."
        return [failure("keys", text, remedy)]
    return [ok("keys", f"The provider has keys: {', '.join(usable)}.")]


def look_at_clock(reply: Reply) -> list[Finding]:
    """Whether the provider's clock and this machine's agree."""
    told = reply.date
    if told is None:
        return [ok("clock", "The provider's answers don't tell its time.")]
    ahead = (told - now()).total_seconds()
    # The header has whole seconds, and the answer took its time.
    if abs(ahead) <= _DRIFT_SECONDS:
        return [ok("clock", "The provider's clock and this machine's agree.")]
    which = "ahead of" if ahead > 0 else "behind"
    text = f"The provider's clock is {duration_text(abs(ahead))} {which} this machine's."
    remedy = "timedatectl on both machines says which is wrong; let both follow a time server."
    return [(failure if abs(ahead) > LEEWAY_SECONDS else warning)("clock", text, remedy)]
