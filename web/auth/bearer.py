"""Bearer tokens for scripts: signed, short of anything secret, and worth nothing once their session row ends."""

from datetime import datetime
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from appliance.clock import now
from appliance.errors import Unauthenticated
from appliance.settings import Settings

_ISSUER = "scene-sense"
_TYPE = "at+jwt"


def sign_token(
    settings: Settings, secret: str, *, user_id: UUID, session_id: UUID, expires_at: datetime
) -> str:
    """A token that is bound to this session row."""
    claims = {
        "iss": _ISSUER,
        "aud": _ISSUER,
        "sub": str(user_id),
        "sid": str(session_id),
        "iat": int(now().timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    algorithm = settings.jwt_algorithm
    key = OctKey.import_key(secret)
    return jwt.encode({"alg": algorithm, "typ": _TYPE}, claims, key, algorithms=[algorithm])


def read_token(settings: Settings, secret: str, token: str) -> tuple[UUID, UUID]:
    """The user and the session row of a token that was signed here and has not expired.

    Raises:
        Unauthenticated: it is anything else; the algorithm is the setting's, whatever the token says.
    """
    try:
        decoded = jwt.decode(token, OctKey.import_key(secret), algorithms=[settings.jwt_algorithm])
        jwt.JWTClaimsRegistry(
            leeway=0,
            iss={"essential": True, "value": _ISSUER},
            aud={"essential": True, "value": _ISSUER},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(decoded.claims)
        if decoded.header.get("typ") != _TYPE:
            raise Unauthenticated("This is not a token of this server.")
        return UUID(decoded.claims["sub"]), UUID(decoded.claims["sid"])
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        # Whatever stands in a header that anybody can write, it is a wrong token and no fault of ours.
        raise Unauthenticated("The token is not valid, or has expired.") from error
