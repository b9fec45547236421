"""Signing in with a password, proving it once more, and changing it."""

from dataclasses import replace
from uuid import UUID

from appliance.db import accounts, keys, sessions
from appliance.db.engine import Database
from appliance.errors import WrongCredentials
from appliance.library import attempts
from appliance.library.accounts import tidy_name
from appliance.library.devices import is_device
from appliance.library.passwords import Passwords, check_password, is_outdated
from appliance.records.accounts import User


async def check_credentials(
    db: Database, *, passwords: Passwords, name: str, password: str, place: str
) -> User:
    """Whose name and password these are; ``place`` is where the tries are counted.

    Raises:
        WrongCredentials: no such name, wrong password, no password, or disabled: the answer and its time are the
            same.
        TooManyAttempts: too many failures; nothing was looked at.
        Busy: too many sign-ins at once.
    """
    tidy = tidy_name(name)
    async with passwords.turn(known=is_device(place)) as turn:
        await attempts.begin(db, tidy, place)
        found = await accounts.find_by_name(db, tidy)
        user, stored = found or (None, None)
        right = await turn.verify(stored, password)
        if user is None or not right or user.disabled_at is not None:
            raise WrongCredentials
        await attempts.succeeded(db, tidy, place)
        if stored is not None and is_outdated(stored):
            newer = await turn.hash(password)
            if await accounts.renew_password_hash(db, user.id, newer, was=stored):
                stored = newer
        return replace(user, proved_by=stored)


async def change_password(
    db: Database, user: User, *, passwords: Passwords, new: str, session_id: UUID, end_keys: bool
) -> None:
    """Give the account this password, and end all its sessions but this one, and with ``end_keys`` its keys.

    Whether the caller may is the caller's affair: the current password, or a fresh sign-in, was asked for before.

    Raises:
        UsageError: the password can't be taken.
        Busy: too many sign-ins at once.
    """
    check_password(new, user_name=user.name)
    password_hash = await passwords.hash(new)
    async with db.transaction():
        await accounts.set_password_hash(db, user.id, password_hash)
        await sessions.revoke_all(db, user.id, but=session_id)
        if end_keys:
            await keys.revoke_all(db, user.id)
    await attempts.forget(db, user.name)
