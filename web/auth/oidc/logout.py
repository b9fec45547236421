"""The end of a session on both sides: signing out at the provider too, and being told that it ended there."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from appliance.clock import now
from appliance.db import sessions, sign_in_flows
from appliance.errors import ProviderUnavailable, SignInRefused
from appliance.records.accounts import SessionOrigin
from appliance.records.sign_in import Reason
from web.auth.oidc.id_token import (
    LEEWAY_SECONDS,
    check_age,
    check_audience,
    check_expiry,
    check_issuer,
    subject_of,
)
from web.auth.oidc.provider import Provider, provider_of
from web.auth.oidc.sealing import seal_of
from web.state import Context

log = logging.getLogger(__name__)

_EVENT = "http://schemas.openid.net/event/backchannel-logout"

#: How old a logout token may be; the provider sends it at once, and again when it was not heard.
MAX_AGE_SECONDS = 120.0

_LONGEST_ID = 255


async def rp_logout_url(context: Context, origin: SessionOrigin | None) -> str | None:
    """Where the browser goes on to end the provider's session too, once the one here has ended.

    None when the sign-in came from elsewhere, OIDC_LOGOUT is ``local``, or the provider has no such place or does
    not answer.
    """
    provider = provider_of(context)
    settings = context.settings
    if origin is None or provider is None or origin.issuer != provider.issuer or settings.oidc_logout != "rp":
        return None
    try:
        endpoint = (await provider.metadata()).end_session_endpoint
    except (ProviderUnavailable, SignInRefused) as error:
        log.warning("signed out here alone; the provider: %s", error.message)
        return None
    if endpoint is None:
        return None
    query = {
        "client_id": str(settings.oidc_client_id),
        "post_logout_redirect_uri": post_logout_uri(context),
    }
    if origin.id_token is not None:
        seal = await seal_of(context)
        hint = seal.open(origin.id_token, issuer=origin.issuer, sub=origin.sub)
        if hint is not None:
            query["id_token_hint"] = hint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def post_logout_uri(context: Context) -> str:
    """Where the provider sends people after signing out; registered there like the other one."""
    return f"{context.settings.public_url}/?signed_out=1"


@dataclass(frozen=True, slots=True)
class Ended:
    """What a logout token ended."""

    #: The provider's name of the person or of the session.
    whose: str
    sessions: int


async def end_by_token(context: Context, provider: Provider, token: str) -> Ended:
    """End the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0).

    Raises:
        SignInRefused: it is no logout token of the provider's for us, too old, or used before.
        ProviderUnavailable: the provider's keys can't be had.
    """
    signed = await provider.verified(token, strange=True)
    if str(signed.header.get("typ", "JWT")).lower().removeprefix("application/") not in {"jwt", "logout+jwt"}:
        raise _no("The logout token is of another type.")
    claims = signed.claims
    check_issuer(claims, provider.issuer)
    check_audience(claims, str(context.settings.oidc_client_id))
    check_age(claims, now(), most_seconds=MAX_AGE_SECONDS)
    if "exp" in claims:  # older drafts of the specification have none, and the age bounds it anyway
        check_expiry(claims, now())
    sub, sid = _named(claims)
    key = _check_events(claims)
    db = context.appliance.db
    until = now() + timedelta(seconds=2 * (MAX_AGE_SECONDS + LEEWAY_SECONDS))
    if not await sign_in_flows.spend(
        db, hashlib.sha256(f"{provider.issuer}\n{key}".encode()).digest(), until=until
    ):
        raise SignInRefused(Reason.REPLAY, "The logout token was used before.")
    count = await sessions.revoke_of_identity(db, provider.issuer, sub=sub, sid=sid)
    return Ended(sub or sid or "", count)


def _check_events(claims: Mapping[str, Any]) -> str:
    """The token's own id, when it is what it should be and nothing else, an ID token above all."""
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
        raise _no("The logout token does not say that it is one.")
    if "nonce" in claims:
        raise _no("The logout token has a nonce, as ID tokens do.")
    key = claims.get("jti")
    if not isinstance(key, str) or not 1 <= len(key) <= _LONGEST_ID or not key.isprintable():
        raise _no("The logout token has no id of its own.")
    return key


def _named(claims: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The person and the session that are named, one of them at least."""
    sub = subject_of(claims) if "sub" in claims else None
    sid = claims.get("sid")
    if sid is not None and (not isinstance(sid, str) or not 1 <= len(sid) <= _LONGEST_ID):
        raise _no("The logout token's session id is no text.")
    if sub is None and sid is None:
        raise _no("The logout token names nobody.")
    return sub, sid


def _no(message: str) -> SignInRefused:
    return SignInRefused(Reason.LOGOUT_TOKEN, message)
