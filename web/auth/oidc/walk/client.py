"""Whether the provider knows this client: its secret, by a code that nobody has, and its way back, by a dry run."""

import secrets
from urllib.parse import parse_qs, urljoin, urlsplit

from authlib.integrations.base_client import OAuthError

from appliance.errors import ProviderUnavailable, SignInRefused
from appliance.library.checks.common import failure, ok, warning
from appliance.records.doctor import Finding
from appliance.records.sign_in import Reason
from web.auth.oidc.client import auth_method, authorization_url, exchange, new_verifier, redirect_uri
from web.auth.oidc.documents import Metadata
from web.auth.oidc.provider import Provider
from web.auth.oidc.wire import Reply

#: What a provider says when the way back is right and nobody is signed in there.
_NOBODY_THERE = frozenset(
    {"login_required", "interaction_required", "consent_required", "account_selection_required"}
)

#: What mends it when the token endpoint says no to something else than the code or the client (RFC 6749, 5.2).
_REFUSED = {
    "invalid_request": (
        "Compare OIDC_TOKEN_AUTH_METHOD and the redirect URI with the client at the provider; its log says what it"
        " missed in the request."
    ),
    "invalid_scope": "Correct OIDC_SCOPE, or allow these scopes for the client at the provider.",
    "unsupported_grant_type": "Allow the grant type authorization_code for the client at the provider.",
}


async def look_at_client(provider: Provider, metadata: Metadata) -> list[Finding]:
    """What the token endpoint and the authorization endpoint say."""
    return [await _secret(provider, metadata), await _way_back(provider, metadata)]


async def _secret(provider: Provider, metadata: Metadata) -> Finding:
    settings = provider.settings
    code = f"doctor-{secrets.token_urlsafe(16)}"
    try:
        await exchange(provider, metadata, code=code, verifier=new_verifier())
    except SignInRefused as error:
        if error.reason == Reason.CODE:
            what = "name" if auth_method(settings) == "none" else "name and secret"
            return ok("client", f"The provider takes the client's {what}.")
        if error.reason == Reason.CLIENT:
            remedy = (
                "Compare OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_TOKEN_AUTH_METHOD with the client at the"
                " provider; a secret is to be copied whole, without a line break."
            )
            return failure("client", error.message, remedy)
        return warning("client", error.message, _unsure(error))
    except ProviderUnavailable as error:
        return failure("client", error.message, "Look at the provider's log.")
    return failure(
        "client", "The provider gave tokens for a code that nobody has.", "Don't use this provider."
    )


def _unsure(error: SignInRefused) -> str:
    """What to do where the answer to a code that nobody has is neither no to the code nor to the client."""
    later = "Whether it takes the client shows at the first sign-in."
    if isinstance(error.__cause__, OAuthError):
        what = _REFUSED.get(str(error.__cause__.error), "Look at the client at the provider, and at its log.")
        return f"{what} {later}"
    return (
        "What answered is not the provider as it should be: look at its log, and at a proxy before it, for its token"
        f" endpoint. {later}"
    )


async def _way_back(provider: Provider, metadata: Metadata) -> Finding:
    settings = provider.settings
    url = authorization_url(
        settings,
        metadata,
        state=secrets.token_urlsafe(16),
        nonce=secrets.token_urlsafe(16),
        verifier=new_verifier(),
        prompt="none",
    )
    try:
        reply = await provider.wire.ask("GET", url, headers={"Accept": "text/html"})
    except ProviderUnavailable as error:
        return failure("redirect", error.message, "Look at the provider's log.")
    return _read(reply, asked=url, back=redirect_uri(settings), client_id=str(settings.oidc_client_id))


def _read(reply: Reply, *, asked: str, back: str, client_id: str) -> Finding:
    register = f"Register the redirect URI {back} for the client {client_id} at the provider, to the letter."
    where = urljoin(asked, reply.headers.get("location", ""))
    if 300 <= reply.status < 400 and where.partition("?")[0] == back:
        return _answered(where, back)
    if 300 <= reply.status < 400:
        page = urlsplit(where).path[:100]
        text = f"The provider shows its own page ({page}), so that it is not sure that it knows {back}."
        return warning("redirect", text, f"If the first sign-in fails there: {register}")
    if reply.status >= 400:
        text = f"The provider refuses the sign-in (status {reply.status}): it does not know the client or {back}."
        return failure("redirect", text, register)
    text = "The provider shows a page of its own, which can be its sign-in as well as an error."
    return warning("redirect", text, f"If it is an error: {register}")


def _answered(where: str, back: str) -> Finding:
    told = parse_qs(urlsplit(where).query)
    error = "".join(told.get("error", []))[:100]
    said = "".join(told.get("error_description", []))[:200]
    if not error or error in _NOBODY_THERE:
        return ok("redirect", f"The provider sends people back to {back}.")
    text = f"The provider sends people back with {error}{f': {said}' if said else ''}."
    remedy = {
        "invalid_scope": "Correct OIDC_SCOPE, or allow these scopes for the client at the provider.",
        "unauthorized_client": "Allow the authorization code flow for the client at the provider.",
        "unsupported_response_type": "Allow the response type code for the client at the provider.",
    }.get(error, "Look at the client at the provider; its log has more.")
    return failure("redirect", text, remedy)
