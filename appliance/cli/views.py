"""Assets, answers and jobs as the command line shows them: the same shapes as in the HTTP API.

They are made of records where the library is here, and of an answer's JSON where it is on a server. Of a newer
server's answer, what is not known here is passed over.
"""

from datetime import datetime
from pathlib import Path
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from appliance.library.present import asset_body
from appliance.records.assets import Asset


class View(BaseModel):
    """What is shown."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TakenView(View):
    """When a picture was taken, by its camera's clock."""

    local: datetime
    offset_minutes: int | None
    source: str


class IndexView(View):
    """How far making the picture searchable has come."""

    state: str
    attempts: int
    error_code: str | None
    error_text: str | None


class PersonView(View):
    """Somebody with an account."""

    id: UUID
    name: str


class AssetView(View):
    """One file in the library."""

    id: UUID
    owner: PersonView
    mine: bool
    filename: str
    folder: str | None
    folder_id: UUID | None
    tags: list[str]
    mime: str
    kind: str
    bytes: int
    sha256: str
    width: int
    height: int
    taken: TakenView | None
    camera: str | None
    lens: str | None
    latitude: float | None
    longitude: float | None
    thumbhash: str
    mean_color: str
    media_version: int
    uploaded_at: datetime
    expires_at: datetime | None
    state: str
    trashed_at: datetime | None
    purge_after: datetime | None
    description: str
    favourite: bool
    rating: int | None
    revision: int
    index: IndexView
    #: Where the original is, if that is on this machine.
    path: Path | None = None

    @classmethod
    def of(cls, asset: Asset, *, storage_path: Path) -> Self:
        """The view of an asset whose original is on this machine."""
        path = storage_path / str(asset.id) / asset.filename
        return cls.model_validate({**asset_body(asset), "path": path})


class HitView(View):
    """A found asset. ``score`` is 1 - ``distance``, the cosine distance."""

    id: UUID
    score: float
    distance: float
    asset: AssetView


class AnswerView(View):
    """Found assets, best first."""

    items: list[HitView]
    exact: bool
    model: str
    took_ms: float


class JobView(View):
    """One piece of background work on an asset."""

    asset_id: UUID
    filename: str
    kind: str
    model: str | None
    state: str
    attempts: int
    error_code: str | None
    error_text: str | None


class UploadingView(View):
    """An upload in pieces that is under way."""

    id: UUID
    offset: int


class KnownView(View):
    """Whether the library has a file: ``new``, ``known``, ``trashed``, or new and ``no_room``."""

    sha256: str
    state: str
    id: UUID | None
    uploading: UploadingView | None = None


class AddedView(View):
    """What became of a file: ``stored``, ``duplicate`` or ``restored``."""

    status: str
    asset: AssetView
