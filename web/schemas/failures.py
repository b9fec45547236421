"""Bodies of what failed."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from appliance.library.failures import remedy
from appliance.records import failures as records
from appliance.records.transfers import Rejected
from web.schemas.base import Schema

_CODE = r"^[a-z_]{1,64}$"


class FailureQuery(Schema):
    """Which failures."""

    code: str | None = Field(None, pattern=_CODE, description="Only those with this code.")
    limit: int = Field(100, ge=1, le=1000, description="How many of either at most.")


class FailedAsset(Schema):
    """A picture of yours that can't be indexed."""

    id: UUID
    filename: str
    bytes: int
    code: str
    text: str
    remedy: str = Field(description="What helps.")
    attempts: int
    at: datetime
    set_aside: bool = Field(description="Whether it can't be read, and is only tried again when you say so.")

    @classmethod
    def of(cls, failure: records.Failure) -> "FailedAsset":
        """The body of a failure."""
        return cls(
            **{name: getattr(failure, name) for name in records.Failure.__slots__},
            remedy=remedy(failure.code),
        )


class RefusedUpload(Schema):
    """A file that was refused; nothing of it was kept."""

    id: UUID
    filename: str
    bytes: int
    code: str
    text: str
    remedy: str = Field(description="What helps.")
    at: datetime

    @classmethod
    def of(cls, refused: Rejected) -> "RefusedUpload":
        """The body of a refusal."""
        return cls(
            id=refused.id,
            filename=refused.filename,
            bytes=refused.bytes,
            code=refused.error_code,
            text=refused.error_text,
            remedy=remedy(refused.error_code),
            at=refused.rejected_at,
        )


class Failures(Schema):
    """What failed, the latest first."""

    assets: list[FailedAsset]
    uploads: list[RefusedUpload]


class RetryFailures(Schema):
    """Which failed assets are to be tried again: all of them, those named, or those with a code."""

    assets: list[UUID] | None = Field(None, max_length=1000)
    code: str | None = Field(None, pattern=_CODE)


class DiscardFailures(Schema):
    """Which failures are to go: those named, and all with a code."""

    assets: list[UUID] | None = Field(None, max_length=1000, description="They go to the trash.")
    uploads: list[UUID] | None = Field(None, max_length=1000, description="They are forgotten.")
    code: str | None = Field(None, pattern=_CODE)


class RetriedAssets(Schema):
    """How many assets are tried again."""

    retried: int


class Discarded(Schema):
    """What went."""

    trashed: int
    forgotten: int
