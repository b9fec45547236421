"""Talks to the provider as its client, through Authlib: the address to send people to, and what a code is worth."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.auth import encode_client_secret_basic
from authlib.oauth2.client import OAuth2Client

from appliance.errors import ProviderUnavailable, SignInRefused
from appliance.records.sign_in import Flow, Purpose, Reason
from appliance.settings import Settings
from web.auth.oidc.documents import Metadata, json_object
from web.auth.oidc.id_token import Expected
from web.auth.oidc.provider import Provider
from web.auth.oidc.wire import Wire, unavailable

CALLBACK_PATH = "/api/auth/oidc/callback"

#: Longest text of the provider's that goes into the log, characters.
_LONGEST_SAID = 200

_BASIC = "client_secret_basic"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was worth. Nothing of it leaves this process."""

    id_token: str = field(repr=False)
    access_token: str | None = field(repr=False)


def redirect_uri(settings: Settings) -> str:
    """Where the provider sends people back to; by PUBLIC_URL, as anybody can write a Host header."""
    return f"{settings.public_url}{CALLBACK_PATH}"


def auth_method(settings: Settings) -> str:
    """How this client proves who it is at the token endpoint."""
    return settings.oidc_token_auth_method or (_BASIC if settings.oidc_client_secret else "none")


def scope(settings: Settings) -> str:
    """What is asked for; never to act while nobody is there."""
    return " ".join(one for one in settings.oidc_scope.split() if one != "offline_access")


def _registration(settings: Settings) -> dict[str, str | None]:
    """This client as the provider knows it."""
    secret = settings.oidc_client_secret
    return {
        "client_id": settings.oidc_client_id,
        "client_secret": secret.get_secret_value() if secret else None,
        "token_endpoint_auth_method": auth_method(settings),
        "scope": scope(settings),
        "redirect_uri": redirect_uri(settings),
        "code_challenge_method": "S256",
    }


def _client(settings: Settings, wire: Wire) -> AsyncOAuth2Client:
    client = AsyncOAuth2Client(**_registration(settings), **wire.options())
    client.register_client_auth_method((_BASIC, _escaped_basic))
    return client


class _Escaped:
    """A client's name and secret as RFC 6749 (2.3.1) has them in Basic; Authlib sends them as they are."""

    def __init__(self, client: Any) -> None:
        self.client_id = quote_plus(client.client_id)
        self.client_secret = quote_plus(client.client_secret or "")


def _escaped_basic(client: Any, method: str, uri: str, headers: Any, body: Any) -> Any:
    return encode_client_secret_basic(_Escaped(client), method, uri, headers, body)


def new_verifier() -> str:
    """A PKCE verifier of 384 bits, 64 characters."""
    return secrets.token_urlsafe(48)


def authorization_url(
    settings: Settings,
    metadata: Metadata,
    *,
    state: str,
    nonce: str,
    verifier: str,
    purpose: Purpose = "login",
    prompt: str | None = None,
) -> str:
    """The address at the provider where a person signs in."""
    extra: dict[str, str] = {"nonce": nonce, "response_mode": "query"}
    if purpose == "confirm":
        extra |= {"prompt": "login", "max_age": "0"}
    if prompt is not None:
        extra["prompt"] = prompt
    # The one that speaks HTTP would read the system's certificates first.
    client = OAuth2Client(session=None, **_registration(settings))
    url, _ = client.create_authorization_url(
        metadata.authorization_endpoint, state=state, code_verifier=verifier, **extra
    )
    return str(url)


async def exchange(provider: Provider, metadata: Metadata, *, code: str, verifier: str) -> Tokens:
    """What the provider gives for this code.

    Raises:
        SignInRefused: it does not take the code or the client, or gives no ID token.
        ProviderUnavailable: it does not answer.
    """
    url = metadata.token_endpoint
    try:
        async with (
            asyncio.timeout(provider.wire.seconds),
            _client(provider.settings, provider.wire) as client,
        ):
            answer = await client.fetch_token(
                url, grant_type="authorization_code", code=code, code_verifier=verifier
            )
    except OAuthError as error:
        raise _refusal(provider.settings, str(error.error), str(error.description or "")) from error
    except (httpx2.HTTPStatusError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise SignInRefused(
            Reason.TOKEN, f"The token endpoint gave no answer that can be used: {error}"
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise unavailable(error, url, seconds=provider.wire.seconds) from error
    id_token, access_token = answer.get("id_token"), answer.get("access_token")
    if not isinstance(id_token, str):
        raise SignInRefused(
            Reason.NO_ID_TOKEN, "The provider gave no ID token; OIDC_SCOPE must reach it with openid in it."
        )
    return Tokens(id_token, access_token if isinstance(access_token, str) and access_token else None)


def _refusal(settings: Settings, error: str, description: str) -> SignInRefused:
    said = f"{error}: {description}" if description else error
    said = "".join(sign if sign.isprintable() else " " for sign in said[:_LONGEST_SAID])
    if error in {"invalid_client", "unauthorized_client"}:
        how = auth_method(settings)
        secret = "no secret is sent" if how == "none" else "the secret is OIDC_CLIENT_SECRET"
        return SignInRefused(
            Reason.CLIENT,
            f"The provider does not take this client ({said}): OIDC_CLIENT_ID is {settings.oidc_client_id!r},"
            f" {secret}, OIDC_TOKEN_AUTH_METHOD is {how}; one of them is not what the provider has.",
        )
    if error == "invalid_grant":
        return SignInRefused(Reason.CODE, f"The provider does not take the code ({said}).")
    return SignInRefused(Reason.TOKEN, f"The token endpoint refused ({said}).")


async def userinfo(provider: Provider, metadata: Metadata, tokens: Tokens, *, sub: str) -> dict[str, Any]:
    """What the provider says of the person; nothing where it has no such endpoint.

    Raises:
        SignInRefused: it can't be used, or is about somebody else.
        ProviderUnavailable: the provider does not answer.
    """
    url = metadata.userinfo_endpoint
    if url is None or tokens.access_token is None:
        return {}
    reply = await provider.wire.ask("GET", url, headers={"Authorization": f"Bearer {tokens.access_token}"})
    if reply.content_type == "application/jwt":
        raise SignInRefused(
            Reason.USERINFO_SIGNED,
            "The provider signs userinfo, which is not read here; have it answer with plain JSON for this client.",
        )
    try:
        found = json_object(reply, "The userinfo endpoint", reason=Reason.USERINFO)
    except ProviderUnavailable as error:
        raise SignInRefused(Reason.USERINFO, error.message) from error
    if found.get("sub") != sub:
        raise SignInRefused(Reason.USERINFO_SUB, "Userinfo is about somebody else than the ID token.")
    return found


def expected(settings: Settings, flow: Flow, tokens: Tokens, *, now: datetime) -> Expected:
    """What the ID token of this flow has to fit."""
    return Expected(
        issuer=str(settings.oidc_issuer),
        client_id=str(settings.oidc_client_id),
        nonce=flow.nonce,
        access_token=tokens.access_token,
        now=now,
        anew=flow.purpose == "confirm",
    )
