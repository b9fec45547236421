"""Bytes on their way in."""

from contextlib import aclosing

from appliance.errors import (
    Busy,
    ClockDoubtful,
    DecoderUnavailable,
    DiskFull,
    FileTooLarge,
    NotFound,
    QuotaExceeded,
    RejectedFile,
    SceneSenseError,
    UnsupportedFile,
    UsageError,
    VolumeUnavailable,
)
from appliance.library.folders import check_may_add
from appliance.library.ingest import IngestRequest, IngestStatus, check_known, ingest
from appliance.library.quotas import counted, largest_welcome
from appliance.library.refused import write_down
from appliance.library.room import Room
from appliance.library.transfers import find_uploading
from appliance.library.wishes import read_upload
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.multipart import MAX_OVERHEAD_BYTES, Form, file_chunks
from web.operation import Answer, Call, Operation
from web.schemas.assets import Asset, UploadCheck, Uploaded, UploadForm, UploadKnown
from web.uploading import upload_gate

_FIELDS = frozenset({"ttl", "folder", "folder_id", "tags"})


async def upload_asset(call: Call[None, None]) -> Answer:
    """Take one file in."""
    appliance = call.appliance
    max_bytes = appliance.settings.max_upload_bytes
    told_bytes = int(call.request.headers.get("content-length") or 0) - MAX_OVERHEAD_BYTES
    if told_bytes > max_bytes:
        raise FileTooLarge
    welcome = await largest_welcome(appliance.db, call.viewer)
    if welcome is not None and told_bytes > welcome:
        raise QuotaExceeded
    with upload_gate(call.context).entered():
        room = Room(appliance)
        await room.require(max(0, told_bytes))
        return await _take_in(call, welcome, room)


async def _take_in(call: Call[None, None], welcome: int | None, room: Room) -> Answer:
    appliance, form = call.appliance, Form()
    chunks = file_chunks(call.request, form, known=_FIELDS, max_bytes=appliance.settings.max_upload_bytes)
    async with aclosing(chunks):
        staged = await appliance.store.stage(room.filled(counted(chunks, most=welcome)))
    try:
        request = _request(call, form)
        if request.folder_id is not None:
            await check_may_add(appliance.db, call.viewer, request.folder_id)
    except SceneSenseError:
        await appliance.store.discard(staged)
        raise
    try:
        result = await ingest(
            staged,
            request,
            db=appliance.db,
            store=appliance.store,
            decoder=appliance.decoder,
            queue=appliance.queue,
        )
    except RejectedFile as error:
        await write_down(appliance.db, request.owner, request.filename, staged.bytes, error)
        raise
    call.note.object = str(result.asset.id)
    status = 201 if result.status is IngestStatus.STORED else 200
    return Answer(Uploaded(status=result.status, asset=Asset.of(result.asset)), status)


def _request(call: Call[None, None], form: Form) -> IngestRequest:
    return read_upload(
        call.viewer.user_id,
        form.filename,
        folder=form.one("folder"),
        folder_id=form.one("folder_id"),
        tags=form.fields.get("tags", []),
        ttl=form.one("ttl"),
    )


async def check_uploads(call: Call[None, list[UploadCheck]]) -> list[UploadKnown]:
    """Which of these files are here already."""
    if len(call.body) > 1000:
        raise UsageError("At most 1,000 files at a time.")
    files = [(bytes.fromhex(each.sha256), each.size) for each in call.body]
    known = await check_known(call.appliance.db, call.viewer, files, store=call.appliance.store)
    uploading = await find_uploading(call.appliance, call.viewer, [sha256 for sha256, _ in files])
    return [UploadKnown.of(each, uploading.get(each.sha256)) for each in known]


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/assets",
        handler=upload_asset,
        summary="Upload a picture",
        tag="assets",
        description=(
            "The same bytes are kept once: an upload of what is there answers `duplicate` with that asset, which"
            " then has the longer of the two lives; one of what is in the trash answers `restored`. Either stays in"
            " the folder that it is in."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.upload",
        adds_only=True,
        form=UploadForm,
        responses={201: Uploaded, 200: Uploaded},
        errors=(
            Busy, NotFound, ClockDoubtful, RejectedFile, FileTooLarge, UnsupportedFile, QuotaExceeded,
            DiskFull, VolumeUnavailable, DecoderUnavailable,
        ),
    ),
    Operation(
        method="POST",
        path="/api/uploads/check",
        handler=check_uploads,
        summary="Ask which files need not be sent",
        tag="assets",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        reads_only=True,
        body=list[UploadCheck],
        responses={200: list[UploadKnown]},
    ),
)  # fmt: skip
