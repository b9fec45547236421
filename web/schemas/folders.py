"""Bodies of folders, of whom they are shared with, and of the people one can share with."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from appliance.records import sharing as records
from appliance.records.accounts import Named
from web.schemas.base import Schema


class Person(Schema):
    """Somebody with an account here."""

    id: UUID
    name: str

    @classmethod
    def of(cls, person: Named) -> "Person":
        """The body for this person."""
        return cls(id=person.id, name=person.name)


class Folder(Schema):
    """A folder, as the one who asks sees it."""

    id: UUID
    path: str = Field(
        description="From the top of the owner's tree; of a shared one, from the topmost folder that is shared."
    )
    name: str
    parent: UUID | None = Field(description="The folder that it is in, as far as you may see it.")
    assets: int = Field(description="Directly in it, trash not counted.")
    owner: Person
    mine: bool
    may: records.May = Field(
        description=(
            "`own`: everything; `add`: look, and add pictures of your own; `view`: look. Somebody with the role"
            " `viewer` only looks, whatever a share says."
        )
    )
    shares: int = Field(description="With how many it is shared itself; 0 where it is not yours.")
    default_ttl_seconds: int | None = Field(
        description="How long an upload into it lives that says nothing; null: as a folder above it says."
    )
    default_tags: list[str] = Field(
        description="Tags of an upload into it that has none; none: as a folder above it says."
    )

    @classmethod
    def of(cls, folder: records.FolderSummary) -> "Folder":
        """The body for this folder."""
        return cls(
            id=folder.id,
            path=folder.path,
            name=folder.name,
            parent=folder.parent,
            assets=folder.assets,
            owner=Person.of(folder.owner),
            mine=folder.mine,
            may=folder.may,
            shares=folder.shares,
            default_ttl_seconds=folder.defaults.ttl_seconds,
            default_tags=list(folder.defaults.tags),
        )


class NewFolder(Schema):
    """A folder to make, with those above it that are missing."""

    path: str = Field(min_length=1, max_length=5000, description="Parts joined by `/`.")


class FolderPatch(Schema):
    """Changes of a folder; what is left out stays, and what is below it goes with it."""

    name: str | None = Field(None, max_length=1000, description="Another name, without `/`.")
    parent: UUID | None = Field(None, description="The folder of yours to be in; null: the top.")
    default_ttl: str | int | None = Field(
        None,
        description="How long uploads into it or below it live that don't say it: `30d`, say; null: not said.",
    )
    default_tags: list[str] | None = Field(
        None,
        max_length=100,
        description="Tags of uploads into it or below it that have none; null: not said.",
    )


class FolderMerge(Schema):
    """Where a folder is to go."""

    into: UUID = Field(description="Another folder of yours, which stays.")


class NewShare(Schema):
    """With whom a folder is to be shared."""

    subject: UUID | None = Field(description="A person; null: everybody here.")
    may: records.SharedMay = Field(records.SharedMay.VIEW, description="`view`, or also `add` pictures.")


class Share(Schema):
    """With whom a folder is shared, with all below it."""

    id: UUID
    subject: Person | None = Field(description="Null: everybody here.")
    may: records.SharedMay
    created_at: datetime

    @classmethod
    def of(cls, share: records.Share) -> "Share":
        """The body for this share."""
        return cls(
            id=share.id,
            subject=Person.of(share.subject) if share.subject else None,
            may=share.may,
            created_at=share.created_at,
        )
