"""What people do with an asset: edit it, put it in the trash, take it out again."""

from datetime import datetime
from uuid import UUID

from appliance.db.asset_changes import change_asset, restore_asset, trash_asset
from appliance.db.assets import get_asset
from appliance.db.engine import Database
from appliance.db.folders import ensure_folder, hold_to_add
from appliance.db.tags import replace_tags
from appliance.errors import Conflict, Forbidden, NotFound
from appliance.library.clock_check import check_not_behind
from appliance.library.folders import check_may_add
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset
from appliance.records.organise import Changes, Unset

_NOT_YOURS = "This picture is somebody else's; only its owner may change it."


async def edit_asset(db: Database, viewer: Viewer, asset_id: UUID, changes: Changes) -> Asset:
    """The asset with these changes, all or none of them made.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared; or there is no such folder.
        Forbidden: it is shared with the viewer; only its owner may change it. Or the folder is not for adding to.
        Conflict: it is in the trash.
        ClockDoubtful: it is to expire, and the clock is not to be believed.
    """
    if isinstance(changes.expires_at, datetime):
        await check_not_behind(db)
    async with db.transaction():
        before = await _get_to_change(db, viewer, asset_id)
        folder_id = await _folder_for(db, viewer, changes)
        if not await change_asset(db, viewer, asset_id, changes, folder_id=folder_id):
            raise Conflict("It is in the trash; restore it first.")
        if not isinstance(changes.tags, Unset):
            await replace_tags(db, before.owner, asset_id, changes.tags)
        return await get_asset(db, viewer, asset_id)


async def _folder_for(db: Database, viewer: Viewer, changes: Changes) -> UUID | None:
    """The folder to put it in, which stays and stays open until the end of the transaction."""
    if isinstance(changes.folder, str):
        return await ensure_folder(db, viewer.user_id, changes.folder)
    if isinstance(changes.folder_id, UUID):
        if not await hold_to_add(db, viewer.user_id, changes.folder_id):
            await check_may_add(db, viewer, changes.folder_id)
        return changes.folder_id
    return None


async def _get_to_change(db: Database, viewer: Viewer, asset_id: UUID) -> Asset:
    asset = await get_asset(db, viewer, asset_id)
    if not asset.mine:
        raise Forbidden(_NOT_YOURS)
    return asset


async def trash(db: Database, viewer: Viewer, asset_id: UUID, *, trash_days: float) -> Asset:
    """The asset, in the trash from now on if it was not; a purge may take it after ``trash_days``.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer; only its owner may delete it.
        ClockDoubtful: the clock is not to be believed, and its time in the trash could not be told.
    """
    await check_not_behind(db)
    if not await trash_asset(db, viewer, asset_id, trash_days=trash_days):
        await _get_to_change(db, viewer, asset_id)
        raise NotFound
    return await get_asset(db, viewer, asset_id)


async def restore(db: Database, viewer: Viewer, asset_id: UUID) -> Asset:
    """The asset, out of the trash; one that had expired has no expiry any more.

    Raises:
        NotFound: there is none by this id, it is somebody else's and not shared, or it is being purged.
        Forbidden: it is shared with the viewer, and so not in the trash.
        Conflict: it is not in the trash.
    """
    if not await restore_asset(db, viewer, asset_id):
        await _get_to_change(db, viewer, asset_id)
        raise Conflict("It is not in the trash.")
    return await get_asset(db, viewer, asset_id)
