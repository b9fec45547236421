"""The library's assets: lists, one of them, its original, and what is done with it."""

from starlette.responses import Response

from appliance.db.assets import get_asset as find
from appliance.errors import Conflict, NotFound, OriginalUnreadable, VolumeUnavailable
from appliance.library import organise
from appliance.library.browse import library_page, open_original
from appliance.library.shown import pack_shown
from appliance.library.wishes import read_changes
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.downloads import FileAnswer, content_disposition
from web.operation import Call, Media, Operation
from web.schemas.assets import Asset, AssetPage, AssetPatch, FilterQuery, OriginalQuery
from web.schemas.cursors import list_cursor, read_list_cursor


async def list_assets(call: Call[FilterQuery, None]) -> AssetPage:
    """A page of the library, the latest upload first."""
    ticket = call.context.access.ticket()
    page = await library_page(
        call.appliance.db,
        call.viewer,
        where=call.query.wanted(),
        limit=call.query.limit,
        after=read_list_cursor(call.query.after),
    )
    call.context.renditions.show(ticket, call.viewer, pack_shown(call.viewer, page.assets))
    return AssetPage(items=[Asset.of(asset) for asset in page.assets], next=list_cursor(page.next))


async def get_asset(call: Call[None, None]) -> Asset:
    """One asset."""
    return Asset.of(await find(call.appliance.db, call.viewer, call.uuid()))


async def edit_asset(call: Call[None, AssetPatch]) -> Asset:
    """Change one asset."""
    changes = read_changes({name: getattr(call.body, name) for name in call.body.model_fields_set})
    return Asset.of(await organise.edit_asset(call.appliance.db, call.viewer, call.uuid(), changes))


async def trash_asset(call: Call[None, None]) -> Asset:
    """Put one asset in the trash."""
    trash_days = call.context.settings.trash_days
    return Asset.of(await organise.trash(call.appliance.db, call.viewer, call.uuid(), trash_days=trash_days))


async def restore_asset(call: Call[None, None]) -> Asset:
    """Take one asset out of the trash."""
    return Asset.of(await organise.restore(call.appliance.db, call.viewer, call.uuid()))


async def get_original(call: Call[OriginalQuery, None]) -> Response:
    """The untouched file."""
    asset, fd = await open_original(call.appliance.db, call.viewer, call.uuid(), store=call.appliance.store)
    return FileAnswer(
        fd,
        etag=f'"{asset.sha256.hex()}"',
        media_type=asset.facts.mime,
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": content_disposition(asset.filename, download=call.query.download),
        },
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/assets",
        handler=list_assets,
        summary="The library, the latest upload first",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=FilterQuery,
        responses={200: AssetPage},
    ),
    Operation(
        method="GET",
        path="/api/assets/{id:uuid}",
        handler=get_asset,
        summary="One asset",
        tag="assets",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        responses={200: Asset},
    ),
    Operation(
        method="PATCH",
        path="/api/assets/{id:uuid}",
        handler=edit_asset,
        summary="Change an asset",
        tag="assets",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.edit",
        body=AssetPatch,
        responses={200: Asset},
        errors=(Conflict,),
    ),
    Operation(
        method="DELETE",
        path="/api/assets/{id:uuid}",
        handler=trash_asset,
        summary="Put an asset in the trash",
        tag="assets",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.trash",
        responses={200: Asset},
        errors=(Conflict,),
    ),
    Operation(
        method="POST",
        path="/api/assets/{id:uuid}/restore",
        handler=restore_asset,
        summary="Take an asset out of the trash",
        tag="assets",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.restore",
        responses={200: Asset},
        errors=(Conflict,),
    ),
    Operation(
        method="GET",
        path="/api/assets/{id:uuid}/original",
        handler=get_original,
        summary="The untouched file",
        tag="assets",
        description="Takes `Range` and `If-None-Match`.",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        query=OriginalQuery,
        responses={200: Media(("*/*",)), 206: Media(("*/*",), "The range."), 304: None, 416: None},
        errors=(NotFound, VolumeUnavailable, OriginalUnreadable),
    ),
)
