"""Keeps renditions for as long as their asset is there, and no longer."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from appliance.db.assets import kept_of
from appliance.db.engine import Database
from appliance.db.inventory import known_ids
from appliance.errors import DatabaseUnavailable
from appliance.media.cache import RenditionCache

log = logging.getLogger(__name__)


async def keep_renditions(
    db: Database, cache: RenditionCache, asset_id: UUID, version: int, renditions: Mapping[int, bytes]
) -> None:
    """Keep what was made of an asset, unless it is being purged or gone."""
    await asyncio.to_thread(write_renditions, cache, asset_id, version, renditions)
    await drop_purged(db, cache, [asset_id])


def write_renditions(
    cache: RenditionCache, asset_id: UUID, version: int, renditions: Mapping[int, bytes]
) -> None:
    """Keep what was made of an asset; :func:`drop_purged` has to come after it. Blocks.

    They are made on demand as well, so a full system disk stops nobody.
    """
    try:
        cache.write(asset_id, version, renditions)
    except OSError as error:
        log.warning("renditions of %s were not kept: %s", asset_id, error)


async def drop_purged(db: Database, cache: RenditionCache, asset_ids: Sequence[UUID]) -> None:
    """Remove the renditions again of those assets that are being purged or gone.

    The cache first and the database after it: a purge marks its assets before it clears the cache, so whatever
    it could not see yet is seen here.
    """
    try:
        for asset_id in frozenset(asset_ids) - await kept_of(db, asset_ids):
            await asyncio.to_thread(cache.delete, asset_id)
    except OSError as error:
        log.warning("renditions of assets that are gone can't be removed: %s", error)
    except DatabaseUnavailable:
        log.debug("whether assets are still there can't be told now; a sweep will see")


async def drop_strays(db: Database, cache: RenditionCache) -> int:
    """Of how many assets that are gone renditions were removed, which a crash can leave; parts of some go as well."""
    # The cache is listed first: what is made for a new asset meanwhile is not in the list.
    try:
        await asyncio.to_thread(cache.drop_parts)
        cached = await asyncio.to_thread(cache.list_ids)
    except OSError as error:
        log.warning("the renditions can't be looked through: %s", error)
        return 0
    removed = 0
    for asset_id in frozenset(cached) - await known_ids(db):
        try:
            await asyncio.to_thread(cache.delete, asset_id)
            removed += 1
        except OSError as error:
            log.warning("the renditions of %s, which is gone, can't be removed: %s", asset_id, error)
    if removed:
        log.info("renditions of %d assets that are gone were removed", removed)
    return removed
