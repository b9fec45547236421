"""Checks what a signed ID token claims, more strictly than the specification must: it is for us, now, and once.

Of the clocks, 30 seconds are forgiven.
"""

import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.errors import SignInRefused
from appliance.library.quantities import duration_text
from appliance.records.sign_in import Reason
from web.auth.oidc.signatures import Verified, matches_hash

LEEWAY_SECONDS = 30.0

#: An ID token is used at once; an older one was kept by somebody.
MAX_AGE_SECONDS = 600.0

#: How long ago the person may have proved who they are, when they were asked to do so just now.
MAX_AUTH_AGE_SECONDS = 300.0

LONGEST_SUB = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token has to fit."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None
    now: datetime
    #: Whether the person was asked to prove anew who they are.
    anew: bool = False


def check(token: Verified, expected: Expected) -> Mapping[str, Any]:
    """The token's claims, all of them right.

    Raises:
        SignInRefused: the first that is not.
    """
    claims = token.claims
    if str(token.header.get("typ", "JWT")).upper() != "JWT":
        raise SignInRefused(
            Reason.HEADER, "What the provider sent is a token of another type than an ID token."
        )
    check_issuer(claims, expected.issuer)
    check_audience(claims, expected.client_id)
    _check_nonce(claims, expected.nonce)
    subject_of(claims)
    check_expiry(claims, expected.now)
    check_age(claims, expected.now, most_seconds=MAX_AGE_SECONDS)
    if "at_hash" in claims and not matches_hash(
        claims["at_hash"], expected.access_token or "", token.algorithm
    ):
        raise SignInRefused(Reason.AT_HASH, "The ID token belongs to another access token.")
    if expected.anew:
        _check_auth_time(claims, expected.now)
    return claims


def check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    """Nothing, when the token is this issuer's.

    Raises:
        SignInRefused: it is not.
    """
    if claims.get("iss") != issuer:
        found = str(claims.get("iss"))[:200]
        raise SignInRefused(
            Reason.ISS, f"The token is of the issuer {found!r}, and OIDC_ISSUER is {issuer!r}."
        )


def check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """Nothing, when the token is for this client; for others too only where it says that it was made for this one.

    Zitadel names the project and all its clients, always; ``azp`` then says which of them asked.

    Raises:
        SignInRefused: it is not.
    """
    audience = claims.get("aud")
    among = isinstance(audience, list) and client_id in audience and claims.get("azp") == client_id
    if audience not in (client_id, [client_id]) and not among:
        raise SignInRefused(
            Reason.AUD,
            f"The token is for {str(audience)[:200]}, and must be for OIDC_CLIENT_ID {client_id!r}; if for others as"
            " well, it has to name this one as azp.",
        )
    if "azp" in claims and claims["azp"] != client_id:
        raise SignInRefused(Reason.AZP, f"The token was made for the client {str(claims['azp'])[:200]!r}.")


def subject_of(claims: Mapping[str, Any]) -> str:
    """Who the token is about.

    Raises:
        SignInRefused: it does not say, or in no proper way.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUB or not subject.isprintable():
        raise SignInRefused(Reason.SUB, "The token does not say whom it is about.")
    return subject


def check_age(claims: Mapping[str, Any], now: datetime, *, most_seconds: float) -> None:
    """Nothing, when the token says when it was made, and that was just now.

    Raises:
        SignInRefused: it was not.
    """
    made = _moment(claims, "iat")
    if made is None:
        raise SignInRefused(Reason.IAT, "The token does not say when it was made.")
    ahead = made - now.timestamp()
    if ahead > LEEWAY_SECONDS:
        raise SignInRefused(Reason.IAT, f"The token was made in the future.{_clock(ahead)}")
    if -ahead > most_seconds + LEEWAY_SECONDS:
        raise SignInRefused(Reason.IAT_OLD, f"The token was made too long ago.{_clock(ahead)}")


def _check_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    found = claims.get("nonce")
    if not isinstance(found, str) or not hmac.compare_digest(
        found.encode("utf-8", "replace"), nonce.encode()
    ):
        raise SignInRefused(Reason.NONCE, "The ID token answers another request than this browser's.")


def check_expiry(claims: Mapping[str, Any], now: datetime) -> None:
    """Nothing, while the token is valid by its own word.

    Raises:
        SignInRefused: it has expired, is not valid yet, or does not say until when it is.
    """
    until = _moment(claims, "exp")
    if until is None:
        raise SignInRefused(Reason.EXP, "The ID token does not say until when it is valid.")
    late = now.timestamp() - until
    if late >= LEEWAY_SECONDS:
        raise SignInRefused(Reason.EXP, f"The ID token has expired.{_clock(-late)}")
    if "nbf" in claims:
        begins = _moment(claims, "nbf")
        if begins is None or begins - now.timestamp() > LEEWAY_SECONDS:
            early = "" if begins is None else _clock(begins - now.timestamp())
            raise SignInRefused(Reason.NBF, f"The ID token is not valid yet.{early}")


def _check_auth_time(claims: Mapping[str, Any], now: datetime) -> None:
    proved = _moment(claims, "auth_time")
    if proved is None:
        raise SignInRefused(
            Reason.AUTH_TIME, "The provider does not say when the person proved who they are (auth_time)."
        )
    age = now.timestamp() - proved
    if not -LEEWAY_SECONDS <= age <= MAX_AUTH_AGE_SECONDS + LEEWAY_SECONDS:
        raise SignInRefused(
            Reason.AUTH_TIME,
            f"The person proved who they are {duration_text(max(0.0, age))} ago, not just now.",
        )


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """The seconds since 1970 of a claim; None when it has none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def _clock(ahead_seconds: float) -> str:
    """By how much the clocks differ, as far as this token tells."""
    which = "behind" if ahead_seconds > 0 else "ahead of"
    return (
        f" By its times, this machine's clock is {duration_text(abs(ahead_seconds))} {which} the provider's or the"
        " token was kept; `timedatectl` on both says which clock is wrong."
    )
