"""Albums, by hand and by rule, what is in them, and with whom they are shared."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from appliance.db import albums as rows
from appliance.db.changes import revision
from appliance.errors import Conflict, Forbidden, NotFound
from appliance.library import albums
from appliance.library.browse import library_page
from appliance.records.accounts import Scope
from appliance.records.albums import AlbumChanges
from appliance.records.organise import UNSET
from appliance.records.search import InAlbum
from web.auth.policy import Permission
from web.downloads import is_known
from web.operation import Answer, Call, Operation
from web.schemas.albums import Album, AlbumAssets, AlbumChanged, AlbumPatch, NewAlbum, PlacedAssets
from web.schemas.assets import Asset, AssetPage, PageQuery
from web.schemas.cursors import album_cursor, list_cursor, read_album_cursor, read_list_cursor
from web.schemas.folders import NewShare, Share


async def list_albums(call: Call[None, None]) -> Answer | Response:
    """The albums that one sees, one's own first, in the order of their names."""
    etag = f'"{await revision(call.appliance.db, call.viewer)}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_known(call.request.headers, etag):
        return Response(status_code=304, headers=headers)
    found = await rows.list_albums(call.appliance.db, call.viewer)
    return Answer([Album.of(album) for album in found], 200, headers)


async def get_album(call: Call[None, None]) -> Album:
    """One album."""
    return Album.of(await albums.get_album(call.appliance.db, call.viewer, call.uuid()))


async def create_album(call: Call[None, NewAlbum]) -> Album:
    """Make an album."""
    made = await albums.create_album(
        call.appliance.db,
        call.viewer,
        name=call.body.name,
        description=call.body.description,
        rule=None if call.body.rule is None else call.body.rule.wanted(),
    )
    call.note.object = str(made.id)
    return Album.of(made)


async def edit_album(call: Call[None, AlbumPatch]) -> Album:
    """Change what is said of an album, its cover or its rule."""
    body = call.body
    changes = AlbumChanges(
        # A name, a description or a rule of null says nothing; a cover of null is the first one.
        name=UNSET if body.name is None else body.name,
        description=UNSET if body.description is None else body.description,
        cover=body.cover if "cover" in body.model_fields_set else UNSET,
        rule=UNSET if body.rule is None else body.rule.wanted(),
    )
    return Album.of(await albums.edit_album(call.appliance.db, call.viewer, call.uuid(), changes))


async def delete_album(call: Call[None, None]) -> Response:
    """Delete an album, and no picture."""
    await albums.delete_album(call.appliance.db, call.viewer, call.uuid())
    return Response(status_code=204)


async def list_album_assets(call: Call[PageQuery, None]) -> AssetPage:
    """A page of what one sees of an album, in its order."""
    db, viewer, limit, after = call.appliance.db, call.viewer, call.query.limit, call.query.after
    album = await albums.get_open_album(db, viewer, call.uuid())
    if album.by_rule:
        met = await library_page(
            db, viewer, where=InAlbum(album.id), limit=limit, after=read_list_cursor(after)
        )
        return AssetPage(items=_bodies(met.assets), next=list_cursor(met.next))
    page = await albums.album_page(db, viewer, album.id, limit=limit, after=read_album_cursor(after))
    return AssetPage(items=_bodies(page.assets), next=album_cursor(page.next))


def _bodies(assets: Sequence[Any]) -> list[Asset]:
    return [Asset.of(asset) for asset in assets]


async def add_album_assets(call: Call[None, PlacedAssets]) -> AlbumChanged:
    """Put pictures into an album."""
    added = await albums.add_assets(
        call.appliance.db, call.viewer, call.uuid(), call.body.ids, before=call.body.before
    )
    return await _changed(call, added)


async def remove_album_assets(call: Call[None, AlbumAssets]) -> AlbumChanged:
    """Take pictures out of an album."""
    removed = await albums.remove_assets(call.appliance.db, call.viewer, call.uuid(), call.body.ids)
    return await _changed(call, removed)


async def order_album_assets(call: Call[None, PlacedAssets]) -> Response:
    """Put pictures of an album in another order."""
    await albums.order_assets(
        call.appliance.db, call.viewer, call.uuid(), call.body.ids, before=call.body.before
    )
    return Response(status_code=204)


async def _changed(call: Call[None, Any], count: int) -> AlbumChanged:
    album = await albums.get_album(call.appliance.db, call.viewer, call.uuid())
    return AlbumChanged(changed=count, album=Album.of(album))


async def list_album_shares(call: Call[None, None]) -> list[Share]:
    """With whom one shares an album."""
    found = await albums.list_shares(call.appliance.db, call.viewer, call.uuid())
    return [Share.of(share) for share in found]


async def share_album(call: Call[None, NewShare]) -> Answer:
    """Share an album, or change what somebody may do with it."""
    share, new = await albums.share_album(
        call.appliance.db, call.viewer, call.uuid(), subject=call.body.subject, may=call.body.may
    )
    call.note.object = f"{call.uuid()}/{share.id}"
    return Answer(Share.of(share), 201 if new else 200)


async def end_album_share(call: Call[None, None]) -> Response:
    """End a share of an album."""
    await albums.end_share(call.appliance.db, call.viewer, call.uuid(), call.uuid("share"))
    return Response(status_code=204)


_READ: dict[str, Any] = {"tag": "albums", "permission": Permission.SIGNED_IN, "scope": Scope.ASSET_READ}
_WRITE: dict[str, Any] = {"tag": "albums", "permission": Permission.CONTRIBUTE, "scope": Scope.ASSET_WRITE}

OPERATIONS = (
    Operation(
        **_READ,
        method="GET",
        path="/api/albums",
        handler=list_albums,
        summary="Your albums, and those that are shared with you",
        description="In the order of their names. Takes `If-None-Match`.",
        responses={200: list[Album], 304: None},
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/albums",
        handler=create_album,
        summary="Make an album",
        description=(
            "By hand, or of a saved search: with a `rule` it holds those of your own pictures that meet it, whenever"
            " somebody looks. A folder in a rule is kept by its id, so that it may be renamed."
        ),
        audit="album.create",
        body=NewAlbum,
        responses={201: Album},
        errors=(NotFound, Conflict),
    ),
    Operation(
        **_READ,
        method="GET",
        path="/api/albums/{id:uuid}",
        handler=get_album,
        summary="One album",
        responses={200: Album},
        errors=(NotFound,),
    ),
    Operation(
        **_WRITE,
        method="PATCH",
        path="/api/albums/{id:uuid}",
        handler=edit_album,
        summary="Change an album",
        audit="album.edit",
        body=AlbumPatch,
        responses={200: Album},
        errors=(NotFound, Conflict),
    ),
    Operation(
        **_WRITE,
        method="DELETE",
        path="/api/albums/{id:uuid}",
        handler=delete_album,
        summary="Delete an album, and no picture",
        audit="album.delete",
        responses={204: None},
        errors=(NotFound,),
    ),
    Operation(
        **_READ,
        method="GET",
        path="/api/albums/{id:uuid}/assets",
        handler=list_album_assets,
        summary="What is in an album, in its order",
        description="As far as you see it. By rule the latest upload comes first.",
        query=PageQuery,
        responses={200: AssetPage},
        errors=(NotFound,),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/albums/{id:uuid}/assets",
        handler=add_album_assets,
        summary="Put pictures into an album",
        description=(
            "Into one of yours whatever you see: others then see of it what is yours, or what they see anyway. Into"
            " one that you may add to, pictures of your own. All of them or, where one can't be, none."
        ),
        audit="album.add",
        body=PlacedAssets,
        responses={200: AlbumChanged},
        errors=(NotFound, Forbidden, Conflict),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/albums/{id:uuid}/assets/remove",
        handler=remove_album_assets,
        summary="Take pictures out of an album",
        description="Any out of one of yours; out of others' what you put there.",
        audit="album.remove",
        body=AlbumAssets,
        responses={200: AlbumChanged},
        errors=(NotFound, Forbidden, Conflict),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/albums/{id:uuid}/assets/order",
        handler=order_album_assets,
        summary="Move pictures within one of your albums",
        audit="album.order",
        body=PlacedAssets,
        responses={204: None},
        errors=(NotFound, Conflict),
    ),
    Operation(
        **_READ,
        method="GET",
        path="/api/albums/{id:uuid}/shares",
        handler=list_album_shares,
        summary="With whom you share an album",
        responses={200: list[Share]},
        errors=(NotFound, Forbidden),
    ),
    Operation(
        **_WRITE,
        method="POST",
        path="/api/albums/{id:uuid}/shares",
        handler=share_album,
        summary="Share an album with somebody, or with everybody",
        description=(
            "Once more with the same person changes what they may do; the answer is then 200. What guests put there"
            " leaves the album when they may not add any more."
        ),
        audit="album.share",
        body=NewShare,
        responses={201: Share, 200: Share},
        errors=(NotFound, Conflict),
    ),
    Operation(
        **_WRITE,
        method="DELETE",
        path="/api/albums/{id:uuid}/shares/{share:uuid}",
        handler=end_album_share,
        summary="Stop sharing an album",
        description="At once. What was put there by who may not add any more leaves the album.",
        audit="album.unshare",
        responses={204: None},
        errors=(NotFound,),
    ),
)
