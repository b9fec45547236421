"""Answers that clients keep and ask about again: whether they are still true, and in how few bytes they come."""

import asyncio
import gzip
import hashlib
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response

from appliance.records.accounts import Viewer
from appliance.records.search import Filter
from web.downloads import is_known


def etag_of(what: str, viewer: Viewer, where: Filter, revision: str) -> str:
    """A validator for ``what`` as this person sees it now; another person's is another one."""
    said = repr((what, viewer.user_id, viewer.sight.value, where, revision))
    return f'"{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"'


def kept_headers(etag: str) -> Mapping[str, str]:
    """What such an answer says of itself; weak, as the same content may come in another encoding."""
    return {"ETag": f"W/{etag}", "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}


def not_modified(asked: Headers, etag: str) -> Response | None:
    """The answer to somebody who has this version already, or None."""
    return Response(status_code=304, headers=kept_headers(etag)) if is_known(asked, etag) else None


async def packed_answer(asked: Headers, packed: bytes, *, etag: str, media_type: str) -> Response:
    """What is kept compressed, unpacked for whoever does not take it so."""
    headers = dict(kept_headers(etag))
    if takes_gzip(asked):
        headers["Content-Encoding"] = "gzip"
        return Response(packed, media_type=media_type, headers=headers)
    return Response(await asyncio.to_thread(gzip.decompress, packed), media_type=media_type, headers=headers)


def takes_gzip(asked: Headers) -> bool:
    """Whether a client says that it can unpack gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, bool] = {}
    for part in ",".join(asked.getlist("accept-encoding")).lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "").rstrip("0.") != "q="
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))
