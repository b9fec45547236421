"""Accounts, as whoever runs the appliance changes them.

Two rules hold for every way in, and each is decided under one lock:

1. A pinned account is changed on the server alone: nobody who got hold of a session, and no group at an identity
   provider, can lock its owner out.
2. The last administrator who can sign in stays one.
"""

from dataclasses import replace
from uuid import UUID

from appliance.db import accounts, people, sessions
from appliance.db.engine import Database
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library import attempts
from appliance.library.accounts import check_name
from appliance.library.administrators import administering
from appliance.library.passwords import Passwords, check_password
from appliance.records.accounts import Role, User
from appliance.records.organise import UNSET
from appliance.records.people import Person, PersonChanges

#: Largest quota: what the database's column holds, bytes.
MAX_QUOTA_BYTES = 2**63 - 1

_LONGEST_EMAIL = 254


async def get_person(db: Database, user_id: UUID) -> Person:
    """The account of this id.

    Raises:
        NotFound: there is none.
    """
    found = await people.find_person(db, user_id)
    if found is None:
        raise NotFound("There is no such account.")
    return found


async def add_person(
    db: Database,
    *,
    actor: UUID | None,
    passwords: Passwords,
    name: str,
    role: Role,
    password: str | None = None,
    email: str | None = None,
    email_verified: bool = False,
    quota_bytes: int | None = None,
) -> Person:
    """A new account. Without a password it is signed in to through an identity provider, once one is connected.

    Raises:
        Conflict: there is one of this name.
        UsageError: the name, the password, the address or the quota can't be taken.
        Busy: too many passwords are being hashed.
        Unauthenticated: the account of ``actor`` was disabled or deleted meanwhile.
        Forbidden: it does not administer any more.
    """
    tidy = check_name(name)
    _check_quota(quota_bytes)
    if password is not None:
        check_password(password, user_name=tidy)
    password_hash = None if password is None else await passwords.hash(password)
    async with administering(db, actor):
        user = await accounts.insert(
            db,
            name=tidy,
            password_hash=password_hash,
            role=role,
            email=_clean_email(email),
            email_verified=email_verified and email is not None,
            quota_bytes=quota_bytes,
        )
    return Person(user, used_bytes=0, assets=0, last_seen_at=None, identities=0)


async def change_person(db: Database, user_id: UUID, changes: PersonChanges, *, actor: UUID | None) -> Person:
    """The account with these changes.

    With another role each of its browsers gets a new token; bearer tokens and keys stay, as what they may do is
    decided anew for each request. Disabling ends all sessions, and keys work no more until it is enabled.
    ``actor`` is the administrator who asks, or None where that is whoever has the machine itself.

    Raises:
        NotFound: there is no such account.
        Conflict: it is pinned, or the last administrator.
        UsageError: the address or the quota can't be taken.
        Unauthenticated: the account of ``actor`` was disabled or deleted meanwhile.
        Forbidden: it does not administer any more.
    """
    changes = _checked(changes)
    async with administering(db, actor):
        before = (await get_person(db, user_id)).user
        changes = _without_what_is_so(changes, before)
        loses = changes.disabled is True or (
            before.role is Role.ADMIN and changes.role in {Role.MEMBER, Role.VIEWER}
        )
        if changes.role is not UNSET or changes.disabled is True:
            check_not_pinned(before, on_server=actor is None)
        if loses:
            await check_not_last(db, user_id)
        await people.change_person(db, user_id, changes)
        if changes.role is not UNSET:
            await people.rotate_sessions(db, user_id)
        if changes.disabled is True:
            await sessions.revoke_all(db, user_id)
        if loses:
            await people.withdraw_invites(db, user_id)
        return await get_person(db, user_id)


async def reset_password(db: Database, user_id: UUID, password: str, *, passwords: Passwords) -> int:
    """Give the account this password, and say how many sessions were ended: all. Failed tries are forgotten.

    Raises:
        NotFound: there is no such account.
        UsageError: the password can't be taken.
    """
    user = (await get_person(db, user_id)).user
    check_password(password, user_name=user.name)
    password_hash = await passwords.hash(password)
    async with db.transaction():
        await accounts.set_password_hash(db, user_id, password_hash)
        ended = await sessions.revoke_all(db, user_id)
    # Whoever asked for it has failed a few times, and would have to wait although the password is right now.
    await attempts.forget(db, user.name)
    return ended


def check_not_pinned(user: User, *, on_server: bool) -> None:
    """Nothing, when the account may be demoted, disabled or deleted from where this is asked.

    Raises:
        Conflict: it is pinned.
    """
    if user.pinned and not on_server:
        raise Conflict(
            f"The account {user.name} is pinned, so that somebody can always get in; it is changed on the server,"
            " with `scene-sense user`."
        )


async def check_not_last(db: Database, user_id: UUID) -> None:
    """Nothing, when somebody else can sign in and administers. Belongs under :func:`people.admins_held`.

    Raises:
        Conflict: nobody else can.
    """
    if await people.is_last_admin(db, user_id):
        raise Conflict("This is the last administrator who can sign in; make another one first.")


def _checked(changes: PersonChanges) -> PersonChanges:
    if changes.quota_bytes is not UNSET:
        _check_quota(changes.quota_bytes)
    if changes.email is not UNSET:
        return replace(changes, email=_clean_email(changes.email))
    return changes


def _without_what_is_so(changes: PersonChanges, before: User) -> PersonChanges:
    """The changes that change something: to send the same again must not need a right, nor end a session."""
    role = UNSET if changes.role is before.role else changes.role
    disabled = UNSET if changes.disabled is (before.disabled_at is not None) else changes.disabled
    email, verified = changes.email, changes.email_verified
    if email == before.email:
        email = UNSET
    elif email is not UNSET and verified is UNSET:
        verified = False
    return replace(changes, role=role, disabled=disabled, email=email, email_verified=verified)


def _check_quota(quota_bytes: int | None) -> None:
    if quota_bytes is not None and not 0 <= quota_bytes <= MAX_QUOTA_BYTES:
        raise UsageError("A quota has 0 bytes or more.")


def _clean_email(email: str | None) -> str | None:
    if email is None or not email.strip():
        return None
    tidy = email.strip()
    name, at, host = tidy.rpartition("@")
    if not (name and at and host) or len(tidy) > _LONGEST_EMAIL or not tidy.isprintable() or " " in tidy:
        raise UsageError("This is no e-mail address.")
    return tidy
