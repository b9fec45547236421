"""Browsers' sessions and bearer tokens' rows: begun, found, given a new token, and ended.

Tokens are random, 256 bits, and kept as their SHA-256: they are in the cookie and nowhere else.
"""

import secrets
from uuid import UUID

from appliance.db import invites, sessions, sign_in_leftovers
from appliance.db.engine import Database
from appliance.errors import WrongCredentials
from appliance.library import attempts
from appliance.library.accounts import sha256
from appliance.records.accounts import Session, SessionOrigin, User
from appliance.settings import Settings


async def start_session(
    db: Database,
    settings: Settings,
    user: User,
    *,
    ip: str,
    user_agent: str,
    origin: SessionOrigin | None = None,
) -> tuple[Session, str]:
    """A browser's new session and its token, which goes into the cookie and nowhere else.

    Raises:
        WrongCredentials: the account was disabled, or got another password, since the person was let in.
    """
    token = secrets.token_urlsafe(32)
    session = await sessions.insert(
        db,
        user_id=user.id,
        kind="browser",
        token_sha256=sha256(token),
        lifetime_seconds=settings.session_max_hours * 3600,
        ip=ip,
        user_agent=user_agent,
        origin=origin,
        proved_by=user.proved_by,
    )
    if session is None:
        raise WrongCredentials
    return session, token


async def start_token_session(
    db: Database, settings: Settings, user: User, *, ip: str, user_agent: str
) -> Session:
    """The row that a bearer token is bound to: while it lives the token does.

    Raises:
        WrongCredentials: the account was disabled, or got another password, since the person was let in.
    """
    session = await sessions.insert(
        db,
        user_id=user.id,
        kind="token",
        token_sha256=None,
        lifetime_seconds=settings.jwt_expiry_hours * 3600,
        ip=ip,
        user_agent=user_agent,
        proved_by=user.proved_by,
    )
    if session is None:
        raise WrongCredentials
    return session


async def find_session(
    db: Database, settings: Settings, token: str, *, touch: bool = True
) -> tuple[Session, User] | None:
    """The living session of a cookie's token, and whose it is; it counts as use unless ``touch`` says otherwise."""
    idle_seconds = settings.session_idle_hours * 3600
    return await sessions.find_by_token(db, sha256(token), idle_seconds=idle_seconds, touch=touch)


async def end_session(db: Database, token: str) -> SessionOrigin | None:
    """End the session of this token, if it is one; where at an identity provider it came from, if it did."""
    return await sessions.revoke_token(db, sha256(token))


async def rotate(db: Database, session_id: UUID, *, grace: bool) -> str | None:
    """The session's new token, as the person just proved who they are; None when it ended meanwhile.

    With ``grace`` the one before works for half a minute longer.
    """
    async with db.transaction():
        await sessions.mark_authenticated(db, session_id)
        return await _rotate(db, session_id, only_if_asked=False, grace=grace)


async def rotate_if_asked(db: Database, session: Session) -> str | None:
    """A new token when the session is to have one; None for all others, and for the later of two requests."""
    return await _rotate(db, session.id, only_if_asked=True, grace=True) if session.rotate else None


async def _rotate(db: Database, session_id: UUID, *, only_if_asked: bool, grace: bool) -> str | None:
    token = secrets.token_urlsafe(32)
    done = await sessions.rotate(db, session_id, sha256(token), only_if_asked=only_if_asked, grace=grace)
    return token if done else None


async def forget_ended(db: Database, settings: Settings) -> int:
    """How many rows went that signing in left behind: sessions, invitations, begun flows, spent tokens, counts."""
    gone = await sessions.forget_ended(db, idle_seconds=settings.session_idle_hours * 3600)
    gone += await invites.forget_ended(db)
    gone += await sign_in_leftovers.forget_ended(db)
    return gone + await attempts.forget_old(db)
