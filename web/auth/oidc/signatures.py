"""Checks that a token was signed by the provider: by a method of OIDC_SIGNING_ALG, with a key of its key set.

What the token says of itself chooses among those and adds nothing: no key from its header, no other method.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSAlgModel, JWSRegistry  # type: ignore[attr-defined]  # no other public name

from appliance.errors import SignInRefused
from appliance.records.sign_in import Reason
from web.auth.oidc.keys import SigningKey, choose

#: Longest token, characters: some providers list hundreds of groups.
MAX_TOKEN = 100_000

#: Members of a header by which a token would bring its own key, or ask to be understood in some other way.
_REFUSED = ("jwk", "jku", "x5u", "crit", "b64", "zip")


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature is the provider's; what it says is not checked yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def algorithm(self) -> str:
        """How it was signed."""
        return str(self.header["alg"])


class _Pinned(JWSRegistry):
    """The methods that the owner allows, and no other rule, default or warning."""

    max_header_length = 16 * 1024

    def get_alg(self, name: str) -> JWSAlgModel:
        if not self.allowed or name not in self.allowed:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


def read_header(token: str, algorithms: Collection[str]) -> Mapping[str, Any]:
    """The header of a token that is worth looking at.

    Raises:
        SignInRefused: it is none, of another method, or wants to be read in its own way.
    """
    header = _part(token.partition(".")[0]) if token.count(".") == 2 and len(token) <= MAX_TOKEN else None
    if header is None:
        raise SignInRefused(Reason.MALFORMED, "What the provider sent is no signed token.")
    algorithm = header.get("alg")
    if algorithm not in set(algorithms):
        raise SignInRefused(
            Reason.ALG,
            f"The provider signs with {str(algorithm)[:50]}, and OIDC_SIGNING_ALG takes {', '.join(algorithms)}."
            " Choose one of these there, or add the provider's to OIDC_SIGNING_ALG if it signs with a private key.",
        )
    extra = [name for name in _REFUSED if name in header]
    if extra:
        raise SignInRefused(Reason.HEADER, f"The token's header has {', '.join(extra)}, which is not taken.")
    return header


def verify(token: str, keys: Sequence[SigningKey], algorithms: Collection[str]) -> Verified:
    """What the provider signed.

    Raises:
        SignInRefused: no key of the provider's made this signature, or it is no token at all.
    """
    header = read_header(token, algorithms)
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise SignInRefused(Reason.HEADER, "The token's key id is no text.")
    candidates = choose(keys, algorithm=header["alg"], kid=kid)
    if not any(_signed_by(token, candidate, header["alg"]) for candidate in candidates):
        raise SignInRefused(Reason.SIGNATURE, "The token's signature is not the provider's.")
    claims = _part(token.split(".")[1])
    if claims is None:
        raise SignInRefused(Reason.MALFORMED, "The token's content is no JSON object.")
    return Verified(header, claims)


def _signed_by(token: str, candidate: SigningKey, algorithm: str) -> bool:
    registry = _Pinned(algorithms=[algorithm], strict_check_header=False)
    try:
        jws.deserialize_compact(token, candidate.key, registry=registry)
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def _part(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def matches_hash(expected: object, value: str, algorithm: str) -> bool:
    """Whether ``expected`` is the left half of the hash of ``value`` that goes with this signature (``at_hash``)."""
    name = {"256": "sha256", "384": "sha384"}.get(algorithm[-3:], "sha512")
    digest = hashlib.new(name, value.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    return isinstance(expected, str) and hmac.compare_digest(
        half.encode(), expected.encode("utf-8", "replace")
    )
