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


class GroupView(View):
    """What a hit stands for: itself and others that are nearly the same."""

    id: UUID
    size: int


class HitView(View):
    """A found asset. ``score`` is 1 - ``distance``, the cosine distance; None where only its words were met."""

    id: UUID
    score: float | None
    distance: float | None
    #: How many standard deviations above what chance gives; None: not known.
    above_chance: float | None = None
    #: Where its words were met: ``name``, ``folder``, ``tag`` and so on.
    matched: list[str] = []
    group: GroupView | None = None
    asset: AssetView


class CutView(View):
    """Where an answer was ended; ``nothing``: not even the best is above chance."""

    strength: str
    threshold: float
    nothing: bool


class FlawView(View):
    """A part of what was written that can't be understood, as positions of characters."""

    start: int
    end: int
    code: str
    meant: str = ""


class AnswerView(View):
    """Found assets, best first."""

    items: list[HitView]
    exact: bool
    #: Empty where nothing had to be compared.
    model: str
    took_ms: float
    #: Whether there is more behind the last one; and whether more lies below the cut.
    more: bool = False
    more_below: bool = False
    #: How many the filter leaves; None: not counted.
    matched: int | None = None
    matched_at_least: bool = False
    cut: CutView | None = None
    #: What comes nearest, where nothing was found.
    nearest: list[HitView] = []
    #: Why only words were compared.
    degraded: str | None = None
    flaws: list[FlawView] = []
    notes: list[str] = []


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
