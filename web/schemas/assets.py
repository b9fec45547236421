"""Bodies and query parameters of assets and lists of them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from appliance.library.present import asset_body
from appliance.records import assets as records
from appliance.records.jobs import AssetJob
from appliance.records.transfers import Uploading
from appliance.records.uploads import IngestStatus, Known, KnownState
from web.schemas.base import LocalTime, Schema
from web.schemas.folders import Person
from web.schemas.narrowing import Narrowing

JobStateName = Literal["pending", "running", "done", "failed"]


class Taken(Schema):
    """When a picture was taken, as its camera says or a person knows better."""

    local: LocalTime = Field(description="Wall-clock time without a zone; cameras rarely know theirs.")
    offset_minutes: int | None = Field(description="Minutes east of UTC, where that is known.")
    source: str = Field(description="`exif`, for example; `person` where somebody corrected it.")


class TakenPatch(Schema):
    """When a picture was really taken."""

    local: LocalTime = Field(description="Wall-clock time where it was taken, without a zone.")
    offset_minutes: int | None = Field(None, ge=-1080, le=1080, description="Minutes east of UTC, if known.")


class Index(Schema):
    """How far making the picture searchable has come."""

    state: JobStateName
    attempts: int
    error_code: str | None
    error_text: str | None


class Asset(Schema):
    """One file in the library."""

    id: UUID
    owner: Person
    mine: bool = Field(description="Whether it is yours: only then you may change it.")
    filename: str
    folder: str | None = Field(
        description="The path, parts joined by `/`; in a shared folder from the topmost one that is shared."
    )
    folder_id: UUID | None
    tags: list[str]
    mime: str
    kind: records.Kind
    bytes: int
    sha256: str = Field(description="Hexadecimal.")
    width: int = Field(description="Pixels, upright.")
    height: int = Field(description="Pixels, upright.")
    taken: Taken | None
    camera: str | None
    lens: str | None
    latitude: float | None = Field(description="Degrees, WGS 84.")
    longitude: float | None = Field(description="Degrees, WGS 84.")
    thumbhash: str = Field(description="ThumbHash, base64.")
    mean_color: str = Field(description="`#rrggbb`.")
    media_version: int = Field(
        description="Part of the address of renditions: `/media/{id}/{version}/{size}`."
    )
    uploaded_at: datetime
    expires_at: datetime | None = Field(description="When it leaves by itself; null: never.")
    state: records.Lifecycle
    trashed_at: datetime | None
    purge_after: datetime | None = Field(description="From when on it may be deleted for good.")
    description: str
    favourite: bool = Field(description="Yours alone: false where the asset is not yours.")
    rating: int | None = Field(description="1 to 5; null where the asset is not yours.")
    revision: int = Field(description="Counts changes.")
    index: Index

    @classmethod
    def of(cls, asset: records.Asset) -> "Asset":
        """The body for this asset."""
        return cls.model_validate(asset_body(asset))


class AssetPage(Schema):
    """A page of a list."""

    items: list[Asset]
    next: str | None = Field(
        description="What to give as `after` for the next page; null: this was the last."
    )


class PageQuery(Schema):
    """Which page of a list."""

    limit: int = Field(100, ge=1, le=1000, description="How many at most.")
    after: str | None = Field(None, max_length=200, description="`next` of the page before.")


class FilterQuery(Narrowing, PageQuery):
    """A page of a list, narrowed; all that is given must hold."""


class AssetPatch(Schema):
    """Changes; what is left out stays."""

    ttl: str | int | None = Field(
        None, description="From now on: `30m`, `12h`, `7d`, `2w`, seconds; `never` or null: for ever."
    )
    expires_at: datetime | None = Field(None, description="A moment with its zone; null: never.")
    folder: str | None = Field(
        None, max_length=5000, description="In your own tree, made if it is missing; null: in no folder."
    )
    folder_id: UUID | None = Field(
        None, description="Instead of `folder`: one of yours or one that you may add to; null: in no folder."
    )
    tags: list[str] | None = Field(None, max_length=200, description="Replace all tags.")
    description: str | None = Field(None, max_length=10_000)
    favourite: bool | None = None
    rating: int | None = Field(None, ge=1, le=5, description="Null takes it away.")
    taken: TakenPatch | None = Field(
        None, description="When it was really taken; null: as the file says, which is never forgotten."
    )


class OriginalQuery(Schema):
    """How the original is to be given."""

    download: bool = Field(False, description="Whether a browser is to save it rather than show it.")


class UploadForm(Schema):
    """An upload. Fields may come before or after the file."""

    file: str = Field(json_schema_extra={"format": "binary"}, description="One picture.")
    ttl: str | None = Field(
        None, description="How long it lives: `30m`, `12h`, `7d`, `2w`, seconds, `never`."
    )
    folder: str | None = Field(None, description="A path in your own tree; made if it is missing.")
    folder_id: UUID | None = Field(
        None, description="Instead of `folder`: one of yours or one that you may add to."
    )
    tags: list[str] | None = Field(None, description="Repeated, or comma separated.")


class Uploaded(Schema):
    """What became of an upload."""

    status: IngestStatus
    asset: Asset


class UploadCheck(Schema):
    """A file that could be uploaded."""

    sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$", description="Hexadecimal.")
    size: int = Field(ge=0, description="Bytes.")


class UploadingNow(Schema):
    """An upload in pieces of these bytes that is under way."""

    id: UUID
    offset: int = Field(description="Bytes that are here.")


class UploadKnown(Schema):
    """Whether its bytes have to be sent."""

    sha256: str
    state: KnownState = Field(description="`trashed`: there, in the trash; sending it again restores it.")
    id: UUID | None
    uploading: UploadingNow | None = Field(description="Where sending them was begun, and can go on.")

    @classmethod
    def of(cls, known: Known, uploading: Uploading | None) -> "UploadKnown":
        """The body for this answer."""
        now = UploadingNow(id=uploading.id, offset=uploading.offset) if uploading else None
        return cls(sha256=known.sha256.hex(), state=known.state, id=known.id, uploading=now)


class JobQuery(Schema):
    """Which jobs."""

    state: JobStateName = "failed"
    limit: int = Field(100, ge=1, le=1000)


class Job(Schema):
    """One piece of background work on an asset."""

    asset_id: UUID
    filename: str
    kind: str
    model: str | None
    state: JobStateName
    attempts: int
    error_code: str | None
    error_text: str | None

    @classmethod
    def of(cls, job: AssetJob) -> "Job":
        """The body for this job."""
        return cls.model_validate({name: getattr(job, name) for name in cls.model_fields})


class Retry(Schema):
    """Which failed jobs are to be tried again."""

    asset_ids: list[UUID] | None = Field(None, max_length=1000, description="All failed ones if left out.")


class Retried(Schema):
    """How many jobs wait again."""

    retried: int
