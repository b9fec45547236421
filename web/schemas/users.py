"""Bodies of accounts as whoever runs the appliance sees them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from appliance.library.people import MAX_QUOTA_BYTES
from appliance.records.accounts import Role
from appliance.records.people import Fate, Left, Person
from web.schemas.base import Schema


class UserBody(Schema):
    """An account and what it takes up."""

    id: UUID
    name: str
    role: Role
    email: str | None
    quota_bytes: int | None = Field(
        description="Most bytes of originals, the trash included; null: no limit."
    )
    used_bytes: int = Field(description="Of originals, the trash included.")
    assets: int = Field(description="How many, the trash included.")
    created_at: datetime
    last_seen_at: datetime | None = Field(description="To the minute; null: not lately.")
    disabled_at: datetime | None
    pinned: bool = Field(
        description="Whether nothing but the command line on the server can demote or remove it."
    )
    has_password: bool
    identities: int = Field(description="How many accounts at identity providers sign in to this one.")

    @classmethod
    def of(cls, person: Person) -> "UserBody":
        """The body of an account."""
        user = person.user
        return cls(
            id=user.id,
            name=user.name,
            role=user.role,
            email=user.email,
            quota_bytes=user.quota_bytes,
            used_bytes=person.used_bytes,
            assets=person.assets,
            created_at=user.created_at,
            last_seen_at=person.last_seen_at,
            disabled_at=user.disabled_at,
            pinned=user.pinned,
            has_password=user.has_password,
            identities=person.identities,
        )


class NewUser(Schema):
    """An account to be made."""

    username: str = Field(max_length=200, description="1 to 64 visible characters.")
    role: Role = Role.MEMBER
    password: str | None = Field(
        None, max_length=2000, description="Null: it signs in through the home's identity provider only."
    )
    email: str | None = Field(None, max_length=254, description="Not verified by being given here.")
    quota_bytes: int | None = Field(None, ge=0, le=MAX_QUOTA_BYTES, description="Null: no limit.")


class UserChanges(Schema):
    """What is to be changed; what is left out stays."""

    role: Role = Field(Role.MEMBER, description="Its browsers get new tokens.")
    disabled: bool = Field(False, description="A disabled account's sessions end, and its keys stop working.")
    quota_bytes: int | None = Field(None, ge=0, le=MAX_QUOTA_BYTES, description="Null: no limit.")
    email: str | None = Field(None, max_length=254, description="Null: none. A new one is not verified.")


class DeletionQuery(Schema):
    """What becomes of the assets."""

    assets: Fate = Field(
        description="`transfer`: they become the assets of `to`; `trash`: they go to the trash."
    )
    to: UUID | None = Field(None, description="Whose the assets become.")


class Deletion(Schema):
    """What became of the assets of an account that was deleted."""

    transferred: int = Field(description="Somebody else's now.")
    joined: int = Field(
        description="The receiver had the same file and keeps their own; this one is in the trash."
    )
    trashed: int = Field(description="In the trash now, until they are purged.")

    @classmethod
    def of(cls, left: Left) -> "Deletion":
        """The body for this result."""
        return cls(transferred=left.transferred, joined=left.joined, trashed=left.trashed)
