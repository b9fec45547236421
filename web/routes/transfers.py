"""Uploads in pieces, after tus 1.0.0: what was sent once is not sent again, whatever happens to the connection."""

from contextlib import aclosing
from uuid import UUID

from appliance.errors import (
    Busy,
    ChecksumMismatch,
    ClockDoubtful,
    DecoderUnavailable,
    DiskFull,
    EmptyFile,
    FileTooLarge,
    HashMismatch,
    NotFound,
    OffsetMismatch,
    QuotaExceeded,
    RejectedFile,
    SceneSenseError,
    TooManyUploads,
    UnsupportedFile,
    UploadGone,
    UploadLocked,
    VolumeUnavailable,
)
from appliance.library import transfers
from appliance.library.transfers import Progress
from appliance.records.accounts import Scope
from appliance.records.transfers import Checksum
from web import tus
from web.auth.policy import Permission
from web.inputs import body_stream
from web.middleware import base_path
from web.multipart import MAX_OVERHEAD_BYTES
from web.operation import Answer, Call, Header, Operation
from web.problems import TUS_VERSION, TooSlow, WrongContentType, WrongTusVersion
from web.schemas.transfers import UploadProgress
from web.uploading import upload_gate

_VERSION = {"Tus-Resumable": TUS_VERSION}


async def upload_options(call: Call[None, None]) -> Answer:
    """What this server can do."""
    headers = {
        "Tus-Version": TUS_VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(call.context.settings.max_upload_bytes),
        "Tus-Checksum-Algorithm": tus.CHECKSUMS,
    }
    return Answer(None, 204, headers)


async def begin_upload(call: Call[None, None]) -> Answer:
    """Reserve the room for a file, and take in what comes of it with the same request."""
    headers = call.request.headers
    tus.check_version(headers)
    has_piece = tus.has_piece(headers)
    size, checksum = tus.read_length(headers), tus.read_checksum(headers)
    wish, sha256 = tus.read_metadata(headers)
    transfer = await transfers.begin(call.appliance, call.viewer, wish, size=size, sha256=sha256)
    # One row for each file, when it is taken in.
    call.note.worth_it = False
    progress = Progress(transfer, 0)
    if has_piece:
        try:
            progress = await _append(call, transfer.id, offset=0, checksum=checksum)
        except BaseException:
            # Its address was never told.
            await _drop(call, transfer.id)
            raise
    location = f"{base_path(call.context.settings)}/api/uploads/{transfer.id}"
    return Answer(None, 201, {"Location": location, **_headers(progress)})


async def look_upload(call: Call[None, None]) -> Answer:
    """How many bytes are here."""
    tus.check_version(call.request.headers)
    progress = await transfers.look(call.appliance, upload_gate(call.context), call.viewer, call.uuid())
    headers = {"Upload-Length": str(progress.transfer.bytes), **_headers(progress)}
    if progress.transfer.wish.metadata:
        headers["Upload-Metadata"] = progress.transfer.wish.metadata
    return Answer(None, 200, headers)


async def append_upload(call: Call[None, None]) -> Answer:
    """Take the next bytes in; the last ones make an asset of the file."""
    headers = call.request.headers
    # One row for each file, not one for each piece.
    call.note.worth_it = False
    tus.check_version(headers)
    tus.require_piece(headers)
    offset, checksum = tus.read_number(headers, "Upload-Offset"), tus.read_checksum(headers)
    return Answer(None, 204, _headers(await _append(call, call.uuid(), offset=offset, checksum=checksum)))


async def cancel_upload(call: Call[None, None]) -> None:
    """Drop an upload and what has come of it."""
    tus.check_version(call.request.headers)
    await transfers.cancel(call.appliance, upload_gate(call.context), call.viewer, call.uuid())


async def get_upload(call: Call[None, None]) -> UploadProgress:
    """How far an upload is, or what became of it."""
    return UploadProgress.of(await transfers.find_progress(call.appliance, call.viewer, call.uuid()))


async def _append(
    call: Call[None, None], upload_id: UUID, *, offset: int, checksum: Checksum | None
) -> Progress:
    most = call.appliance.settings.max_upload_bytes + MAX_OVERHEAD_BYTES
    try:
        async with aclosing(body_stream(call.request, limit=most)) as chunks:
            progress = await transfers.append(
                call.appliance,
                upload_gate(call.context),
                call.viewer,
                upload_id,
                chunks,
                offset=offset,
                told_bytes=tus.told_bytes(call.request.headers),
                checksum=checksum,
            )
    except RejectedFile:
        call.note.worth_it = True
        raise
    if progress.ended:
        call.note.worth_it, call.note.object = True, str(progress.transfer.asset)
    return progress


async def _drop(call: Call[None, None], upload_id: UUID) -> None:
    try:
        progress = await transfers.find_progress(call.appliance, call.viewer, upload_id)
        if not progress.transfer.finished:
            await transfers.cancel(call.appliance, upload_gate(call.context), call.viewer, upload_id)
    except SceneSenseError:
        return


def _headers(progress: Progress) -> dict[str, str]:
    transfer = progress.transfer
    headers = {"Upload-Offset": str(progress.offset)}
    if transfer.asset is None:
        headers["Upload-Expires"] = tus.http_date(transfer.expires_at)
    else:
        headers |= {"Upload-Result": transfer.status, "Upload-Asset": str(transfer.asset)}
    return headers


_TUS = Header("Tus-Resumable", "The version of the protocol: `1.0.0`.", required=True)
_CHECKSUM = Header(
    "Upload-Checksum", "`sha256` or `sha1`, a space, and the sum of this request's bytes in base64."
)
_PROGRESS = (
    Header("Tus-Resumable", "`1.0.0`", required=True),
    Header("Upload-Offset", "Bytes that are here.", required=True),
    Header("Upload-Expires", "Until then the upload waits for its next piece."),
    Header("Upload-Result", "Once the file is taken in: `stored`, `duplicate` or `restored`."),
    Header("Upload-Asset", "The id of the asset that then stands for it."),
)
_TAKING_IN = (
    Busy, ChecksumMismatch, ClockDoubtful, DecoderUnavailable, DiskFull, FileTooLarge, HashMismatch, QuotaExceeded,
    RejectedFile, TooSlow, UnsupportedFile, UploadGone, UploadLocked, VolumeUnavailable, WrongTusVersion,
)  # fmt: skip

OPERATIONS = (
    Operation(
        method="OPTIONS",
        path="/api/uploads",
        handler=upload_options,
        summary="Ask what uploads in pieces can do",
        tag="uploads",
        permission=Permission.PUBLIC,
        always=_VERSION,
        gives_headers=(
            Header("Tus-Version", "Versions of the protocol.", required=True),
            Header("Tus-Extension", "Its extensions.", required=True),
            Header("Tus-Max-Size", "The largest file, bytes.", required=True),
            Header("Tus-Checksum-Algorithm", "Sums that a piece may be sent with.", required=True),
        ),
        responses={204: None},
    ),
    Operation(
        method="POST",
        path="/api/uploads",
        handler=begin_upload,
        summary="Begin an upload in pieces",
        tag="uploads",
        description=(
            "The protocol is tus 1.0.0. The room is reserved before any byte comes. Bytes may come with the request;"
            " if it then fails, the upload is gone, as its address was not told. An upload of which no byte comes"
            " gives its room back after ten minutes, and is dropped after an hour; if its first byte comes in"
            " between and the room is taken, that is `disk_full` or `quota_exceeded`, and the upload waits on."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.upload",
        adds_only=True,
        stream=tus.PIECE_TYPE,
        always=_VERSION,
        takes_headers=(
            _TUS,
            Header("Upload-Length", "Bytes that the file has.", required=True),
            Header(
                "Upload-Metadata",
                "Pairs of a key and its value in base64, with commas between them: `filename` or `name`, `ttl`,"
                " `folder` or `folder_id`, `tags`, and `sha256`, the sum of the whole file in hexadecimal.",
            ),
            _CHECKSUM,
        ),
        gives_headers=(Header("Location", "The upload's address.", required=True), *_PROGRESS),
        responses={201: None},
        errors=(EmptyFile, NotFound, OffsetMismatch, TooManyUploads, WrongContentType, *_TAKING_IN),
    ),
    Operation(
        method="HEAD",
        path="/api/uploads/{id:uuid}",
        handler=look_upload,
        summary="Ask where an upload goes on",
        tag="uploads",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        always=_VERSION,
        takes_headers=(_TUS,),
        gives_headers=(
            Header("Upload-Length", "Bytes that the file has.", required=True),
            Header("Upload-Metadata", "As it was sent."),
            *_PROGRESS,
        ),
        responses={200: None},
        errors=_TAKING_IN,
    ),
    Operation(
        method="PATCH",
        path="/api/uploads/{id:uuid}",
        handler=append_upload,
        summary="Send the next piece of a file",
        tag="uploads",
        description=(
            "What is answered with 204 is on the disk. Where the connection breaks, what came is kept, but of a piece"
            " with Upload-Checksum nothing. The last piece makes an asset of the file; if that is refused, the answer"
            " says why, and the upload is gone."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.upload",
        adds_only=True,
        stream=tus.PIECE_TYPE,
        always=_VERSION,
        takes_headers=(
            _TUS,
            Header("Upload-Offset", "The place of the first byte in the file.", required=True),
            _CHECKSUM,
        ),
        gives_headers=_PROGRESS,
        responses={204: None},
        errors=(OffsetMismatch, *_TAKING_IN),
    ),
    Operation(
        method="DELETE",
        path="/api/uploads/{id:uuid}",
        handler=cancel_upload,
        summary="Cancel an upload in pieces",
        tag="uploads",
        description="Of one that is finished only the result is forgotten; the asset stays.",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="upload.cancel",
        adds_only=True,
        always=_VERSION,
        takes_headers=(_TUS,),
        responses={204: None},
        errors=(UploadLocked, VolumeUnavailable, WrongTusVersion),
    ),
    Operation(
        method="GET",
        path="/api/uploads/{id:uuid}",
        handler=get_upload,
        summary="See what became of an upload in pieces",
        tag="uploads",
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        always=_VERSION,
        responses={200: UploadProgress},
        errors=(UploadGone, VolumeUnavailable),
    ),
)
