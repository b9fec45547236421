"""How people come in: by an invitation, or by themselves where the settings let anybody."""

import secrets
import unicodedata
from typing import Literal
from uuid import UUID

from appliance.db import accounts, invites
from appliance.db.engine import Database
from appliance.errors import Conflict, NotFound, SignupClosed, UsageError
from appliance.library import attempts
from appliance.library.accounts import check_name, sha256
from appliance.library.administrators import administering
from appliance.library.open_login import is_password_login_open, require_password_login
from appliance.library.passwords import Passwords, check_password
from appliance.records.accounts import Invite, Role, User
from appliance.settings import Settings

#: Longest life of an invitation, hours.
MOST_HOURS = 720.0

#: Under these names tries are counted; no account can have them.
_INVITE, _SIGNUP = "\x00invite", "\x00signup"


async def signup_state(db: Database, settings: Settings) -> Literal["off", "invite", "open"]:
    """Who may make an account now: an account made so has a password, so nobody may where passwords are off."""
    return settings.signup if await is_password_login_open(db, settings) else "off"


async def create_invite(
    db: Database, settings: Settings, *, created_by: UUID, role: Role, name: str, expires_hours: float
) -> tuple[Invite, str]:
    """A new invitation and its link, which is shown now and never again.

    Without PUBLIC_URL the link begins at the server's own address, with the slash.

    Raises:
        UsageError: the name or the life is out of bounds.
        Conflict: nobody could use it, as the settings are.
        Unauthenticated: the account of who makes it was disabled or deleted meanwhile.
        Forbidden: it does not administer any more.
    """
    tidy = unicodedata.normalize("NFC", name).strip()
    if len(tidy) > 100 or not tidy.isprintable():
        raise UsageError("The invitation's name must have at most 100 visible characters.")
    if not 0 < expires_hours <= MOST_HOURS:
        raise UsageError(f"The invitation must be good for more than 0 and at most {MOST_HOURS:g} hours.")
    if settings.signup == "off":
        raise Conflict("Nobody can use an invitation while SIGNUP is off; set SIGNUP=invite first.")
    if not await is_password_login_open(db, settings):
        raise Conflict(
            "Nobody can use an invitation while PASSWORD_LOGIN is off; people come in by the provider."
        )
    token = secrets.token_urlsafe(32)
    async with administering(db, created_by):
        invite = await invites.insert(
            db,
            token_sha256=sha256(token),
            role=role,
            name=tidy,
            created_by=created_by,
            lifetime_hours=expires_hours,
        )
    return invite, f"{(settings.public_url or '').rstrip('/')}/signup#invite={token}"


async def find_invite(db: Database, settings: Settings, token: str, *, place: str) -> Invite:
    """The invitation of this token; looking at it does not use it.

    Raises:
        SignupClosed: it is wrong, used, ended or taken back, or nobody may make an account.
        TooManyAttempts: too many were tried from this place.
    """
    await attempts.begin(db, _INVITE, place)
    invite = await invites.find_good(db, sha256(token))
    if invite is None or await signup_state(db, settings) == "off":
        raise SignupClosed
    await attempts.succeeded(db, _INVITE, place)
    return invite


async def revoke_invite(db: Database, invite_id: UUID) -> None:
    """Take the invitation back.

    Raises:
        NotFound: there is none of this id.
    """
    if not await invites.delete(db, invite_id):
        raise NotFound("There is no such invitation.")


async def sign_up(
    db: Database,
    settings: Settings,
    *,
    passwords: Passwords,
    name: str,
    password: str,
    invite: str | None,
    place: str,
) -> User:
    """The account that somebody made for themselves, with the role of their invitation, or a member's.

    Raises:
        PasswordLoginOff: accounts with passwords are of no use here.
        SignupClosed: nobody may, or the invitation is wrong, used, ended or taken back.
        UsageError: the name or the password can't be taken.
        Conflict: there is an account of this name.
        TooManyAttempts: too many were made, or tried, from this place.
        Busy: too many sign-ins at once.
    """
    await require_password_login(db, settings)
    if settings.signup == "off" or (settings.signup == "invite" and invite is None):
        raise SignupClosed
    if not await accounts.any_account(db):
        # The first account is the owner's, and needs the token that only whoever runs the server can see.
        raise SignupClosed
    if invite is not None:
        await find_invite(db, settings, invite, place=place)
    tidy = check_name(name)
    check_password(password, user_name=tidy)
    if invite is None:
        await attempts.begin(db, _SIGNUP, place)
    password_hash = await passwords.hash(password)
    async with db.transaction():
        used = await invites.use(db, sha256(invite)) if invite is not None else None
        if invite is not None and used is None:
            raise SignupClosed
        role = used.role if used else Role.MEMBER
        return await accounts.insert(db, name=tidy, password_hash=password_hash, role=role)
