"""Lists of assets a page at a time, originals, and renditions that are made when they are first asked for."""

import asyncio
import logging
import os
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakValueDictionary

from appliance.db.assets import find_media, get_asset, list_assets, list_trash
from appliance.db.engine import Database
from appliance.db.failures import is_set_aside
from appliance.errors import NotFound, SetAside
from appliance.library.access import Access, Memory, Ticket
from appliance.library.renditions import keep_renditions
from appliance.library.shown import Shown
from appliance.media.cache import MIME_TYPES, SIZES, RenditionCache
from appliance.media.decoder import Decoder
from appliance.media.renditions import smallest_that_suffices
from appliance.media.store import Store
from appliance.records.accounts import Sight, Viewer
from appliance.records.assets import Asset, Media
from appliance.records.organise import ListKey
from appliance.records.rules import AlbumRule
from appliance.records.search import Filter

log = logging.getLogger(__name__)

#: Pairs of a person and an asset that are remembered, a few hundred bytes each.
MOST_SEEN = 50_000

#: All of a viewer that decides what they see: whoever had other rights when they were identified is somebody else.
_Rights = tuple[UUID, Sight, bool, tuple[AlbumRule, ...]]


@dataclass(frozen=True, slots=True)
class Page:
    """Assets in their order, and the key of the next page if there is one."""

    assets: tuple[Asset, ...]
    next: ListKey | None


async def library_page(
    db: Database, viewer: Viewer, *, where: Filter, limit: int, after: ListKey | None = None
) -> Page:
    """Assets outside the trash, the latest upload first."""
    found = await list_assets(db, viewer, where=where, limit=limit + 1, after=after)
    shown = found[:limit]
    more = len(found) > limit
    return Page(assets=shown, next=ListKey(shown[-1].uploaded_at, shown[-1].id) if more else None)


async def trash_page(db: Database, viewer: Viewer, *, limit: int, after: ListKey | None = None) -> Page:
    """Assets in the trash, the last trashed first."""
    found = await list_trash(db, viewer, limit=limit + 1, after=after)
    shown = found[:limit]
    last = shown[-1].trashed_at if shown else None
    more = len(found) > limit and last is not None
    return Page(assets=shown, next=ListKey(last, shown[-1].id) if more and last else None)


async def open_original(db: Database, viewer: Viewer, asset_id: UUID, *, store: Store) -> tuple[Asset, int]:
    """The asset and a descriptor for reading its original, which the caller closes.

    Raises:
        NotFound: there is none by this id, it is somebody else's, or its file is gone.
        VolumeUnavailable: the volume is away.
    """
    asset = await get_asset(db, viewer, asset_id)
    return asset, await asyncio.to_thread(store.open_fd, asset.id, asset.filename)


class Renditions:
    """Renditions from the cache; a missing one is made once, however many ask for it. One per process."""

    def __init__(self, access: Access | None = None) -> None:
        self._access = access or Access()
        self._seen: Memory[tuple[_Rights, UUID], Media] = Memory(self._access, most=MOST_SEEN)
        self._shown = Shown(self._access)
        self._making: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    def show(self, ticket: Ticket, viewer: Viewer, packed: bytes) -> None:
        """Whoever asks was just shown these assets (``appliance.library.shown``), by a look after the ticket."""
        self._shown.keep(ticket, _rights(viewer), packed)

    async def get(
        self,
        viewer: Viewer,
        asset_id: UUID,
        *,
        version: int,
        size: int,
        db: Database,
        store: Store,
        cache: RenditionCache,
        decoder: Decoder,
    ) -> tuple[bytes, str]:
        """The encoded picture and its MIME type.

        Raises:
            NotFound: no such asset of this viewer, or not this version or size of it, or its original is gone.
            VolumeUnavailable: it has to be made, and the volume is away.
            RejectedFile: it has to be made, and the original can't be read, or could not and is set aside.
        """
        if size in SIZES and self._shown.has(_rights(viewer), asset_id, version):
            kept = await asyncio.to_thread(cache.read, asset_id, version, size)
            if kept is not None:
                return kept, MIME_TYPES[size]
        media = await self._find(viewer, asset_id, db=db)
        if media.version != version or size not in SIZES:
            raise NotFound
        kept = await asyncio.to_thread(cache.read, asset_id, version, size)
        if kept is None:
            lock = self._making.setdefault(asset_id, asyncio.Lock())
            async with lock:
                kept = await asyncio.to_thread(cache.read, asset_id, version, size)
                if kept is None:
                    made = await _make(asset_id, media, db=db, store=store, cache=cache, decoder=decoder)
                    kept = made[size]
        return kept, MIME_TYPES[size]

    async def fitting(
        self, viewer: Viewer, asset_id: UUID, *, width: int, height: int, db: Database
    ) -> tuple[int, int]:
        """The version of an asset, and the smallest of its renditions that has these pixels, as far as it has them.

        Raises:
            NotFound: no such asset of this viewer.
        """
        media = await self._find(viewer, asset_id, db=db)
        size = (media.width, media.height)
        return media.version, smallest_that_suffices(size, width=width, height=height, sizes=SIZES)

    async def _find(self, viewer: Viewer, asset_id: UUID, *, db: Database) -> Media:
        """Where the bytes of an asset are that this person may see, remembered for moments.

        Raises:
            NotFound: no such asset of this viewer.
        """
        rights = _rights(viewer)
        media = self._seen.find((rights, asset_id))
        if media is None:
            ticket = self._access.ticket()
            media = await find_media(db, viewer, asset_id)
            if media is None:
                raise NotFound
            self._seen.keep(ticket, (rights, asset_id), media, seconds=media.seconds_left)
        return media


def _rights(viewer: Viewer) -> _Rights:
    return viewer.user_id, viewer.sight, viewer.in_albums, viewer.rules


async def _make(
    asset_id: UUID, media: Media, *, db: Database, store: Store, cache: RenditionCache, decoder: Decoder
) -> dict[int, bytes]:
    if await is_set_aside(db, asset_id):
        raise SetAside
    fd = await asyncio.to_thread(store.open_fd, asset_id, media.filename)
    try:
        rendered = await decoder.render(fd, sizes=SIZES, pixels=None)
    finally:
        os.close(fd)
    await keep_renditions(db, cache, asset_id, media.version, rendered.renditions)
    return rendered.renditions
