"""Takes in uploads whose last piece has come, and clears away those whose last piece never comes.

1. The SHA-256 sum of all bytes must be the announced one. It is written down with the word that they are all there.
2. They are taken in as those of any upload are (``appliance.library.ingest``); what was refused is written down.
3. What became of it is written down, and kept for as long as an upload may wait.

A crash in between is made good by doing it again: by whoever asks for the upload next, and by the web process in any
case, as only it reads pictures.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from uuid import UUID

from appliance import clock
from appliance.db import audit, transfers
from appliance.db.asset_changes import find_by_hash
from appliance.db.assets import get_own_asset
from appliance.db.uploads import find_upload
from appliance.errors import (
    HashMismatch,
    NotFound,
    RejectedFile,
    SceneSenseError,
    UploadLocked,
)
from appliance.library.appliance import Appliance
from appliance.library.ingest import (
    FOR_GOOD,
    IngestRequest,
    IngestResult,
    IngestStatus,
    finish_upload,
    ingest,
)
from appliance.library.refused import write_down
from appliance.library.upload_gate import UploadGate
from appliance.library.wishes import read_upload
from appliance.media.growing import Growing
from appliance.media.threads import to_the_end
from appliance.records.transfers import Transfer, TransferWish

log = logging.getLogger(__name__)

#: How often the web process looks for uploads that were not finished, seconds.
LOOK_EVERY_SECONDS = 60.0


def expiry(appliance: Appliance) -> timedelta:
    """How long an upload lives after its last piece, and its result after that."""
    return timedelta(hours=appliance.settings.upload_expiry_hours)


def request_of(owner: UUID, wish: TransferWish) -> IngestRequest:
    """How the file is to be taken in.

    Raises:
        UsageError: the folder, a tag or the time to live can't be used.
    """
    return read_upload(
        owner, wish.filename, folder=wish.folder, folder_id=wish.folder_id, tags=wish.tags, ttl=wish.ttl
    )


async def finish(
    appliance: Appliance, gate: UploadGate, transfer: Transfer, part: Growing | None
) -> Transfer:
    """The upload with what became of it; ``part`` is held, None where it is not in the incoming folder any more.

    Raises:
        RejectedFile, UsageError, Unauthenticated, NotFound: it was refused; that is written down, and it is gone.
        Conflict, Unavailable: it can't be taken in now; all of it is kept.
    """
    try:
        if transfer.status == "receiving" and part is not None:
            sha256 = await to_the_end(part.digest)
            if transfer.sha256 not in {None, sha256}:
                raise HashMismatch
            await transfers.mark_finishing(appliance.db, transfer.id, sha256=sha256)
        else:
            sha256 = transfer.sha256 or b""
        result = await _take_in(appliance, transfer, part, sha256)
    except (*FOR_GOOD, NotFound) as error:
        await _refuse(appliance, transfer, error)
        if part is not None:
            await to_the_end(part.remove)
        gate.forget(transfer.id)
        raise
    now = clock.now()
    await transfers.finish(
        appliance.db, transfer.id, result.status.value,
        at=now, keep_until=now + expiry(appliance), asset=result.asset.id,
    )  # fmt: skip
    gate.forget(transfer.id)
    found = await transfers.find(appliance.db, transfer.id)
    if found is None:
        raise NotFound("This upload was cancelled.")
    return found


async def _take_in(
    appliance: Appliance, transfer: Transfer, part: Growing | None, sha256: bytes
) -> IngestResult:
    db, store, queue = appliance.db, appliance.store, appliance.queue
    written_down = await find_upload(db, transfer.id)
    if written_down is not None:
        return await finish_upload(written_down, db=db, store=store, queue=queue)
    if part is not None:
        return await ingest(
            store.staged(transfer.id, sha256=sha256, size=transfer.bytes),
            request_of(transfer.owner, transfer.wish),
            db=db,
            store=store,
            decoder=appliance.decoder,
            queue=queue,
            keep=True,
        )
    # It was taken in before, and only this was not written down any more.
    found = await find_by_hash(db, transfer.owner, sha256)
    if found is None:
        raise NotFound("What had come of this upload is gone.")
    status = IngestStatus.STORED if found == transfer.id else IngestStatus.DUPLICATE
    return IngestResult(status=status, asset=await get_own_asset(db, transfer.owner, found))


async def _refuse(appliance: Appliance, transfer: Transfer, error: SceneSenseError) -> None:
    db, now = appliance.db, clock.now()
    async with db.transaction():
        await transfers.finish(
            db, transfer.id, "rejected", at=now, keep_until=now + expiry(appliance),
            error_code=error.code, error_text=error.message,
        )  # fmt: skip
        if isinstance(error, RejectedFile):
            await write_down(db, transfer.owner, transfer.wish.filename, transfer.bytes, error)


async def keep_finishing(appliance: Appliance, gate: UploadGate) -> None:
    """Finish what was left, now and from time to time; never returns."""
    while True:
        try:
            await finish_left(appliance, gate)
        except SceneSenseError as error:
            log.warning("whether uploads were left can't be told now: %s", error.message)
        except Exception:  # one bad look must not end the ones after it
            log.exception("finishing what was left failed; it is tried again in %.0f s", LOOK_EVERY_SECONDS)
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def finish_left(appliance: Appliance, gate: UploadGate) -> int:
    """How many uploads whose bytes are all there, but which nobody was about to finish, have an outcome now."""
    unfinished = await transfers.list_unfinished(appliance.db)
    if not unfinished:
        return 0
    _, sizes = await asyncio.to_thread(appliance.store.part_sizes)
    finished = 0
    for transfer in unfinished:
        whole = sizes.get(transfer.id) == transfer.bytes and transfer.unverified_from is None
        if transfer.status == "finishing" or whole:
            finished += await _finish_one(appliance, gate, transfer.id)
    return finished


async def _finish_one(appliance: Appliance, gate: UploadGate, transfer_id: UUID) -> bool:
    try:
        async with gate.hold(appliance.store, transfer_id) as part:
            return await _finish_left(appliance, gate, transfer_id, part)
    except NotFound:
        return await _finish_left(appliance, gate, transfer_id, None)
    except UploadLocked:
        return False
    except SceneSenseError as error:
        log.warning("the upload %s that was left has to wait: %s", transfer_id, error.message)
        return False


async def _finish_left(
    appliance: Appliance, gate: UploadGate, transfer_id: UUID, part: Growing | None
) -> bool:
    transfer = await transfers.find(appliance.db, transfer_id)
    if transfer is None or transfer.finished:
        return False
    whole = part is not None and part.size == transfer.bytes and transfer.unverified_from is None
    if transfer.status == "receiving" and not whole:
        return False
    try:
        done = await finish(appliance, gate, transfer, part)
    except (*FOR_GOOD, NotFound) as error:
        log.info("the upload %s that was left was refused: %s", transfer_id, error.message)
        return True
    await audit.record(
        appliance.db, action="asset.upload", actor=done.owner, object=str(done.asset), reason="finished later"
    )
    return True


async def drop_expired(appliance: Appliance, *, now: datetime, dry_run: bool) -> int:
    """How many uploads that had expired are gone, or with ``dry_run`` would be; results go when they are old."""
    due = [
        transfer
        for transfer in await transfers.list_unfinished(appliance.db)
        if transfer.expires_at <= now and transfer.status == "receiving"
    ]
    if dry_run:
        return len(due)
    await transfers.forget_finished(appliance.db, before=now)
    gate, dropped = UploadGate(1), 0
    for transfer in due:
        try:
            async with gate.hold(appliance.store, transfer.id) as part:
                # A piece that comes at this moment has it locked; one that came just before it extended its life.
                if await transfers.remove(appliance.db, transfer.id, expired_at=now):
                    await to_the_end(part.remove)
                    dropped += 1
        except UploadLocked:
            continue
        except NotFound:
            dropped += await transfers.remove(appliance.db, transfer.id, expired_at=now)
    return dropped
