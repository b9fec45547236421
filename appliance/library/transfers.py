"""Uploads that come in pieces: begun, continued where they stopped, looked at, cancelled.

1. When one begins, its room is reserved before any byte comes (``appliance.library.room``). Its row is written, then
   its empty part file is made.
2. A piece is appended under a lock on the part file, and is on the disk before it is acknowledged. How long the file
   is, is how much has come, so a crash loses nothing acknowledged and needs nothing to be mended. Of a piece with a
   checksum nothing counts before all of it was compared: the row says from where on.
3. With the last byte it is taken in as any upload is (``appliance.library.arrivals``).
"""

import asyncio
from collections.abc import AsyncIterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

from appliance import clock
from appliance.db import transfers
from appliance.errors import (
    EmptyFile,
    FileTooLarge,
    NotFound,
    OffsetMismatch,
    TooManyUploads,
    Unauthenticated,
    UploadGone,
    UploadLocked,
    VolumeUnavailable,
)
from appliance.library.appliance import Appliance
from appliance.library.arrivals import finish, request_of
from appliance.library.folders import check_may_add
from appliance.library.pieces import take_piece, untouched_expiry
from appliance.library.refused import write_down
from appliance.library.room import HELD, reserving
from appliance.library.upload_gate import UploadGate
from appliance.media.growing import Growing
from appliance.media.threads import to_the_end
from appliance.records.accounts import Viewer
from appliance.records.transfers import Checksum, Transfer, TransferWish, Uploading

#: A request that brought nothing for so long gives way to the next one, seconds.
SILENT_SECONDS = 3.0

#: How long a request that is ended may take to let go, seconds.
_LETTING_GO_SECONDS = 5.0

#: How long a question waits for a request that may just be ending, as its connection was lost, seconds.
_ENDING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is; ``transfer`` says what became of it, where it has ended."""

    transfer: Transfer
    offset: int
    #: Whether it came to its end with this very request.
    ended: bool = False


async def begin(
    appliance: Appliance, viewer: Viewer, wish: TransferWish, *, size: int, sha256: bytes | None
) -> Transfer:
    """A new upload of ``size`` bytes, its room reserved.

    Raises:
        FileTooLarge, EmptyFile: no file of this size is taken.
        UsageError: something that the wish says can't be used.
        NotFound, Forbidden: the folder is not one that the viewer may add to.
        TooManyUploads: the viewer has enough unfinished ones.
        QuotaExceeded, DiskFull: there is no room for it beside what is there and under way.
        VolumeUnavailable: the volume is not there or not ours.
    """
    if size == 0:
        await write_down(appliance.db, viewer.user_id, wish.filename, 0, EmptyFile())
        raise EmptyFile
    if size > appliance.settings.max_upload_bytes:
        raise FileTooLarge
    request = request_of(viewer.user_id, wish)
    if request.folder_id is not None:
        await check_may_add(appliance.db, viewer, request.folder_id)
    now = clock.now()
    transfer = Transfer(
        id=uuid4(),
        owner=viewer.user_id,
        bytes=size,
        sha256=sha256,
        wish=wish,
        created_at=now,
        expires_at=now + untouched_expiry(appliance),
        reserved_until=now + HELD,
    )
    await _reserve(appliance, transfer)
    return transfer


async def look(appliance: Appliance, gate: UploadGate, viewer: Viewer, transfer_id: UUID) -> Progress:
    """How far an upload is, and where all bytes are there, what became of it.

    Raises:
        NotFound: there is none by this id, or it is somebody else's.
        UploadGone: it has expired, or was refused.
        UploadLocked: all bytes are there, and it is being taken in at this moment.
        RejectedFile: it was refused now.
        Unavailable: it can't be taken in now.
    """
    transfer = await _living(appliance, viewer, transfer_id)
    await gate.settle(transfer_id, seconds=_ENDING_SECONDS)
    offset = await _offset(appliance, transfer)
    if transfer.finished or (transfer.status == "receiving" and offset < transfer.bytes):
        return Progress(transfer, offset)
    async with AsyncExitStack() as stack:
        part = await _held_if_there(appliance, gate, transfer_id, stack)
        transfer = await _living(appliance, viewer, transfer_id)
        if not transfer.finished:
            transfer = await finish(appliance, gate, transfer, part)
    return Progress(transfer, transfer.bytes)


async def find_progress(appliance: Appliance, viewer: Viewer, transfer_id: UUID) -> Progress:
    """How far an upload is, or what became of it; asking changes nothing, and also refused ones are told of.

    Raises:
        NotFound: there is none by this id, or it is somebody else's.
        VolumeUnavailable: the volume is not there or not ours.
    """
    transfer = await _own(appliance, viewer, transfer_id)
    return Progress(transfer, await _offset(appliance, transfer))


async def append(
    appliance: Appliance,
    gate: UploadGate,
    viewer: Viewer,
    transfer_id: UUID,
    chunks: AsyncIterable[bytes],
    *,
    offset: int,
    told_bytes: int | None,
    checksum: Checksum | None,
) -> Progress:
    """How far an upload is with these bytes from ``offset`` on, which are on the disk; the last ones finish it.

    ``told_bytes`` is how many are said to come, where that is said.

    Raises:
        NotFound: there is none by this id, or it is somebody else's.
        UploadGone: it has expired, or was refused.
        UploadLocked: another request writes it, or took it over from this one.
        OffsetMismatch: it goes on elsewhere.
        FileTooLarge, ChecksumMismatch: more bytes than were announced, or others than were summed up; none were kept.
        QuotaExceeded, DiskFull: its room was given back before its first byte, and is not there any more; it waits.
        RejectedFile: the file was refused, and is gone.
        Busy: too many uploads arrive at this moment.
        Unavailable: the database, the volume or the decoder is away; what came is kept where that could be.
    """
    transfer = await _living(appliance, viewer, transfer_id)
    if transfer.finished:
        if offset != transfer.bytes or told_bytes:
            raise OffsetMismatch("This upload is finished.")
        return Progress(transfer, transfer.bytes)
    if told_bytes is not None and offset + told_bytes > transfer.bytes:
        raise FileTooLarge("These are more bytes than the upload was announced with.")
    async with AsyncExitStack() as stack:
        stack.enter_context(gate.entered())
        part = await _held_if_there(appliance, gate, transfer_id, stack)
        transfer = await _living(appliance, viewer, transfer_id)
        if transfer.status == "receiving":
            if part is None:
                raise UploadGone("What had come of this upload is not on the volume any more; begin it anew.")
            transfer = await take_piece(
                appliance, gate, transfer, part, chunks, offset=offset, checksum=checksum
            )
            if part.size < transfer.bytes:
                return Progress(transfer, part.size)
        elif offset != transfer.bytes:
            raise OffsetMismatch
        if not transfer.finished:
            return Progress(await finish(appliance, gate, transfer, part), transfer.bytes, ended=True)
    return Progress(transfer, transfer.bytes)


async def cancel(appliance: Appliance, gate: UploadGate, viewer: Viewer, transfer_id: UUID) -> None:
    """Drop an upload and all that has come of it; of a finished one its result is forgotten, the asset stays.

    Raises:
        NotFound: there is none by this id, or it is somebody else's.
        UploadLocked: it is being taken in, or another process writes it.
        Unavailable: the database or the volume is away.
    """
    await _own(appliance, viewer, transfer_id)
    async with AsyncExitStack() as stack:
        if gate.dismiss(transfer_id):
            await gate.settle(transfer_id, seconds=_LETTING_GO_SECONDS)
        part = await _held_if_there(appliance, gate, transfer_id, stack)
        transfer = await _own(appliance, viewer, transfer_id)
        if transfer.status == "finishing":
            raise UploadLocked("All bytes of this upload are there, and it is being taken in.")
        await transfers.remove(appliance.db, transfer_id)
        if part is not None:
            await to_the_end(part.remove)
    gate.forget(transfer_id)


async def find_uploading(
    appliance: Appliance, viewer: Viewer, sums: Sequence[bytes]
) -> dict[bytes, Uploading]:
    """Of files with these SHA-256 sums, the viewer's uploads that were announced with them and are under way."""
    found = await transfers.find_running(appliance.db, viewer.user_id, sums, at=clock.now())
    uploading: dict[bytes, Uploading] = {}
    for sha256, transfer in found.items():
        with suppress(UploadGone, VolumeUnavailable):
            uploading[sha256] = Uploading(transfer.id, await _offset(appliance, transfer))
    return uploading


async def _reserve(appliance: Appliance, transfer: Transfer) -> None:
    db = appliance.db
    async with reserving(appliance, transfer):
        unfinished = await transfers.count_unfinished(db, transfer.owner, at=transfer.created_at)
        if unfinished >= appliance.settings.uploads_per_person:
            raise TooManyUploads
        if not await transfers.insert(db, transfer):
            raise Unauthenticated("This account has been deleted.")
    part = appliance.store.growing(transfer.id)
    try:
        await to_the_end(part.open, make=True)
    except BaseException:
        # Whoever was cancelled has it nevertheless.
        await to_the_end(part.remove)
        await transfers.remove(db, transfer.id)
        raise
    finally:
        part.close()


async def _own(appliance: Appliance, viewer: Viewer, transfer_id: UUID) -> Transfer:
    found = await transfers.find_own(appliance.db, viewer.user_id, transfer_id)
    if found is None:
        raise NotFound("There is no such upload, or it is not yours.")
    return found


async def _living(appliance: Appliance, viewer: Viewer, transfer_id: UUID) -> Transfer:
    found = await _own(appliance, viewer, transfer_id)
    if found.status == "rejected":
        raise UploadGone(f"This file was refused: {found.error_text}")
    if not found.finished and found.expires_at <= clock.now():
        raise UploadGone("This upload has expired; begin it anew.")
    return found


async def _offset(appliance: Appliance, transfer: Transfer) -> int:
    if transfer.status == "rejected":
        return 0
    if transfer.status != "receiving":
        return transfer.bytes
    size = await asyncio.to_thread(appliance.store.part_size, transfer.id)
    if size is None:
        raise UploadGone("What had come of this upload is not on the volume any more; begin it anew.")
    return size if transfer.unverified_from is None else min(size, transfer.unverified_from)


async def _held_if_there(
    appliance: Appliance, gate: UploadGate, transfer_id: UUID, stack: AsyncExitStack
) -> Growing | None:
    """The part file, None where it is gone; whoever has it and fell silent gives way."""
    try:
        return await stack.enter_async_context(gate.hold(appliance.store, transfer_id))
    except NotFound:
        return None
    except UploadLocked:
        if not gate.dismiss(transfer_id, silent_seconds=SILENT_SECONDS):
            raise
    await gate.settle(transfer_id, seconds=_LETTING_GO_SECONDS)
    try:
        return await stack.enter_async_context(gate.hold(appliance.store, transfer_id))
    except NotFound:
        return None
