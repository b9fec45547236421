"""Tags and albums of this machine's library, in the name of one account."""

from collections.abc import Sequence
from uuid import UUID

from appliance.cli.narrowing import Narrowed
from appliance.cli.shelves import AlbumView, ContentsView, ShareView, TagView
from appliance.cli.views import AssetView, PersonView
from appliance.db import albums as album_rows
from appliance.db import audit
from appliance.db import shares as share_rows
from appliance.db import tags as tag_rows
from appliance.library import albums, tags
from appliance.library.accounts import check_may_write
from appliance.library.appliance import Appliance
from appliance.library.browse import Page, library_page
from appliance.records.accounts import Viewer
from appliance.records.organise import UNSET
from appliance.records.search import InAlbum
from appliance.records.sharing import SharedMay


class LocalShelves:
    """See :class:`appliance.cli.shelves.Shelves`."""

    def __init__(self, appliance: Appliance, viewer: Viewer) -> None:
        self._db = appliance.db
        self._storage_path = appliance.settings.storage_path
        self._viewer = viewer

    async def tags(self) -> list[TagView]:
        """See the protocol."""
        return [TagView.of(tag) for tag in await tag_rows.list_tags(self._db, self._viewer)]

    async def rename_tag(self, tag_id: UUID, name: str) -> TagView:
        """See the protocol."""
        check_may_write(self._viewer)
        changed = await tags.change_tag(self._db, self._viewer, tag_id, name=name, color=UNSET)
        await self._note("asset.tag.edit", tag_id)
        return TagView.of(changed)

    async def merge_tag(self, tag_id: UUID, into: UUID) -> TagView:
        """See the protocol."""
        check_may_write(self._viewer)
        merged = await tags.merge_tag(self._db, self._viewer, tag_id, into)
        await self._note("asset.tag.merge", tag_id)
        return TagView.of(merged)

    async def colour_tag(self, tag_id: UUID, color: int | None) -> TagView:
        """See the protocol."""
        check_may_write(self._viewer)
        changed = await tags.change_tag(self._db, self._viewer, tag_id, name=UNSET, color=color)
        await self._note("asset.tag.edit", tag_id)
        return TagView.of(changed)

    async def remove_tag(self, tag_id: UUID) -> None:
        """See the protocol."""
        check_may_write(self._viewer)
        await tags.delete_tag(self._db, self._viewer, tag_id)
        await self._note("asset.tag.delete", tag_id)

    async def albums(self) -> list[AlbumView]:
        """See the protocol."""
        return [AlbumView.of(album) for album in await album_rows.list_albums(self._db, self._viewer)]

    async def contents(self, album_id: UUID, limit: int) -> ContentsView:
        """See the protocol."""
        album = await albums.get_open_album(self._db, self._viewer, album_id)
        page: albums.AlbumPage | Page
        if album.by_rule:
            page = await library_page(self._db, self._viewer, where=InAlbum(album_id), limit=limit)
        else:
            page = await albums.album_page(self._db, self._viewer, album_id, limit=limit)
        items = [AssetView.of(asset, storage_path=self._storage_path) for asset in page.assets]
        return ContentsView(items=items, more=page.next is not None)

    async def create_album(self, name: str, description: str, rule: Narrowed | None) -> AlbumView:
        """See the protocol."""
        check_may_write(self._viewer)
        where = None if rule is None else rule.filter
        made = await albums.create_album(
            self._db, self._viewer, name=name, description=description, rule=where
        )
        await self._note("album.create", made.id)
        return AlbumView.of(made)

    async def add_to_album(self, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
        """See the protocol."""
        check_may_write(self._viewer)
        added = await albums.add_assets(self._db, self._viewer, album_id, asset_ids)
        await self._note("album.add", album_id)
        return added

    async def remove_from_album(self, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
        """See the protocol."""
        check_may_write(self._viewer)
        removed = await albums.remove_assets(self._db, self._viewer, album_id, asset_ids)
        await self._note("album.remove", album_id)
        return removed

    async def shares(self, album_id: UUID) -> list[ShareView]:
        """See the protocol."""
        return [ShareView.of(each) for each in await albums.list_shares(self._db, self._viewer, album_id)]

    async def people(self) -> list[PersonView]:
        """See the protocol."""
        found = await share_rows.list_people(self._db, besides=self._viewer.user_id)
        return [PersonView(id=each.id, name=each.name) for each in found]

    async def share_album(self, album_id: UUID, subject: UUID | None, may: SharedMay) -> ShareView:
        """See the protocol."""
        check_may_write(self._viewer)
        share, _ = await albums.share_album(self._db, self._viewer, album_id, subject=subject, may=may)
        await self._note("album.share", f"{album_id}/{share.id}")
        return ShareView.of(share)

    async def end_share(self, album_id: UUID, share_id: UUID) -> None:
        """See the protocol."""
        check_may_write(self._viewer)
        await albums.end_share(self._db, self._viewer, album_id, share_id)
        await self._note("album.unshare", f"{album_id}/{share_id}")

    async def delete_album(self, album_id: UUID) -> None:
        """See the protocol."""
        check_may_write(self._viewer)
        await albums.delete_album(self._db, self._viewer, album_id)
        await self._note("album.delete", album_id)

    async def _note(self, action: str, what: object) -> None:
        await audit.record(
            self._db, action=action, actor=self._viewer.user_id, object=str(what), reason="command line"
        )
