"""The first account, which runs the appliance: made with a token that is shown to whoever runs the server."""

import asyncio
import hmac
from datetime import timedelta

from appliance.clock import now
from appliance.db import accounts
from appliance.db.engine import Database
from appliance.errors import Conflict, Forbidden
from appliance.library import attempts
from appliance.library.accounts import check_name, sha256
from appliance.library.passwords import Passwords, check_password
from appliance.library.secrets import read_secret, secrets_folder, write_secret
from appliance.records.accounts import Role, User
from appliance.settings import Settings

#: How long the link of the first start works.
SETUP_TOKEN_LIFETIME = timedelta(hours=24)

#: Under this name tries at the setup token are counted; no account can have it.
_SETUP = "\x00setup"


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
    settings: Settings, db: Database, *, passwords: Passwords, token: str, name: str, password: str, ip: str
) -> User:
    """The first account; it is made once, whoever asks at the same time.

    Raises:
        Conflict: somebody has set the appliance up already.
        Forbidden: the token is not the one of this start, or too old.
        UsageError: the name or the password can't be taken.
        TooManyAttempts: too many tokens were tried from this address.
    """
    if await accounts.any_account(db):
        raise Conflict("This appliance has been set up already; sign in.")
    place = attempts.place_of(ip)
    await attempts.begin(db, _SETUP, place)
    path = await asyncio.to_thread(secrets_folder, settings) / "setup-token"
    kept = await asyncio.to_thread(read_secret, path)
    if kept is None or not hmac.compare_digest(sha256(kept[0]), sha256(token)):
        raise Forbidden(f"This setup link is not valid; the token of the right one is in {path.name}.")
    if now() - kept[1] >= SETUP_TOKEN_LIFETIME:
        await asyncio.to_thread(write_secret, path)
        raise Forbidden("This setup link is too old; the server's log has a new one within a minute.")
    await attempts.succeeded(db, _SETUP, place)
    tidy = check_name(name)
    check_password(password, user_name=tidy)
    password_hash = await passwords.hash(password)
    user = await accounts.insert_first(db, name=tidy, password_hash=password_hash, role=Role.ADMIN)
    if user is None:
        raise Conflict("This appliance has been set up already; sign in.")
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return user
