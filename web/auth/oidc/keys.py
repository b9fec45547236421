"""The provider's public keys: which of a key set can be used, and which one signed a token.

What can't be used is left out, as key sets have keys for other purposes and of kinds yet to come. Shared secrets
are never among them.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from appliance.errors import SignInRefused
from appliance.records.sign_in import Reason

#: Most keys of a set that are looked at, and the longest number of one, characters (RSA of 16,384 bits).
_MOST_KEYS = 100
_LONGEST = 2800
_LEAST_RSA_BITS = 2048

#: Key type, and curves where there are several, of each signature.
_KINDS: dict[str, tuple[str, frozenset[str]]] = {
    **{name: ("RSA", frozenset()) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")},
    "ES256": ("EC", frozenset({"P-256"})),
    "ES384": ("EC", frozenset({"P-384"})),
    "ES512": ("EC", frozenset({"P-521"})),
    "EdDSA": ("OKP", frozenset({"Ed25519", "Ed448"})),
}

#: The public members of each type, which are all that is read.
_MEMBERS: dict[str, tuple[str, ...]] = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key."""

    key: RSAKey | ECKey | OKPKey
    kind: str
    curve: str
    #: None where the set does not name it.
    kid: str | None
    #: The one signature that it is for; None where the set does not say.
    algorithm: str | None

    def fits(self, algorithm: str) -> bool:
        """Whether it can have made a signature of this name."""
        kind, curves = _KINDS[algorithm]
        return (
            self.kind == kind
            and (not curves or self.curve in curves)
            and self.algorithm in {None, algorithm, *(("Ed25519",) if algorithm == "EdDSA" else ())}
        )


def read_keys(document: dict[str, Any]) -> tuple[SigningKey, ...]:
    """The keys of a key set that can check signatures; none when there are none."""
    entries = document.get("keys")
    if not isinstance(entries, list):
        return ()
    found = (_read(entry) for entry in entries[:_MOST_KEYS] if isinstance(entry, dict))
    return tuple(key for key in found if key is not None)


def _read(entry: dict[str, Any]) -> SigningKey | None:
    kind = entry.get("kty")
    if kind not in _MEMBERS or entry.get("use") not in {None, "sig"}:
        return None
    operations = entry.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return None
    plain = {name: entry.get(name) for name in _MEMBERS[kind]}
    if not all(isinstance(value, str) and len(value) <= _LONGEST for value in plain.values()):
        return None
    try:
        key = _import(kind, {name: str(value) for name, value in plain.items()})
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, OverflowError):
        return None
    kid, algorithm = entry.get("kid"), entry.get("alg")
    return SigningKey(
        key=key,
        kind=kind,
        curve=str(plain.get("crv", "")),
        kid=kid if isinstance(kid, str) else None,
        algorithm=algorithm if isinstance(algorithm, str) else None,
    )


def _import(kind: str, members: dict[str, str]) -> RSAKey | ECKey | OKPKey:
    entry: dict[str, str | list[str]] = {"kty": kind, **members}
    if kind == "RSA":
        modulus = base64.urlsafe_b64decode(members["n"] + "=" * (-len(members["n"]) % 4))
        if int.from_bytes(modulus).bit_length() < _LEAST_RSA_BITS:
            raise ValueError("the key is too short")
        return RSAKey.import_key(entry)
    return ECKey.import_key(entry) if kind == "EC" else OKPKey.import_key(entry)


def choose(keys: Sequence[SigningKey], *, algorithm: str, kid: str | None) -> tuple[SigningKey, ...]:
    """The keys that may have signed: those of this id, or the only one that fits where the token names none.

    Raises:
        SignInRefused: there is none, or nobody can tell which of several.
    """
    fitting = tuple(key for key in keys if key.fits(algorithm))
    if kid is not None:
        named = tuple(key for key in fitting if key.kid == kid)
        if not named:
            raise SignInRefused(Reason.KID, f"The provider has no {algorithm} key of the id {kid[:100]!r}.")
        return named
    if not fitting:
        raise SignInRefused(Reason.KID, f"The provider has no key for {algorithm}.")
    if len(fitting) > 1:
        raise SignInRefused(
            Reason.KID_AMBIGUOUS,
            f"The token does not say by which of the provider's {len(fitting)} keys for {algorithm} it was signed.",
        )
    return fitting
