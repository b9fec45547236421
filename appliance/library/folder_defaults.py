"""Gives an upload what the folder that it goes to says, where it doesn't say it itself."""

from dataclasses import replace
from datetime import timedelta

from appliance.db.engine import Database
from appliance.db.folder_defaults import defaults_at, defaults_of
from appliance.db.folders import find_place, may_add
from appliance.library.ttl import expiry_after
from appliance.records.sharing import Defaults
from appliance.records.uploads import IngestRequest


async def with_defaults(db: Database, request: IngestRequest) -> IngestRequest:
    """The request, complete: a time to live and tags as the nearest folder on the way up says them.

    Also where the folder is somebody else's: their time to live, and their words as the uploader's own.
    """
    if (request.expires_at is not None or request.forever) and request.tags:
        return request
    said = await _said(db, request)
    expires_at = request.expires_at
    if expires_at is None and not request.forever and said.ttl_seconds is not None:
        expires_at = expiry_after(timedelta(seconds=said.ttl_seconds))
    return replace(request, expires_at=expires_at, tags=request.tags or said.tags)


async def _said(db: Database, request: IngestRequest) -> Defaults:
    if request.folder_id is not None and await may_add(db, request.owner, request.folder_id):
        place = await find_place(db, request.folder_id)
        return await defaults_of(db, place.owner, place.id) if place else Defaults()
    return await defaults_at(db, request.owner, request.folder) if request.folder else Defaults()
