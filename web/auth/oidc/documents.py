"""Reads what the provider publishes about itself: its discovery document."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from appliance.errors import ProviderUnavailable, SignInRefused
from appliance.records.sign_in import Reason
from appliance.settings import Settings
from web.auth.oidc.wire import Reply

_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_USED = (*_NEEDED, "userinfo_endpoint", "end_session_endpoint")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The parts of the discovery document that matter here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    #: Whether each answer names its issuer (RFC 9207), so that one without is refused.
    names_issuer: bool
    #: Whether it announces to log out by back channel.
    backchannel_logout: bool
    #: What it announces, each None where it says nothing: for advice only, never for a decision.
    algorithms: tuple[str, ...] | None
    challenges: tuple[str, ...] | None
    scopes: tuple[str, ...] | None
    claims: tuple[str, ...] | None
    auth_methods: tuple[str, ...] | None


def discovery_url(issuer: str) -> str:
    """Where the document of this issuer is."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def json_object(reply: Reply, what: str, *, reason: Reason) -> dict[str, Any]:
    """The JSON object in an answer.

    Raises:
        ProviderUnavailable: it has another status than 200, or is none.
    """
    if reply.status != 200:
        raise unusable(f"{what} answers with status {reply.status}.", reason)
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise unusable(f"{what} is no JSON object.", reason)
    return found


def unusable(message: str, reason: Reason) -> ProviderUnavailable:
    """The error that says so to the owner, in the log."""
    refusal = ProviderUnavailable(message)
    refusal.reason = reason
    return refusal


def read_metadata(settings: Settings, document: dict[str, Any]) -> Metadata:
    """The provider by its discovery document, whose issuer is the configured one to the letter.

    Raises:
        SignInRefused: it is another issuer's.
        ProviderUnavailable: an endpoint is missing, or not to be used.
    """
    issuer = document.get("issuer")
    if issuer != settings.oidc_issuer:
        raise SignInRefused(
            Reason.ISSUER_DISCOVERY,
            f"OIDC_ISSUER is {settings.oidc_issuer!r} and the provider calls itself {str(issuer)[:200]!r}; they must"
            " be the same to the letter, the slash at the end included. Set OIDC_ISSUER to the latter if that is"
            " your provider.",
        )
    missing = [name for name in _NEEDED if not document.get(name)]
    if missing:
        raise unusable(f"The discovery document lacks {', '.join(missing)}.", Reason.ENDPOINTS)
    for name in _USED:
        _check_endpoint(settings, name, document.get(name))
    return Metadata(
        issuer=str(issuer),
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        jwks_uri=document["jwks_uri"],
        userinfo_endpoint=document.get("userinfo_endpoint"),
        end_session_endpoint=document.get("end_session_endpoint"),
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        backchannel_logout=document.get("backchannel_logout_supported") is True,
        algorithms=_list(document, "id_token_signing_alg_values_supported"),
        challenges=_list(document, "code_challenge_methods_supported"),
        scopes=_list(document, "scopes_supported"),
        claims=_list(document, "claims_supported"),
        auth_methods=_list(document, "token_endpoint_auth_methods_supported"),
    )


def _check_endpoint(settings: Settings, name: str, url: object) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(str(url))
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    schemes = {"https", "http"} if settings.oidc_allow_http_issuer else {"https"}
    if not isinstance(url, str) or not host or parts.scheme not in schemes or not url.isprintable():
        raise unusable(
            f"The discovery document has {name} {str(url)[:200]!r}, which is not https; correct it at the provider"
            " (it often stems from a proxy that does not tell the provider about https).",
            Reason.ENDPOINTS,
        )


def _list(document: dict[str, Any], name: str) -> tuple[str, ...] | None:
    value = document.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None
