"""Renditions, at addresses whose content never changes."""

import math

from starlette.responses import Response

from appliance.errors import DecoderUnavailable, NotFound, OriginalUnreadable, RejectedFile, VolumeUnavailable
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.downloads import asked_piece, content_disposition, is_known
from web.operation import Call, Media, Operation
from web.schemas.media import FitQuery


async def get_rendition(call: Call[None, None]) -> Response:
    """A smaller picture, upright and in sRGB."""
    appliance = call.appliance
    asset_id, version, size = call.uuid(), call.number("version"), call.number("size")
    data, mime = await call.context.renditions.get(
        call.viewer,
        asset_id,
        version=version,
        size=size,
        db=appliance.db,
        store=appliance.store,
        cache=appliance.cache,
        decoder=appliance.decoder,
    )
    etag = f'"{asset_id}-{version}-{size}"'
    headers = {"Cache-Control": "private, max-age=31536000, immutable", "ETag": etag}
    if is_known(call.request.headers, etag):
        return Response(status_code=304, headers=headers)
    name = f"{asset_id}-{size}.{mime.removeprefix('image/')}"
    headers["Content-Disposition"] = content_disposition(name, download=False)
    piece = asked_piece(call.request.headers, len(data), etag=etag)
    return Response(
        data[piece.start : piece.end],
        status_code=piece.status,
        media_type=mime,
        headers={**headers, **piece.headers, "Accept-Ranges": "bytes"},
    )


async def find_rendition(call: Call[FitQuery, None]) -> Response:
    """The address of a picture that is large enough."""
    asset_id, wanted = call.uuid(), call.query
    version, size = await call.context.renditions.fitting(
        call.viewer,
        asset_id,
        width=math.ceil((wanted.w or 0) * wanted.dpr),
        height=math.ceil((wanted.h or 0) * wanted.dpr),
        db=call.appliance.db,
    )
    # Relative, so that it is right below any path; it is only an address, which asks once more who wants it.
    headers = {
        "Location": f"../../../media/{asset_id}/{version}/{size}",
        "Cache-Control": "private, max-age=60",
    }
    return Response(status_code=307, headers=headers)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/assets/{id:uuid}/media",
        handler=find_rendition,
        summary="The smallest picture that is large enough",
        tag="assets",
        description=(
            "Redirects to the rendition with the fewest pixels that is at least `w` by `h` pixels of CSS at the"
            " density `dpr`, or to the largest. A picture is never enlarged."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        remembers=True,
        query=FitQuery,
        responses={307: None},
        errors=(NotFound,),
    ),
    Operation(
        method="GET",
        path="/media/{id:uuid}/{version:int}/{size:int}",
        handler=get_rendition,
        summary="A smaller picture",
        tag="assets",
        description="Sizes 240 and 480 are heights, WebP; 1440 is the long edge, JPEG.",
        permission=Permission.SIGNED_IN,
        scope=Scope.ASSET_READ,
        remembers=True,
        responses={
            200: Media(("image/webp", "image/jpeg")),
            206: Media(("image/webp", "image/jpeg"), "The range."),
            304: None,
            416: None,
        },
        errors=(NotFound, RejectedFile, VolumeUnavailable, OriginalUnreadable, DecoderUnavailable),
    ),
)
