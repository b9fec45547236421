"""What people do about failures: look why, try again, or let go."""

from collections.abc import Sequence
from uuid import UUID

from appliance.db import failures as rows
from appliance.db import jobs, rejected
from appliance.db.asset_changes import trash_assets
from appliance.db.engine import Database
from appliance.jobs import Actor, Queue
from appliance.library.clock_check import check_not_behind
from appliance.records.accounts import Viewer

#: What helps, by the code of an error; of any other one a new try is all that can be said.
REMEDIES = {
    "file_rejected": "Open the file in another program and save it as JPEG or PNG, then upload that.",
    "file_empty": "The file has no bytes: copy it again from where it came.",
    "file_too_large": "The file is larger than MAX_UPLOAD_BYTES: make it smaller, or ask who runs this server.",
    "quota_exceeded": "Empty your trash, or ask who runs this server for more room; then upload it again.",
    "file_unsupported": "Save it as JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF, then upload that.",
    "video_unsupported": "Videos are not taken yet; keep this one elsewhere.",
    "file_damaged": "Copy it again from the camera or a backup, and upload that.",
    "too_many_pixels": "Save a smaller copy, or ask who runs this server to raise MAX_PIXELS.",
    "decode_limit": "Try again when the server is less busy; if it stays, save the picture anew and upload that.",
    "worker_lost": "Try again once; if it stays, the file stops the reader: save it anew and upload that.",
    "hash_mismatch": "The bytes changed on their way: upload it again.",
    "not_found": "The original is gone from the volume: upload the file again, and it takes its place.",
    "read_failed": "The disk does not give it: ask who runs this server to look at `scene-sense scrub`.",
    "original_unreadable": "The disk does not give it: ask who runs this server to look at `scene-sense scrub`.",
    "encode_failed": "Try again; if it stays, ask who runs this server to look at `scene-sense doctor`.",
}
OTHERWISE = "Try again; if it stays, ask who runs this server to look at its log."


def remedy(code: str) -> str:
    """What its person can do about a failure."""
    return REMEDIES.get(code, OTHERWISE)


async def retry(
    db: Database, viewer: Viewer, *, queue: Queue, code: str | None, asset_ids: Sequence[UUID] | None
) -> int:
    """How many assets are tried again: those named, or all that failed in this way, or all."""
    ids = await rows.ids_of_failures(db, viewer, code=code, asset_ids=asset_ids)
    async with db.transaction():
        await rows.take_back(db, viewer, ids)
        retried = await jobs.retry(db, viewer, asset_ids=ids) if ids else 0
    if retried:
        await queue.try_wake(Actor.EMBED)
    return len(ids)


async def discard(
    db: Database,
    viewer: Viewer,
    *,
    code: str | None,
    asset_ids: Sequence[UUID] | None,
    upload_ids: Sequence[UUID] | None,
    trash_days: float,
) -> tuple[int, int]:
    """How many failed assets are in the trash now, and how many refused uploads are forgotten.

    Of a code all that failed so; otherwise those that are named, and without any name nothing.

    Raises:
        ClockDoubtful: the clock is not to be believed, and the time of assets in the trash could not be told.
    """
    ids: Sequence[UUID] = ()
    if code is not None or asset_ids is not None:
        ids = await rows.ids_of_failures(db, viewer, code=code, asset_ids=asset_ids)
    if ids:
        await check_not_behind(db)
    async with db.transaction():
        trashed = await trash_assets(db, viewer, ids, trash_days=trash_days) if ids else 0
        forgotten = await rejected.discard(db, viewer.user_id, upload_ids or [], code=code)
    return trashed, forgotten
