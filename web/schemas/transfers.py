"""Bodies about uploads that come in pieces."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from appliance.library.transfers import Progress
from web.schemas.base import Schema


class TransferError(Schema):
    """Why a file was refused."""

    code: str = Field(description="Stable name, as in a problem document.")
    text: str = Field(description="One sentence for a person.")


class UploadProgress(Schema):
    """How far an upload is, or what became of it."""

    id: UUID
    status: Literal["receiving", "finishing", "stored", "duplicate", "restored", "rejected"] = Field(
        description="`finishing`: all bytes are there, and it is being taken in."
    )
    offset: int = Field(description="Bytes that are here.")
    length: int = Field(description="Bytes that the file has.")
    filename: str
    asset: UUID | None = Field(description="The asset that stands for the file, once there is one.")
    error: TransferError | None = Field(description="Why it was rejected.")
    expires_at: datetime = Field(description="Until then it waits for its next piece, or is remembered.")

    @classmethod
    def of(cls, progress: Progress) -> "UploadProgress":
        """The body for this upload."""
        transfer = progress.transfer
        code, text = transfer.error_code, transfer.error_text
        return cls(
            id=transfer.id,
            status=transfer.status,
            offset=progress.offset,
            length=transfer.bytes,
            filename=transfer.wish.filename,
            asset=transfer.asset,
            error=TransferError(code=code, text=text or "") if code else None,
            expires_at=transfer.expires_at,
        )
