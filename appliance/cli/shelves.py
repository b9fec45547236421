"""Tags and albums as the verbs see them, wherever the library is: on this machine or behind a server's address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from appliance.cli.narrowing import Narrowed
from appliance.cli.views import AssetView, PersonView, View
from appliance.records.albums import AlbumSummary
from appliance.records.sharing import May, Share, SharedMay
from appliance.records.tags import TagSummary


class TagView(View):
    """A word; ``id`` is None where only others have it."""

    id: UUID | None
    name: str
    color: str | None
    count: int
    count_below: int
    mine: bool

    @classmethod
    def of(cls, tag: TagSummary) -> Self:
        """The view of a tag of this machine's library."""
        return cls(
            id=tag.id,
            name=tag.name,
            color=None if tag.color is None else f"#{tag.color:06x}",
            count=tag.assets,
            count_below=tag.below,
            mine=tag.mine,
        )


class AlbumView(View):
    """An album as the one who asks sees it."""

    id: UUID
    name: str
    description: str
    owner: PersonView
    mine: bool
    may: May
    by_rule: bool
    count: int
    cover: UUID | None
    first_taken: datetime | None
    last_taken: datetime | None
    shares: int
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, album: AlbumSummary) -> Self:
        """The view of an album of this machine's library."""
        given = {name: getattr(album, name) for name in cls.model_fields if name != "owner"}
        return cls(**given, owner=PersonView(id=album.owner.id, name=album.owner.name))


class ShareView(View):
    """Whom an album is shared with, ``subject`` None being everybody."""

    id: UUID
    subject: PersonView | None
    may: SharedMay
    created_at: datetime

    @classmethod
    def of(cls, share: Share) -> Self:
        """The view of a share of this machine's library."""
        subject = None if share.subject is None else PersonView(id=share.subject.id, name=share.subject.name)
        return cls(id=share.id, subject=subject, may=share.may, created_at=share.created_at)


class ContentsView(View):
    """The first of an album's pictures, and whether there are more."""

    items: list[AssetView]
    more: bool


class Shelves(Protocol):
    """What can be done with tags and albums in one person's name."""

    async def tags(self) -> list[TagView]:
        """The words that this person sees, the most used first."""

    async def rename_tag(self, tag_id: UUID, name: str) -> TagView:
        """The tag under another name, with all below it."""

    async def merge_tag(self, tag_id: UUID, into: UUID) -> TagView:
        """The tag that the other one became part of."""

    async def colour_tag(self, tag_id: UUID, color: int | None) -> TagView:
        """The tag in another colour, 0xRRGGBB or None for none."""

    async def remove_tag(self, tag_id: UUID) -> None:
        """Take the word off everything; the pictures stay."""

    async def albums(self) -> list[AlbumView]:
        """This person's albums, then those that are open to them."""

    async def contents(self, album_id: UUID, limit: int) -> ContentsView:
        """The first of an album's pictures, in its order."""

    async def create_album(self, name: str, description: str, rule: Narrowed | None) -> AlbumView:
        """A new album."""

    async def add_to_album(self, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
        """How many pictures came in."""

    async def remove_from_album(self, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
        """How many pictures went out."""

    async def shares(self, album_id: UUID) -> list[ShareView]:
        """With whom this person shares an album of theirs."""

    async def people(self) -> list[PersonView]:
        """Everybody else here."""

    async def share_album(self, album_id: UUID, subject: UUID | None, may: SharedMay) -> ShareView:
        """Let somebody in, None being everybody; who is in already may do this from now on."""

    async def end_share(self, album_id: UUID, share_id: UUID) -> None:
        """Let them in no more."""

    async def delete_album(self, album_id: UUID) -> None:
        """Delete an album, and no picture."""
