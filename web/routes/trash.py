"""What was deleted or has expired and can still be restored."""

from appliance.db import asset_changes
from appliance.library.browse import trash_page
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.assets import Asset, AssetPage, PageQuery
from web.schemas.cursors import list_cursor, read_list_cursor
from web.schemas.leaving import Emptied, EmptyTrash


async def list_trash(call: Call[PageQuery, None]) -> AssetPage:
    """A page of the trash, the last trashed first."""
    page = await trash_page(
        call.appliance.db, call.viewer, limit=call.query.limit, after=read_list_cursor(call.query.after)
    )
    return AssetPage(items=[Asset.of(asset) for asset in page.assets], next=list_cursor(page.next))


async def empty_trash(call: Call[None, EmptyTrash]) -> Emptied:
    """Let what is in the trash go at the next purge."""
    emptied = await asset_changes.empty_trash(call.appliance.db, call.viewer, call.body.ids)
    call.note.object = f"{emptied} assets"
    return Emptied(emptied=emptied)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/trash",
        handler=list_trash,
        summary="The trash, the last trashed first",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=PageQuery,
        responses={200: AssetPage},
    ),
    Operation(
        method="POST",
        path="/api/trash/empty",
        handler=empty_trash,
        summary="Empty the trash",
        tag="assets",
        description="It goes for good at the next purge, some minutes later, and can be restored until then.",
        permission=Permission.CONTRIBUTE,
        keys=False,
        audit="asset.empty",
        body=EmptyTrash,
        responses={200: Emptied},
    ),
)
