"""Signing in: the first account, passwords, sessions, bearer tokens' rows, and API keys.

Secrets are random, 256 bits, shown once and kept as their SHA-256; a slow hash is for passwords alone.
"""

import asyncio
import hashlib
import hmac
import secrets
import string
import unicodedata
from datetime import timedelta
from uuid import UUID

from appliance.clock import now
from appliance.db import accounts, keys, sessions
from appliance.db.engine import Database
from appliance.errors import Conflict, Forbidden, NotFound, UsageError, WrongCredentials
from appliance.library.attempts import Attempts
from appliance.library.passwords import Passwords, check_password
from appliance.library.secrets import read_secret, secrets_folder, write_secret
from appliance.records.accounts import ApiKey, Role, Scope, Session, Sight, User, Viewer
from appliance.settings import Settings

#: How long the link of the first start works.
SETUP_TOKEN_LIFETIME = timedelta(hours=24)

_SCOPES_OF_ROLE = {
    Role.ADMIN: frozenset(Scope),
    Role.MEMBER: frozenset({Scope.SEARCH_READ, Scope.ASSET_READ, Scope.ASSET_WRITE}),
    Role.VIEWER: frozenset({Scope.SEARCH_READ, Scope.ASSET_READ}),
}

#: Under this name tries at the setup token are counted; no account can have it.
_SETUP = "\n"

_KEY_ID_SIGNS = string.ascii_letters + string.digits


def viewer_of(user: User, scopes: frozenset[Scope] | None = None, *, admin_sees_all: bool = False) -> Viewer:
    """The person as a viewer: with all that the role allows, or what ``scopes`` leave of it."""
    allowed = _SCOPES_OF_ROLE[user.role]
    sight = Sight.SHARED if user.in_shares else Sight.OWN
    if admin_sees_all and user.role is Role.ADMIN:
        sight = Sight.ALL
    return Viewer(user.id, user.name, user.role, allowed if scopes is None else allowed & scopes, sight)


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


# --- the first account ---------------------------------------------------------------------------------------


async def ensure_setup_token(settings: Settings, db: Database) -> str | None:
    """The token that makes the first account, new when there is none or it is too old; None once there is one."""
    path = await asyncio.to_thread(secrets_folder, settings) / "setup-token"
    if await accounts.any_account(db):
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return None
    kept = await asyncio.to_thread(read_secret, path)
    if kept is not None and now() - kept[1] < SETUP_TOKEN_LIFETIME:
        return kept[0]
    return await asyncio.to_thread(write_secret, path)


async def set_up(
    settings: Settings,
    db: Database,
    *,
    passwords: Passwords,
    attempts: Attempts,
    token: str,
    name: str,
    password: str,
    ip: str,
) -> User:
    """The first account, which runs the appliance; it is made once, whoever asks at the same time.

    Raises:
        Conflict: somebody has set the appliance up already.
        Forbidden: the token is not the one of this start, or too old.
        UsageError: the name or the password can't be taken.
        TooManyAttempts: too many tokens were tried from this address.
    """
    if await accounts.any_account(db):
        raise Conflict("This appliance has been set up already; sign in.")
    attempts.begin(_SETUP, ip)
    path = await asyncio.to_thread(secrets_folder, settings) / "setup-token"
    kept = await asyncio.to_thread(read_secret, path)
    if kept is None or not hmac.compare_digest(_sha256(kept[0]), _sha256(token)):
        raise Forbidden(f"This setup link is not valid; the token of the right one is in {path.name}.")
    if now() - kept[1] >= SETUP_TOKEN_LIFETIME:
        await asyncio.to_thread(write_secret, path)
        raise Forbidden("This setup link is too old; start the appliance again to be shown a new one.")
    attempts.succeeded(_SETUP, ip)
    tidy = check_name(name)
    check_password(password, user_name=tidy)
    password_hash = await passwords.hash(password)
    user = await accounts.insert_first(db, name=tidy, password_hash=password_hash, role=Role.ADMIN)
    if user is None:
        raise Conflict("This appliance has been set up already; sign in.")
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return user


def check_name(name: str) -> str:
    """The user name as it is kept: one form of each letter, no blanks around it.

    Raises:
        UsageError: empty, longer than 64 characters, or with signs that can't be seen.
    """
    tidy = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(tidy) <= 64 or not tidy.isprintable():
        raise UsageError("The user name must have 1 to 64 visible characters.")
    return tidy


# --- passwords and sessions ----------------------------------------------------------------------------------


async def check_credentials(
    db: Database, *, passwords: Passwords, attempts: Attempts, name: str, password: str, ip: str
) -> User:
    """Whose name and password these are.

    Raises:
        WrongCredentials: no such name, wrong password, or disabled: the answer and its time are the same.
        TooManyAttempts: too many failures; nothing was looked at.
        Busy: too many sign-ins at once.
    """
    tidy = unicodedata.normalize("NFC", name).strip()
    attempts.begin(tidy, ip)
    found = await accounts.find_by_name(db, tidy)
    user, stored = found or (None, None)
    right = await passwords.verify(stored, password)
    if user is None or not right or user.disabled_at is not None:
        raise WrongCredentials
    attempts.succeeded(tidy, ip)
    if stored is not None and passwords.is_outdated(stored):
        await accounts.set_password_hash(db, user.id, await passwords.hash(password))
    return user


async def start_session(
    db: Database, settings: Settings, user: User, *, ip: str, user_agent: str
) -> tuple[Session, str]:
    """A browser's new session and its token, which goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(32)
    session = await sessions.insert(
        db,
        user_id=user.id,
        kind="browser",
        token_sha256=_sha256(token),
        lifetime_seconds=settings.session_max_hours * 3600,
        ip=ip,
        user_agent=user_agent,
    )
    await sessions.forget_ended(db, idle_seconds=settings.session_idle_hours * 3600)
    return session, token


async def start_token_session(
    db: Database, settings: Settings, user: User, *, ip: str, user_agent: str
) -> Session:
    """The row that a bearer token is bound to: while it lives the token does."""
    return await sessions.insert(
        db,
        user_id=user.id,
        kind="token",
        token_sha256=None,
        lifetime_seconds=settings.jwt_expiry_hours * 3600,
        ip=ip,
        user_agent=user_agent,
    )


async def find_session(db: Database, settings: Settings, token: str) -> tuple[Session, User] | None:
    """The living session of a cookie's token, and whose it is."""
    return await sessions.find_by_token(db, _sha256(token), idle_seconds=settings.session_idle_hours * 3600)


async def end_session(db: Database, token: str) -> None:
    """End the session of this token, if it is one."""
    await sessions.revoke_token(db, _sha256(token))


# --- API keys ------------------------------------------------------------------------------------------------


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
    beyond = scopes - _SCOPES_OF_ROLE[role]
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
        secret_sha256=_sha256(secret),
        scopes=scopes,
        lifetime_days=expires_days,
    )
    return key, f"ss_{key_id}_{secret}"


async def find_key(db: Database, text: str) -> tuple[ApiKey, User] | None:
    """The living key of this text, and whose it is."""
    prefix, key_id, secret = text[:3], text[3:11], text[12:]
    if prefix != "ss_" or text[11:12] != "_" or not key_id.isalnum() or not text.isascii():
        return None
    found = await keys.find_alive(db, key_id)
    # Compared also when there is no such key, so that both take as long.
    stored = found[1] if found else bytes(32)
    if not hmac.compare_digest(stored, _sha256(secret)) or found is None:
        return None
    key, _, user = found
    await keys.mark_used(db, key.id)
    return key, user


async def revoke_key(db: Database, key_id: str, *, user_id: UUID) -> None:
    """End the key.

    Raises:
        NotFound: the account has no such key that still works.
    """
    if not await keys.revoke(db, key_id, user_id=user_id):
        raise NotFound("There is no such key.")
