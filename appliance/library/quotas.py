"""How many bytes of originals a person may have: the trash counts, and so do uploads under way.

It is certain where an upload is written down (:func:`reserve`), one at a time for each person; what asks before that
only spares bytes a way that would be for nothing. The same bytes again cost nothing. Accounts without a quota cost no
query.
"""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import replace

from appliance.db import quotas
from appliance.db.engine import Database
from appliance.db.uploads import insert_upload
from appliance.errors import QuotaExceeded, Unauthenticated
from appliance.records.accounts import Viewer
from appliance.records.uploads import Known, KnownState, Upload


async def reserve(db: Database, upload: Upload) -> None:
    """Write the upload down, so that nothing but a crash of the disk keeps it from becoming an asset.

    Raises:
        QuotaExceeded: its owner has no room for it.
        Unauthenticated: its owner has been deleted.
    """
    if await insert_upload(db, upload):
        return
    owner = upload.request.owner
    async with db.transaction():
        await quotas.lock(db, owner)
        if not await quotas.has_room(db, owner, sha256=upload.sha256, size=upload.bytes, besides=upload.id):
            raise QuotaExceeded
        if not await insert_upload(db, upload, whatever_quota=True):
            raise Unauthenticated("This account has been deleted.")


async def largest_welcome(db: Database, viewer: Viewer) -> int | None:
    """How large a file may be that is not known yet, bytes; None: whatever size.

    One that is larger than the room that is left may still be one of their own again, but none larger than all these.
    """
    if viewer.quota_bytes is None:
        return None
    return await quotas.largest_welcome(db, viewer.user_id)


async def counted(chunks: AsyncIterable[bytes], *, most: int | None) -> AsyncIterator[bytes]:
    """The same chunks, as long as they are not more than ``most`` bytes.

    Raises:
        QuotaExceeded: they are.
    """
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if most is not None and total > most:
            raise QuotaExceeded
        yield chunk


async def tell_room(
    db: Database, viewer: Viewer, known: tuple[Known, ...], sizes: Sequence[int]
) -> tuple[Known, ...]:
    """The same answers, but new files that there is no room for after the ones before them are said to be so."""
    if viewer.quota_bytes is None:
        return known
    room = await quotas.room(db, viewer.user_id)
    told: dict[bytes, Known] = {}
    for each, size in zip(known, sizes, strict=True):
        if each.state is not KnownState.NEW or each.sha256 in told or room is None:
            continue
        if size > room:
            told[each.sha256] = replace(each, state=KnownState.NO_ROOM)
        else:
            told[each.sha256] = each
            room -= size
    return tuple(told.get(each.sha256, each) for each in known)
