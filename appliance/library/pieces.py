"""Appends one piece of an upload to its part file; see ``appliance.library.transfers``."""

import hashlib
from collections.abc import AsyncIterable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from appliance import clock
from appliance.db import transfers
from appliance.errors import (
    ChecksumMismatch,
    FileTooLarge,
    OffsetMismatch,
    SceneSenseError,
    UploadGone,
)
from appliance.library.appliance import Appliance
from appliance.library.arrivals import expiry
from appliance.library.room import HELD, reserving
from appliance.library.upload_gate import UploadGate
from appliance.media.growing import Growing, Sum
from appliance.media.store import WRITE_BYTES
from appliance.media.threads import to_the_end
from appliance.records.transfers import Checksum, Transfer

#: An upload of which no byte has come lives no longer than this: who began it may never have heard of it.
FIRST_PIECE = timedelta(hours=1)


def untouched_expiry(appliance: Appliance) -> timedelta:
    """How long an upload lives of which no byte has come."""
    return min(FIRST_PIECE, expiry(appliance))


async def take_piece(
    appliance: Appliance,
    gate: UploadGate,
    transfer: Transfer,
    part: Growing,
    chunks: AsyncIterable[bytes],
    *,
    offset: int,
    checksum: Checksum | None,
) -> Transfer:
    """The upload, which lives longer now; ``part`` is held, and has these bytes on the disk.

    Of a piece without a checksum what came before an error stays.

    Raises:
        UploadGone: it was cancelled.
        UploadLocked: another request took it over.
        OffsetMismatch: it goes on elsewhere.
        FileTooLarge: more bytes than were announced; none of these were kept.
        ChecksumMismatch: they are not what the checksum is of; none of them were kept.
        QuotaExceeded: its room was given back before its first byte, and is not there any more.
        DiskFull: the same, or they could not all be written.
        VolumeUnavailable: they could not all be written.
    """
    if transfer.unverified_from is not None and part.size > transfer.unverified_from:
        # Of a piece whose checksum nobody looked at, as the process died under it.
        await to_the_end(part.cut, transfer.unverified_from)
    if offset != part.size:
        raise OffsetMismatch(f"The upload goes on at {part.size}.")
    transfer = await _begin(appliance, transfer, unverified_from=offset if checksum else None)
    piece = _Piece(part, transfer.bytes, checksum)
    async with gate.writing(transfer.id) as writer:
        try:
            async for chunk in chunks:
                writer.hear()
                await piece.add(chunk)
            await piece.flush()
            piece.check()
        except BaseException as error:
            await piece.save(error)
            if part.size == 0:
                with suppress(SceneSenseError):
                    await _untouched(appliance, transfer)
            raise
        await to_the_end(part.sync)
    if part.size == 0:
        return await _untouched(appliance, transfer)
    if checksum:
        await transfers.mark_verified(appliance.db, transfer.id)
    return replace(transfer, unverified_from=None)


async def _begin(appliance: Appliance, transfer: Transfer, *, unverified_from: int | None) -> Transfer:
    """The upload, of which bytes may come now; its room is its own."""
    now = clock.now()
    begun = replace(
        transfer, expires_at=now + expiry(appliance), reserved_until=None, unverified_from=unverified_from
    )
    async with AsyncExitStack() as stack:
        if transfer.reserved_until is not None and transfer.reserved_until <= now:
            await stack.enter_async_context(reserving(appliance, transfer))
        if not await transfers.begin_piece(
            appliance.db, transfer.id, expires_at=begun.expires_at, unverified_from=unverified_from
        ):
            raise UploadGone
    return begun


async def _untouched(appliance: Appliance, transfer: Transfer) -> Transfer:
    """The upload, of which still no byte is here: it waits as it did when it began."""
    now = clock.now()
    waits = replace(
        transfer,
        expires_at=now + untouched_expiry(appliance),
        reserved_until=now + HELD,
        unverified_from=None,
    )
    await transfers.mark_untouched(
        appliance.db, transfer.id, expires_at=waits.expires_at, reserved_until=now + HELD
    )
    return waits


class _Piece:
    """The bytes of one request, on their way to the part file."""

    def __init__(self, part: Growing, most_bytes: int, checksum: Checksum | None) -> None:
        self._part = part
        self._most = most_bytes
        self._checksum = checksum
        self._start = part.size
        self._sum: Sum = part.marked()
        self._buffer = bytearray()
        self._digest: Any = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None

    async def add(self, chunk: bytes) -> None:
        if self._part.size + len(self._buffer) + len(chunk) > self._most:
            raise FileTooLarge("These are more bytes than the upload was announced with.")
        self._buffer += chunk
        if len(self._buffer) >= WRITE_BYTES:
            await self.flush()

    async def flush(self) -> None:
        data = bytes(self._buffer)
        self._buffer.clear()
        if data:
            await to_the_end(self._write, data)

    def check(self) -> None:
        """Nothing, where the bytes are those that the checksum is of."""
        if self._checksum and self._digest.digest() != self._checksum.digest:
            raise ChecksumMismatch

    async def save(self, error: BaseException) -> None:
        """Keep what came of a piece that was cut off, and nothing of one that is wrong or can't be verified now."""
        with suppress(SceneSenseError):
            if self._checksum or isinstance(error, FileTooLarge):
                await to_the_end(self._part.cut, self._start, self._sum)
            else:
                await self.flush()
                await to_the_end(self._part.sync)

    def _write(self, data: bytes) -> None:
        if self._digest is not None:
            self._digest.update(data)
        self._part.write(data)
