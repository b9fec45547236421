"""Makes the vectors of pictures that wait for one, a batch at a time.

1. Claim up to N due jobs under one lease, which is extended while the batch is worked on.
2. Decode the originals in parallel: one decode each gives the model's pixels and the renditions that the cache
   lacks. A picture that can't be read fails for good; one that can't be reached goes back to waiting.
3. Meanwhile encode what was decoded, some at a time; if that fails, one by one, so that one picture can't fail its
   neighbours.
4. Write the vectors and finish the jobs in one transaction, and go on trying while the database is away.

A worker that dies anywhere in between leaves leases, which ``sweep`` finds; doing it all again is harmless.
"""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from appliance.clip.encoder import Encoder
from appliance.db import embeddings, jobs
from appliance.db.engine import Database
from appliance.errors import (
    DatabaseUnavailable,
    DecodeLimit,
    EncoderUnavailable,
    NotFound,
    RejectedFile,
    SceneSenseError,
    VolumeUnavailable,
)
from appliance.library.renditions import drop_purged, write_renditions
from appliance.media.cache import SIZES, RenditionCache
from appliance.media.decoder import Decoder
from appliance.media.store import Store
from appliance.records.jobs import Claim

log = logging.getLogger(__name__)

Pixels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]

#: Pictures handed to the encoder at a time; throughput hardly grows beyond.
ENCODED_AT_ONCE = 8

#: A volume that is away is looked for again after this.
VOLUME_RETRY_SECONDS = 30.0

#: An encoder that is away is asked again after this.
ENCODER_RETRY_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class EmbedParts:
    """Collaborators of :func:`embed`; one per worker."""

    db: Database
    store: Store
    cache: RenditionCache
    decoder: Decoder
    encoder: Encoder
    model_id: int
    lease_seconds: float
    max_attempts: int


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """What became of one batch."""

    claimed: int = 0
    written: int = 0
    #: Given up; listed for the owner with the reason.
    failed: int = 0
    #: Back to waiting.
    delayed: int = 0
    #: Seconds until the first of the delayed is due.
    due_in_seconds: float | None = None
    #: Why nothing can be encoded at all; the pictures wait, and lose no try.
    encoder_lost: str | None = None


@dataclass(frozen=True, slots=True)
class _Failure:
    claimed: Claim
    code: str
    text: str
    permanent: bool


async def claim(parts: EmbedParts, *, limit: int) -> tuple[Claim, ...]:
    """At most ``limit`` pictures to embed, held under a lease."""
    return await jobs.claim(
        parts.db, kind=jobs.EMBED, model_id=parts.model_id, limit=limit, lease_seconds=parts.lease_seconds
    )


async def embed(parts: EmbedParts, claims: Sequence[Claim]) -> EmbedReport:
    """What became of these pictures. Cancelling gives back what is not yet written, and so does a lost encoder."""
    if not claims:
        return EmbedReport()
    try:
        async with _lease_kept(parts, claims[0].lease):
            return await _embed(parts, claims)
    except EncoderUnavailable as error:
        await jobs.release(parts.db, claims, delay_seconds=ENCODER_RETRY_SECONDS)
        return EmbedReport(
            claimed=len(claims),
            delayed=len(claims),
            due_in_seconds=ENCODER_RETRY_SECONDS,
            encoder_lost=error.message,
        )
    except asyncio.CancelledError:
        given_back = await asyncio.shield(jobs.release(parts.db, claims))
        log.info("stopped: %d of %d pictures given back", given_back, len(claims))
        raise


async def _embed(parts: EmbedParts, claims: Sequence[Claim]) -> EmbedReport:
    encoded: list[tuple[Claim, Vectors]] = []
    failures: list[_Failure] = []
    unreachable: list[Claim] = []
    async with aclosing(_as_decoded(parts, claims)) as slices:
        async for decoded in slices:
            failures += [result for _, result in decoded if isinstance(result, _Failure)]
            unreachable += [claimed for claimed, result in decoded if result is None]
            pictures = [(claimed, result) for claimed, result in decoded if isinstance(result, np.ndarray)]
            some, unencoded = await _encode(parts, pictures)
            encoded += some
            failures += unencoded
    await drop_purged(parts.db, parts.cache, [claimed.asset_id for claimed in claims])
    written = await _write(parts, encoded)
    delays = [await _record(parts, failure) for failure in failures]
    if unreachable:
        await jobs.release(parts.db, unreachable, delay_seconds=VOLUME_RETRY_SECONDS)
        delays += [VOLUME_RETRY_SECONDS] * len(unreachable)
    due = [delay for delay in delays if delay is not None]
    return EmbedReport(
        claimed=len(claims),
        written=written,
        failed=len(delays) - len(due),
        delayed=len(due),
        due_in_seconds=min(due, default=None),
    )


async def _as_decoded(
    parts: EmbedParts, claims: Sequence[Claim]
) -> AsyncGenerator[list[tuple[Claim, Pixels | _Failure | None]]]:
    """Some at a time, as they are ready, while the others are being decoded; see :func:`_decode`."""
    ready: asyncio.Queue[asyncio.Task[tuple[Claim, Pixels | _Failure | None]]] = asyncio.Queue()
    tasks = [asyncio.create_task(_decode(parts, claimed)) for claimed in claims]
    for task in tasks:
        task.add_done_callback(ready.put_nowait)
    try:
        for start in range(0, len(tasks), ENCODED_AT_ONCE):
            count = min(ENCODED_AT_ONCE, len(tasks) - start)
            yield [(await ready.get()).result() for _ in range(count)]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _lease_kept(parts: EmbedParts, lease: UUID) -> AsyncIterator[None]:
    async def keep() -> None:
        while True:
            await asyncio.sleep(parts.lease_seconds / 3)
            try:
                await jobs.extend(parts.db, lease, lease_seconds=parts.lease_seconds)
            except DatabaseUnavailable:
                log.warning("the database is away; the lease %s was not extended", lease)

    keeper = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def _decode(parts: EmbedParts, claimed: Claim) -> tuple[Claim, Pixels | _Failure | None]:
    """With the model's pixels; why there are none; or None while the volume is away."""
    try:
        fd, missing = await asyncio.to_thread(_open, parts, claimed)
        try:
            rendered = await parts.decoder.render(fd, sizes=missing, pixels=parts.encoder.pixels)
            # It is not read again soon; what people look at is to stay in the machine's memory instead.
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)
    except VolumeUnavailable:
        return claimed, None
    except (SceneSenseError, OSError) as error:
        return claimed, _unread(claimed, error)
    if rendered.renditions:
        await asyncio.to_thread(
            write_renditions, parts.cache, claimed.asset_id, claimed.media_version, rendered.renditions
        )
    if rendered.pixels is None:
        return claimed, _Failure(claimed, "decode_failed", "The decoder gave no pixels.", permanent=False)
    return claimed, rendered.pixels


def _open(parts: EmbedParts, claimed: Claim) -> tuple[int, tuple[int, ...]]:
    """A descriptor of the original, and which renditions are missing."""
    missing = tuple(
        size for size in SIZES if not parts.cache.path(claimed.asset_id, claimed.media_version, size).exists()
    )
    return parts.store.open_fd(claimed.asset_id, claimed.filename), missing


def _unread(claimed: Claim, error: SceneSenseError | OSError) -> _Failure:
    if isinstance(error, SceneSenseError):
        # A limit may have been met because the machine was busy; the picture was read in full once, at upload.
        permanent = isinstance(error, RejectedFile | NotFound) and not isinstance(error, DecodeLimit)
        return _Failure(claimed, error.code, error.message, permanent=permanent)
    return _Failure(claimed, "read_failed", f"The original can't be read: {error.strerror}.", permanent=False)


async def _encode(
    parts: EmbedParts, pictures: Sequence[tuple[Claim, Pixels]]
) -> tuple[list[tuple[Claim, Vectors]], list[_Failure]]:
    if not pictures:
        return [], []
    try:
        vectors = await _encode_at_once(parts, [pixels for _, pixels in pictures])
    except EncoderUnavailable:
        raise
    except Exception as error:
        # Whatever a runtime or a model raises, one picture may be the cause of it and the others are fine.
        if len(pictures) == 1:
            text = f"The model could not encode the picture: {error}"
            return [], [_Failure(pictures[0][0], "encode_failed", text, permanent=False)]
        log.warning("a batch of %d failed to encode, trying one by one: %s", len(pictures), error)
        results = [await _encode(parts, [picture]) for picture in pictures]
        return [pair for done, _ in results for pair in done], [
            bad for _, failed in results for bad in failed
        ]
    return [(claimed, vector) for (claimed, _), vector in zip(pictures, vectors, strict=True)], []


async def _encode_at_once(parts: EmbedParts, pixels: Sequence[Pixels]) -> Vectors:
    async with asyncio.timeout(parts.lease_seconds):
        vectors = await parts.encoder.encode_images(pixels)
    if not np.isfinite(vectors).all():
        raise ValueError("the vector has components that are not numbers")
    return vectors


async def _write(parts: EmbedParts, encoded: Sequence[tuple[Claim, Vectors]]) -> int:
    if not encoded:
        return 0
    claims = [claimed for claimed, _ in encoded]
    vectors = np.stack([vector for _, vector in encoded])
    delay, waited = 0.1, 0.0
    while True:
        try:
            return await embeddings.write_batch(parts.db, claims, vectors, model_id=parts.model_id)
        except DatabaseUnavailable:
            if waited > parts.lease_seconds:
                raise
            log.warning("the database is away; %d vectors wait to be written", len(claims))
        await asyncio.sleep(delay)
        waited += delay
        delay = min(delay * 2, 5.0)


async def _record(parts: EmbedParts, failure: _Failure) -> float | None:
    log.warning("%s: %s (%s)", failure.claimed.asset_id, failure.text, failure.code)
    return await jobs.fail(
        parts.db,
        failure.claimed,
        code=failure.code,
        text=failure.text,
        permanent=failure.permanent,
        max_attempts=parts.max_attempts,
    )
