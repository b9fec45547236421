"""What the provider announces, against what the settings ask of it. Few say all, so that most of this is advice."""

from appliance.library.checks.common import failure, ok, warning
from appliance.records.doctor import Finding
from appliance.settings import Settings
from web.auth.oidc.client import auth_method
from web.auth.oidc.documents import Metadata


def look_at_announced(settings: Settings, metadata: Metadata) -> list[Finding]:
    """One finding for each matter."""
    return [
        _algorithms(settings, metadata),
        _challenges(metadata),
        _scopes(settings, metadata),
        _groups(settings, metadata),
        _method(settings, metadata),
        _logout(settings, metadata),
        _backchannel(settings, metadata),
    ]


def _algorithms(settings: Settings, metadata: Metadata) -> Finding:
    wanted = ", ".join(settings.oidc_signing_alg)
    if metadata.algorithms is None:
        text = "The provider does not announce how it signs."
        return warning("algorithms", text, f"Have it sign ID tokens with {wanted}.")
    common = [name for name in settings.oidc_signing_alg if name in metadata.algorithms]
    announced = ", ".join(metadata.algorithms)
    if not common:
        text = f"The provider signs with {announced}, and OIDC_SIGNING_ALG takes {wanted}."
        remedy = "Choose one of these for this client at the provider, or set OIDC_SIGNING_ALG to what it signs with."
        if all(name.startswith(("HS", "none")) for name in metadata.algorithms):
            remedy = (
                "Give the client a signing key at the provider; shared secrets are not taken as signatures."
            )
        return failure("algorithms", text, remedy)
    return ok(
        "algorithms",
        f"The provider can sign with {', '.join(common)} (of {announced}); nothing else is taken.",
    )


def _challenges(metadata: Metadata) -> Finding:
    if metadata.challenges is None:
        text = "The provider does not say whether it knows PKCE with S256, which is always sent."
        return warning(
            "pkce", text, "Most do all the same; allow or require S256 for this client at the provider."
        )
    if "S256" not in metadata.challenges:
        text = (
            f"The provider knows PKCE with {', '.join(metadata.challenges) or 'nothing'}, and S256 is sent."
        )
        return failure("pkce", text, "Bring the provider up to date, or allow S256 for this client.")
    return ok("pkce", "The provider knows PKCE with S256.")


def _scopes(settings: Settings, metadata: Metadata) -> Finding:
    asked = settings.oidc_scope.split()
    if "offline_access" in asked:
        text = "OIDC_SCOPE has offline_access, which is not asked for: nothing is done while nobody is there."
        return warning("scopes", text, "Take it out of OIDC_SCOPE.")
    unknown = [name for name in asked if metadata.scopes is not None and name not in metadata.scopes]
    if unknown:
        text = f"OIDC_SCOPE asks for {', '.join(unknown)}, which the provider does not announce."
        remedy = f"Take it out of OIDC_SCOPE, or make it at the provider; it has {', '.join(metadata.scopes or ())}."
        return warning("scopes", text, remedy)
    return ok("scopes", f"{settings.oidc_scope} is asked for.")


def _groups(settings: Settings, metadata: Metadata) -> Finding:
    names = ("oidc_required_group", "oidc_admin_group", "oidc_viewer_group")
    used = [name.upper() for name in names if getattr(settings, name) is not None]
    claim = settings.oidc_groups_claim
    if not used:
        return ok("groups", "No group gives a role or lets anybody in.")
    verb = "goes" if len(used) == 1 else "go"
    need = "needs" if len(used) == 1 else "need"
    if metadata.scopes and "groups" in metadata.scopes and "groups" not in settings.oidc_scope.split():
        text = f"{', '.join(used)} {need} groups; the provider has a scope groups, which is not asked for."
        return warning("groups", text, f"OIDC_SCOPE={settings.oidc_scope} groups")
    first = claim if metadata.claims and claim in metadata.claims else claim.partition(".")[0]
    if metadata.claims is not None and first not in metadata.claims:
        text = f"{', '.join(used)} {need} the claim {claim} (OIDC_GROUPS_CLAIM), which is not among those announced."
        remedy = (
            "That can be right, as claims of mappers are rarely announced; have it put into userinfo or the ID token."
            " A sign-in without it is in the audit log as oidc_groups_absent."
        )
        return warning("groups", text, remedy)
    return ok("groups", f"{', '.join(used)} {verb} by the claim {claim}.")


def _method(settings: Settings, metadata: Metadata) -> Finding:
    method = auth_method(settings)
    # Without a word it is this one (OpenID Connect Discovery, 3).
    announced = metadata.auth_methods or ("client_secret_basic",)
    if method not in announced and method != "none":
        text = f"The client proves itself by {method}; the provider announces {', '.join(announced)}."
        return warning(
            "method", text, "Set OIDC_TOKEN_AUTH_METHOD to one of these, as the client has it there."
        )
    return ok("method", f"The client proves itself by {method}.")


def _logout(settings: Settings, metadata: Metadata) -> Finding:
    if settings.oidc_logout == "local":
        return ok("logout", "Signing out ends the session here alone (OIDC_LOGOUT).")
    if metadata.end_session_endpoint is None:
        text = "The provider has no place for signing out, so that it ends the session here alone."
        return warning("logout", text, "OIDC_LOGOUT=local says that this is known.")
    text = (
        "Signing out goes on to the provider; the client there needs the post-logout address"
        f" {settings.public_url}/?signed_out=1."
    )
    return ok("logout", text)


def _backchannel(settings: Settings, metadata: Metadata) -> Finding:
    if not metadata.backchannel_logout:
        text = "The provider does not announce to say when a session ends there; sessions here end by themselves."
        return ok("backchannel", text)
    text = (
        "The provider can say when a session ends there; give the client there the address"
        f" {settings.public_url}/api/auth/oidc/backchannel-logout."
    )
    return ok("backchannel", text)
