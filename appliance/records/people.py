"""Accounts as whoever runs the appliance sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from appliance.records.accounts import Role, User
from appliance.records.assets import Original
from appliance.records.organise import UNSET, Unset


@dataclass(frozen=True, slots=True)
class Person:
    """An account and what it takes up."""

    user: User
    #: Of originals, the trash included.
    used_bytes: int
    #: How many assets, the trash included.
    assets: int
    #: When any session or key of theirs was last used, to the minute; None: never.
    last_seen_at: datetime | None
    #: How many accounts at identity providers sign in to this one.
    identities: int


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """What is to be changed about an account; what is ``UNSET`` stays."""

    role: Role | Unset = UNSET
    disabled: bool | Unset = UNSET
    #: None: no limit.
    quota_bytes: int | Unset | None = UNSET
    #: None: none.
    email: str | Unset | None = UNSET
    #: A new address is not verified unless this says so.
    email_verified: bool | Unset = UNSET
    pinned: bool | Unset = UNSET


class Fate(StrEnum):
    """What becomes of the assets of an account that is deleted."""

    #: They are somebody else's from then on.
    TRANSFER = "transfer"
    #: They are in the trash, and are purged in due time.
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Left:
    """What became of the assets of an account that was deleted."""

    #: Somebody else's now, those in the trash included.
    transferred: int = 0
    #: The receiver had the same file, which has the longer of both lives; the copy is in the trash.
    joined: int = 0
    #: In the trash now, until they are purged.
    trashed: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A file that two people have."""

    #: Of the one who leaves.
    copy: Original
    #: Of the one who stays.
    kept: Original
    #: Whether the last reading found that ``kept`` is not as it should be.
    damaged: bool
