"""API keys for scripts: ``ss_<8>_<43>``, of which only the first part is no secret."""

import hmac
import secrets
import string
import unicodedata
from uuid import UUID

from appliance.db import keys
from appliance.db.engine import Database
from appliance.errors import NotFound, UsageError
from appliance.library.accounts import SCOPES_OF_ROLE, sha256
from appliance.records.accounts import ApiKey, Role, Scope, User

_KEY_ID_SIGNS = string.ascii_letters + string.digits


async def create_key(
    db: Database, *, user_id: UUID, role: Role, name: str, scopes: frozenset[Scope], expires_days: float
) -> tuple[ApiKey, str]:
    """A new key and its text, ``ss_<8>_<43>``, which is shown now and never again.

    Raises:
        UsageError: no name, no scopes, scopes that the role does not have, or a life out of bounds.
    """
    tidy = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(tidy) <= 100 or not tidy.isprintable():
        raise UsageError("The key needs a name of 1 to 100 visible characters.")
    if not scopes:
        raise UsageError("The key needs at least one scope.")
    beyond = scopes - SCOPES_OF_ROLE[role]
    if beyond:
        raise UsageError(f"The role {role} does not have {', '.join(sorted(beyond))}.")
    if not 0 < expires_days <= 3660:
        raise UsageError("The key must live for more than 0 and at most 3,660 days.")
    key_id = "".join(secrets.choice(_KEY_ID_SIGNS) for _ in range(8))
    secret = secrets.token_urlsafe(32)
    key = await keys.insert(
        db,
        key_id=key_id,
        user_id=user_id,
        name=tidy,
        secret_sha256=sha256(secret),
        scopes=scopes,
        lifetime_days=expires_days,
    )
    return key, f"ss_{key_id}_{secret}"


async def find_key(db: Database, text: str, *, touch: bool = True) -> tuple[ApiKey, User] | None:
    """The living key of this text, and whose it is; it counts as use unless ``touch`` says otherwise."""
    prefix, key_id, secret = text[:3], text[3:11], text[12:]
    if prefix != "ss_" or text[11:12] != "_" or not key_id.isalnum() or not text.isascii():
        return None
    found = await keys.find_alive(db, key_id)
    # Compared also when there is no such key, so that both take as long.
    stored = found[1] if found else bytes(32)
    if not hmac.compare_digest(stored, sha256(secret)) or found is None:
        return None
    key, _, user = found
    if touch:
        await keys.mark_used(db, key.id)
    return key, user


async def revoke_key(db: Database, key_id: str, *, user_id: UUID) -> None:
    """End the key.

    Raises:
        NotFound: the account has no such key that still works.
    """
    if not await keys.revoke(db, key_id, user_id=user_id):
        raise NotFound("There is no such key.")
