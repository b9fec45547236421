"""What the audit log says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

Outcome = Literal["ok", "refused", "error"]


class AuditAction(StrEnum):
    """Every action that this release writes; rows of older releases may have others."""

    ALBUM_ADD = "album.add"
    ALBUM_CREATE = "album.create"
    ALBUM_DELETE = "album.delete"
    ALBUM_EDIT = "album.edit"
    ALBUM_ORDER = "album.order"
    ALBUM_REMOVE = "album.remove"
    ALBUM_SHARE = "album.share"
    ALBUM_UNSHARE = "album.unshare"
    ASSET_DISCARD = "asset.discard"
    ASSET_DOWNLOAD = "asset.download"
    ASSET_EDIT = "asset.edit"
    ASSET_EDIT_MANY = "asset.edit_many"
    ASSET_EMPTY = "asset.empty"
    ASSET_RESTORE = "asset.restore"
    ASSET_RETRY = "asset.retry"
    ASSET_TAG_CREATE = "asset.tag.create"
    ASSET_TAG_DELETE = "asset.tag.delete"
    ASSET_TAG_EDIT = "asset.tag.edit"
    ASSET_TAG_JUDGE = "asset.tag.judge"
    ASSET_TAG_MERGE = "asset.tag.merge"
    ASSET_TRASH = "asset.trash"
    ASSET_UNDO = "asset.undo"
    ASSET_UPLOAD = "asset.upload"
    AUTH_CONFIRM = "auth.confirm"
    AUTH_LOGIN = "auth.login"
    AUTH_LOGOUT = "auth.logout"
    AUTH_OIDC_CONFIRM = "auth.oidc.confirm"
    AUTH_OIDC_KEYS = "auth.oidc.keys"
    AUTH_OIDC_LOGIN = "auth.oidc.login"
    AUTH_OIDC_LOGOUT = "auth.oidc.logout"
    AUTH_SETUP = "auth.setup"
    AUTH_SIGNUP = "auth.signup"
    AUTH_TOKEN = "auth.token"  # noqa: S105 - the name of an action
    CSRF = "csrf"
    #: In a row the operation's name follows: ``denied list_audit``.
    DENIED = "denied"
    FOLDER_CREATE = "folder.create"
    FOLDER_DELETE = "folder.delete"
    FOLDER_EDIT = "folder.edit"
    FOLDER_MERGE = "folder.merge"
    FOLDER_SHARE = "folder.share"
    FOLDER_UNSHARE = "folder.unshare"
    GROUP_APART = "group.apart"
    GROUP_KEEP = "group.keep"
    GROUP_UNDO = "group.undo"
    IDENTITY_CONNECT = "identity.connect"
    IDENTITY_REMOVE = "identity.remove"
    INVITE_CREATE = "invite.create"
    INVITE_REVOKE = "invite.revoke"
    JOB_RETRY = "job.retry"
    KEY_CREATE = "key.create"
    KEY_REVOKE = "key.revoke"
    KEY_USE = "key.use"
    LIBRARY_PURGE = "library.purge"
    LIBRARY_RELEASE = "library.release"
    LOGIN_CLOSE = "login.close"
    LOGIN_OPEN = "login.open"
    MODEL_DROP = "model.drop"
    MODEL_FILL = "model.fill"
    MODEL_PAUSE = "model.pause"
    MODEL_SWITCH = "model.switch"
    MODEL_UNDO = "model.undo"
    PASSWORD_CHANGE = "password.change"  # noqa: S105 - the name of an action
    ROLE_CHANGE = "role.change"
    ROLE_KEEP = "role.keep"
    SEARCH_EDIT = "search.edit"
    SEARCH_FORGET = "search.forget"
    SEARCH_FORGET_RECENT = "search.forget_recent"
    SEARCH_KEEP_RECENT = "search.keep_recent"
    SEARCH_SAVE = "search.save"
    SEARCH_SEEN = "search.seen"
    SESSION_END = "session.end"
    SESSION_END_OTHERS = "session.end_others"
    SETTINGS_CHANGE = "settings.change"
    UPLOAD_CANCEL = "upload.cancel"
    USER_ADD = "user.add"
    USER_CHANGE = "user.change"
    USER_DELETE = "user.delete"
    USER_PASSWORD = "user.password"  # noqa: S105 - the name of an action
    USER_SESSION_END = "user.session.end"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something; the name is empty once the account is gone."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done or tried."""

    id: int
    at: datetime
    #: None: nobody who is known, or the appliance itself.
    actor: Actor | None
    #: The accounts that the object names, in its order.
    people: tuple[Actor, ...]
    #: The beginning of the id of the session or key that was used.
    session: str
    #: What the key is called that was used, made or revoked; empty where there was none, or it is gone.
    key: str
    ip: str
    action: str
    object: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the log is narrowed to; all that is given must hold."""

    #: Whole actions, or their first words: ``auth`` for everything about signing in. One of them must fit.
    actions: tuple[str, ...] = ()
    #: Who did it.
    actor: UUID | None = None
    #: Who did it, or whom it was done to.
    person: UUID | None = None
    outcome: Outcome | None = None
    #: From this moment on.
    since: datetime | None = None
    #: Before this moment.
    until: datetime | None = None
