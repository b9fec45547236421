"""Who signs in through the identity provider: the account of an identity, made or joined where the settings allow.

(issuer, sub) is one person for good; a name or an address never is. At each sign-in, under one lock:

1. nobody comes in before the appliance is set up, or outside of OIDC_REQUIRED_GROUP;
2. the account is the identity's, else one with the same verified address (if OIDC_LINK_BY_EMAIL says so), else a
   new one (if OIDC_AUTO_REGISTER says so);
3. role, address and quota become what the provider says. Its groups give roles and take them; a pinned account and
   the last administrator keep theirs.
"""

import logging
from dataclasses import replace
from uuid import UUID

from appliance.db import accounts, audit, identities, people
from appliance.db.engine import Database
from appliance.errors import Conflict, NotFound, SignInRefused, UsageError
from appliance.library.accounts import check_name
from appliance.records.accounts import Identity, Role, User
from appliance.records.people import PersonChanges
from appliance.records.sign_in import Profile, Reason
from appliance.settings import Settings

log = logging.getLogger(__name__)

#: Longest ``sub``, as OpenID Connect Core 2 has it, characters.
LONGEST_SUB = 255

_MOST_SUFFIXES = 200


async def sign_in(db: Database, settings: Settings, profile: Profile) -> User:
    """The account of this person, as it is from now on.

    Raises:
        SignInRefused: with the :class:`Reason`; nothing was changed.
    """
    async with people.admins_held(db):
        if not await accounts.any_account(db):
            raise SignInRefused(
                Reason.SETUP_FIRST, "Nobody has set this appliance up yet; the log of its start has the link."
            )
        _check_group(settings, profile)
        user = await identities.find_user(db, profile.issuer, profile.sub)
        if user is None:
            user = await _linked(db, settings, profile) or await _registered(db, settings, profile)
            await identities.insert(db, user_id=user.id, issuer=profile.issuer, sub=profile.sub)
        if user.disabled_at is not None:
            raise SignInRefused(Reason.DISABLED, f"The account {user.name} is disabled.")
        return await _updated(db, settings, user, profile)


def _check_group(settings: Settings, profile: Profile) -> None:
    wanted = settings.oidc_required_group
    if wanted is None:
        return
    if profile.groups is None:
        raise SignInRefused(
            Reason.GROUPS_ABSENT,
            f"OIDC_REQUIRED_GROUP is {wanted!r}, and the provider sent no claim {settings.oidc_groups_claim!r}: have "
            "it put into userinfo or the ID token, add its scope to OIDC_SCOPE, or correct OIDC_GROUPS_CLAIM.",
        )
    if wanted not in profile.groups:
        raise SignInRefused(
            Reason.GROUP, f"{profile.sub} is not in the group {wanted!r} that OIDC_REQUIRED_GROUP asks for."
        )


# --- whose account -------------------------------------------------------------------------------------------


async def _linked(db: Database, settings: Settings, profile: Profile) -> User | None:
    """The one account that this person's address proves to be theirs."""
    if not settings.oidc_link_by_email or profile.email is None:
        return None
    if not profile.email_verified:
        log.warning(
            "%s is not joined with an account of the same address: the provider does not say `email_verified: true`"
            " beside `email`. In authentik that takes a scope mapping of your own.",
            profile.sub,
        )
        return None
    found = await identities.list_by_verified_email(db, profile.email, issuer=profile.issuer)
    if len(found) != 1 or found[0].role is Role.ADMIN or found[0].pinned:
        if found:
            log.warning(
                "%s is not joined with the account of the same address: it administers, or there are several."
                " Connect it in the account's settings instead.",
                profile.sub,
            )
        return None
    await _note(db, "identity.connect", found[0].id, profile.sub, reason="same verified address")
    return found[0]


async def _registered(db: Database, settings: Settings, profile: Profile) -> User:
    if not settings.oidc_auto_register:
        raise SignInRefused(
            Reason.NOT_REGISTERED,
            f"{profile.sub} has no account here and OIDC_AUTO_REGISTER is off; connect the identity in somebody's "
            "account first.",
        )
    wanted = _account_name(profile)
    for name in (wanted, *(f"{wanted[:58]}-{count}" for count in range(2, _MOST_SUFFIXES))):
        try:
            user = await accounts.insert(db, name=name, password_hash=None, role=Role.MEMBER)
        except Conflict:
            continue
        await _note(db, "user.add", user.id, name, reason="identity provider")
        return user
    raise SignInRefused(
        Reason.NOT_REGISTERED, f"There are {_MOST_SUFFIXES} accounts like {wanted!r} already."
    )


def _account_name(profile: Profile) -> str:
    for name in (profile.name, profile.email, profile.sub):
        try:
            return check_name((name or "")[:64])
        except UsageError:
            continue
    return "somebody"


# --- what the provider says of them --------------------------------------------------------------------------


def role_of(settings: Settings, role: Role, groups: frozenset[str] | None) -> Role:
    """The role that these groups give to somebody who has ``role`` now; no groups told change nothing."""
    if groups is None:
        return role
    if settings.oidc_admin_group is not None and settings.oidc_admin_group in groups:
        return Role.ADMIN
    if settings.oidc_viewer_group is not None and settings.oidc_viewer_group in groups:
        return Role.VIEWER
    given = {Role.ADMIN: settings.oidc_admin_group, Role.VIEWER: settings.oidc_viewer_group}
    return Role.MEMBER if given.get(role) is not None else role


async def _updated(db: Database, settings: Settings, user: User, profile: Profile) -> User:
    role = await _role(db, settings, user, profile)
    changes = PersonChanges()
    if role is not user.role:
        changes = replace(changes, role=role)
    if profile.email is not None:
        changes = replace(changes, email=profile.email, email_verified=profile.email_verified)
        if profile.email != user.email:
            # The address is personal and stays out of the log.
            await _note(db, "user.change", user.id, user.name, reason="email, identity provider")
    if profile.quota_bytes is not None and profile.quota_bytes != user.quota_bytes:
        changes = replace(changes, quota_bytes=profile.quota_bytes)
        said = f"quota_bytes={profile.quota_bytes}, identity provider"
        await _note(db, "user.change", user.id, user.name, reason=said)
    await people.change_person(db, user.id, changes)
    if role is not user.role:
        await people.rotate_sessions(db, user.id)
        if user.role is Role.ADMIN:
            await people.withdraw_invites(db, user.id)
        await _note(db, "role.change", user.id, user.name, reason=f"{user.role} to {role}, provider's groups")
    return await accounts.find(db, user.id) or user


async def _role(db: Database, settings: Settings, user: User, profile: Profile) -> Role:
    """The role from now on, with what is worth to be said about it."""
    by_groups = settings.oidc_admin_group is not None or settings.oidc_viewer_group is not None
    if profile.groups is None and by_groups:
        log.warning(
            "the provider sent no claim %r for %s, so the role stays %s: have the claim put into userinfo or the ID"
            " token, add its scope to OIDC_SCOPE, or correct OIDC_GROUPS_CLAIM",
            settings.oidc_groups_claim,
            user.name,
            user.role,
        )
        await _note(db, "role.keep", user.id, user.name, reason=Reason.GROUPS_ABSENT)
    role = role_of(settings, user.role, profile.groups)
    if role is user.role:
        return role
    if user.pinned:
        await _note(db, "role.keep", user.id, user.name, reason=f"pinned; groups say {role}")
        return user.role
    if user.role is Role.ADMIN and await people.is_last_admin(db, user.id):
        log.warning("%s stays admin, whatever the groups say: nobody else could run the appliance", user.name)
        await _note(db, "role.keep", user.id, user.name, reason=f"last admin; groups say {role}")
        return user.role
    return role


async def _note(db: Database, action: str, actor: UUID, target: str, *, reason: str) -> None:
    await audit.record(db, action=action, actor=actor, object=target, reason=reason)


# --- connecting and removing ---------------------------------------------------------------------------------


async def connect(db: Database, user_id: UUID, *, issuer: str, sub: str) -> Identity:
    """The account signs in with this identity from now on; having it already is as good.

    Raises:
        NotFound: there is no such account.
        Conflict: the identity is another account's.
        UsageError: no provider says such a ``sub``.
    """
    if not 1 <= len(sub) <= LONGEST_SUB or not sub.isprintable():
        raise UsageError(f"The subject has 1 to {LONGEST_SUB} visible characters.")
    async with db.transaction():
        if await identities.lock_account(db, user_id) is None:
            raise NotFound("There is no such account.")
        return await identities.insert(db, user_id=user_id, issuer=issuer, sub=sub)


async def remove(db: Database, settings: Settings, identity_id: UUID, *, user_id: UUID) -> None:
    """Take the identity from the account, which still can be signed in to.

    Raises:
        NotFound: the account has no such identity.
        Conflict: without it nobody could sign in to the account.
    """
    async with people.admins_held(db):
        user = await identities.lock_account(db, user_id)
        gone = await identities.delete(db, identity_id, user_id=user_id)
        if user is None or gone is None:
            raise NotFound("There is no such identity.")
        usable = settings.oidc_issuer if settings.oidc_enabled else None
        left = [one for one in await identities.list_of(db, user_id) if one.issuer == usable]
        if not left and not (user.has_password and settings.password_login):
            raise Conflict("This is the only way to sign in to this account; add another one first.")


async def is_theirs(db: Database, user_id: UUID, *, issuer: str, sub: str) -> bool:
    """Whether the identity is this account's."""
    user = await identities.find_user(db, issuer, sub)
    return user is not None and user.id == user_id
