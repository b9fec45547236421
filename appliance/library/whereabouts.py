"""Tell where an asset is to be found besides in the library."""

from uuid import UUID

from appliance.db.assets import get_asset
from appliance.db.engine import Database
from appliance.db.groups import groups_of
from appliance.db.whereabouts import list_albums_of, list_seen_by
from appliance.records.accounts import Viewer
from appliance.records.whereabouts import Whereabouts


async def find_whereabouts(db: Database, viewer: Viewer, asset_id: UUID) -> Whereabouts:
    """The albums it is in as this person sees them, who sees it if it is theirs, and its group of alike ones.

    Raises:
        NotFound: there is none by this id that they may see.
    """
    asset = await get_asset(db, viewer, asset_id)
    return Whereabouts(
        albums=await list_albums_of(db, viewer, asset_id),
        seen_by=await list_seen_by(db, viewer, asset_id) if asset.mine else None,
        group=(await groups_of(db, viewer, [asset_id])).get(asset_id),
    )
