"""What the settings of the identity provider need on this machine: the secret, and certificates that can be read.

The provider itself is asked by the server alone, which has the means: ``scene-sense doctor oidc``.
"""

import ssl

from appliance.library.checks.common import Subject, aside, failure, ok
from appliance.records.doctor import Finding
from appliance.settings import Settings


async def look(subject: Subject) -> tuple[Finding, ...]:
    """Whether signing in through the provider can be begun; nothing where nobody does."""
    return tuple(await aside(lambda: examine(subject.settings)))


def examine(settings: Settings) -> list[Finding]:
    """The same, of the settings alone. Blocking."""
    if not settings.oidc_enabled:
        return []
    wrong = [*_secret(settings), *_certificates(settings)]
    return wrong or [ok("provider", f"The settings for {settings.oidc_issuer} are complete.")]


def _secret(settings: Settings) -> list[Finding]:
    # Not refused when settings are read: of all the services only the web server is given the secret.
    if settings.oidc_client_secret is not None or settings.oidc_token_auth_method in {None, "none"}:
        return []
    text = f"OIDC_TOKEN_AUTH_METHOD is {settings.oidc_token_auth_method}, and there is no OIDC_CLIENT_SECRET."
    remedy = (
        "OIDC_CLIENT_SECRET_FILE=/path, or app_secrets of the playbook; a public client has the method none."
    )
    return [failure("provider.secret", text, remedy)]


def _certificates(settings: Settings) -> list[Finding]:
    file = settings.oidc_ca_file
    if file is None:
        return []
    try:
        ssl.create_default_context().load_verify_locations(cafile=file)
    except OSError as error:
        # An SSLError is one as well, and says it in OpenSSL's words.
        reason = "it has no certificates in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        text = f"OIDC_CA_FILE {file} can't be read: {reason}."
        remedy = (
            "It has to be the authority's certificate, in PEM, and readable by the user that this runs as."
        )
        return [failure("provider.certificates", text, remedy)]
    return []
