"""Makes an asset of a staged file. Whatever happens, what was acknowledged is there once, and nothing else is.

0. What it does not say itself, the folder that it goes to does.
1. The owner has these bytes: the asset that is there lives on with the longer of the two lives. Should its own
   file be gone from the volume, it gets this one: who sends a file may delete theirs when told that it is here.
2. The file is decoded whole, in a confined process, to learn its facts; what can't be read is refused.
3. An upload row says what is about to happen; it is what counts against the owner's quota from here on.
4. The file gets its final name on the volume, durably.
5. One transaction makes the asset, its folder, tags and jobs, and takes the upload row away.
6. A worker is woken.

A crash before 3 leaves a part file, after 3 a row with which ``sweep`` does the rest. Two uploads of the same
bytes meet at the unique index in 5: the second one finds the first one's asset and removes its own file.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from appliance import clock
from appliance.db.asset_changes import find_by_hash, insert_asset, known_hashes, take_in_again
from appliance.db.assets import get_own_asset
from appliance.db.engine import Database
from appliance.db.folders import ensure_folder, hold_to_add
from appliance.db.jobs import add_for_sets, retry_asset
from appliance.db.tags import add_tags
from appliance.db.uploads import came_again, delete_upload
from appliance.errors import (
    Conflict,
    DatabaseUnavailable,
    NotFound,
    RejectedFile,
    SceneSenseError,
    Unauthenticated,
    Unavailable,
    UsageError,
    VolumeUnavailable,
)
from appliance.jobs import Actor, Queue
from appliance.library.clock_check import check_not_behind
from appliance.library.folder_defaults import with_defaults
from appliance.library.quotas import reserve, tell_room
from appliance.media.decoder import Decoder
from appliance.media.names import safe_filename
from appliance.media.store import Store
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset, Facts, Original, Staged
from appliance.records.uploads import (
    IngestRequest,
    IngestResult,
    IngestStatus,
    Known,
    KnownState,
    Upload,
)

__all__ = [
    "FOR_GOOD",
    "IngestRequest",
    "IngestResult",
    "IngestStatus",
    "check_known",
    "drop_if_sent_again",
    "finish_upload",
    "ingest",
]

log = logging.getLogger(__name__)

#: Errors after which sending the same bytes on would be for nothing.
FOR_GOOD = (RejectedFile, Unauthenticated, UsageError)

#: How often the same bytes may appear and vanish under an upload before it gives up.
_TRIES = 3


async def ingest(
    staged: Staged,
    request: IngestRequest,
    *,
    db: Database,
    store: Store,
    decoder: Decoder,
    queue: Queue,
    keep: bool = False,
) -> IngestResult:
    """The asset that now stands for these bytes. On an error the staged file is gone.

    With ``keep`` it is gone, and what was written down with it, only where the bytes were refused for good. After any
    other error this may be done again; where the upload is written down by then, by :func:`finish_upload`.

    Raises:
        RejectedFile: the bytes can't become an asset; the class says why.
        QuotaExceeded: the owner has no room for them.
        Unauthenticated: the owner was deleted meanwhile.
        ClockDoubtful: they are to expire, and the clock is not to be believed.
        Unavailable: the database, the volume or the decoder is away. If the database went away in the last step
            the upload may still be finished by ``sweep``; sending the file again does no harm.
    """
    request = replace(request, filename=safe_filename(request.filename))
    try:
        request = await with_defaults(db, request)
        if request.expires_at is not None:
            await check_not_behind(db)
        known = await _join_known(db, request, staged.sha256)
        if known is not None:
            await _make_good(known.asset, staged, request.filename, db=db, store=store, queue=queue)
            await store.discard(staged)
            return known
        upload = Upload(
            id=staged.id,
            request=request,
            sha256=staged.sha256,
            bytes=staged.bytes,
            facts=await _probe(staged, store, decoder),
            created_at=clock.now(),
        )
        await reserve(db, upload)
    except BaseException as error:
        if not keep or isinstance(error, FOR_GOOD):
            await _discard(staged, store)
        raise
    return await _finish_or_undo(upload, staged, db=db, store=store, queue=queue, keep=keep)


async def _finish_or_undo(
    upload: Upload, staged: Staged, *, db: Database, store: Store, queue: Queue, keep: bool
) -> IngestResult:
    try:
        return await finish_upload(upload, db=db, store=store, queue=queue)
    except DatabaseUnavailable:
        # Whether the last step was done can't be told from here: the row is there for ``sweep``, or the asset is.
        # The same holds for a cancellation, and for errors that nobody foresaw.
        raise
    except SceneSenseError:
        if not keep:
            await _undo(upload, staged, db=db, store=store)
        raise


async def finish_upload(upload: Upload, *, db: Database, store: Store, queue: Queue) -> IngestResult:
    """The asset that now stands for an accepted upload; may be done again after a crash at any point.

    Raises:
        NotFound: its bytes are not on the volume, neither staged nor in their place.
        Unavailable: the database or the volume is away.
    """
    staged = store.staged(upload.id, sha256=upload.sha256, size=upload.bytes)
    await store.commit(staged, upload.request.filename)
    for _ in range(_TRIES):
        if await _insert(db, upload):
            await queue.try_wake(Actor.EMBED)
            return await _result(db, upload.request.owner, upload.id, IngestStatus.STORED)
        known = await _join_known(db, upload.request, upload.sha256)
        if known is not None:
            if known.asset.id == upload.id:
                await delete_upload(db, upload)
                return replace(known, status=IngestStatus.STORED)
            await _make_good(known.asset, staged, upload.request.filename, db=db, store=store, queue=queue)
            await _give_up(upload, staged, db=db, store=store)
            return known
    raise Conflict("The same file is being deleted at this moment; send it again.")


async def drop_if_sent_again(upload: Upload, *, db: Database, store: Store, queue: Queue) -> bool:
    """Whether an upload that was cut off is dropped, as its bytes came through in a later one.

    Nobody was told that it succeeded, and what was done with the later one since, deleting it above all, stays.

    Raises:
        Unavailable: the database or the volume is away.
    """
    if not await came_again(db, upload):
        return False
    staged = store.staged(upload.id, sha256=upload.sha256, size=upload.bytes)
    asset_id = await find_by_hash(db, upload.request.owner, upload.sha256)
    if asset_id is not None:
        asset = await get_own_asset(db, upload.request.owner, asset_id)
        with suppress(NotFound):
            await _make_good(asset, staged, upload.request.filename, db=db, store=store, queue=queue)
    await _give_up(upload, staged, db=db, store=store)
    return True


async def check_known(
    db: Database, viewer: Viewer, files: Sequence[tuple[bytes, int]], *, store: Store
) -> tuple[Known, ...]:
    """For each SHA-256 sum and size, in order, whether the viewer has such a file, so that it need not be sent.

    One whose original is gone from the volume counts as new: it is welcome again. Of new ones, those that a quota has
    no room for after the ones before them are said to be so.
    """
    known = await known_hashes(db, viewer.user_id, [sha256 for sha256, _ in files])
    return await tell_room(db, viewer, await _without_lost(known, store), [size for _, size in files])


async def _without_lost(known: tuple[Known, ...], store: Store) -> tuple[Known, ...]:
    originals = [each.original for each in known if each.original is not None]
    try:
        present = await asyncio.to_thread(store.present, originals)
    except VolumeUnavailable:
        return known  # nothing could be sent now anyway
    return tuple(
        each
        if each.id is None or each.id in present
        else Known(sha256=each.sha256, state=KnownState.NEW, id=None)
        for each in known
    )


async def _join_known(db: Database, request: IngestRequest, sha256: bytes) -> IngestResult | None:
    asset_id = await find_by_hash(db, request.owner, sha256)
    if asset_id is None:
        return None
    was_trashed = await take_in_again(db, asset_id, expires_at=request.expires_at)
    if was_trashed is None:
        return None
    status = IngestStatus.RESTORED if was_trashed else IngestStatus.DUPLICATE
    return await _result(db, request.owner, asset_id, status)


async def _result(db: Database, owner: UUID, asset_id: UUID, status: IngestStatus) -> IngestResult:
    return IngestResult(status=status, asset=await get_own_asset(db, owner, asset_id))


async def _probe(staged: Staged, store: Store, decoder: Decoder) -> Facts:
    fd = await asyncio.to_thread(store.open_part, staged)
    try:
        return await decoder.probe(fd)
    finally:
        os.close(fd)


class _Taken(Exception):  # not an error: it undoes a transaction that found the bytes there already
    pass


async def _insert(db: Database, upload: Upload) -> bool:
    """Whether the upload is an asset now; otherwise its owner has these bytes, and nothing was changed."""
    request = upload.request
    try:
        async with db.transaction():
            folder_id = await _folder_for(db, request)
            if not await insert_asset(db, upload, folder_id=folder_id):
                raise _Taken
            await add_tags(db, request.owner, upload.id, request.tags)
            await add_for_sets(db, upload.id)
            # Without the row somebody else finished this upload, and what became of it may be purged by now.
            if not await delete_upload(db, upload):
                raise _Taken
    except _Taken:
        return False
    return True


async def _folder_for(db: Database, request: IngestRequest) -> UUID | None:
    if request.folder_id is not None and await hold_to_add(db, request.owner, request.folder_id):
        return request.folder_id
    # A folder that closed to them since they were let upload into it costs nobody a picture: it is in none then.
    return await ensure_folder(db, request.owner, request.folder) if request.folder else None


async def _make_good(
    asset: Asset, staged: Staged, filename: str, *, db: Database, store: Store, queue: Queue
) -> None:
    original = Original(asset.id, asset.filename, asset.bytes)
    if await store.make_good(staged, filename, original=original):
        log.warning("the original of %s was gone from the volume and came again", asset.id)
        if await retry_asset(db, asset.id):
            await queue.try_wake(Actor.EMBED)


async def _give_up(upload: Upload, staged: Staged, *, db: Database, store: Store) -> None:
    """Remove the files of an upload and its row, unless it became an asset."""
    async with db.transaction():
        # The row first: it is held until the files are gone, so that nobody makes an asset of them meanwhile. A
        # crash in between brings it back without files, and it is dropped.
        if await delete_upload(db, upload):
            await store.discard(staged)
            await store.delete(upload.id)


async def _undo(upload: Upload, staged: Staged, *, db: Database, store: Store) -> None:
    try:
        await _give_up(upload, staged, db=db, store=store)
    except Unavailable as error:
        log.warning("the upload %s is left for the sweep: %s", upload.id, error.message)


async def _discard(staged: Staged, store: Store) -> None:
    try:
        await store.discard(staged)
    except SceneSenseError as error:
        log.warning("the part file %s is left for the sweep: %s", staged.id, error.message)
