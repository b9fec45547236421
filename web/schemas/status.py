"""The body that tells a person how the appliance is."""

from typing import Literal

from pydantic import Field

from appliance.library.models import Absence
from appliance.library.presence import Presence
from web.schemas.base import Schema


class VolumeStatus(Schema):
    """How the storage volume is."""

    state: Literal["online", "missing", "foreign"]
    writable: bool = Field(description="Whether anything can be added or deleted there.")
    room: Literal["enough", "low", "none"] = Field(
        description="`low`: it nears the room that is kept free; `none`: nothing more can be added."
    )
    free_bytes: int
    total_bytes: int


class ModelInfo(Schema):
    """The model that answers searches."""

    name: str
    title: str
    description: str
    languages: list[str]
    dimension: int


class JobCounts(Schema):
    """How many of one's own jobs are in each state."""

    pending: int
    running: int
    failed: int


class WorkerStatus(Schema):
    """Whether somebody makes new pictures searchable."""

    state: Presence = Field(
        description="`unknown`: this server was started a moment ago, and has heard of none."
    )


class Status(Schema):
    """How the appliance is, and one's own part of it."""

    version: str
    volume: VolumeStatus
    model: ModelInfo | None = Field(description="Null: nothing can be searched now.")
    model_absence: Absence | None = Field(description="Why there is no model; null where there is one.")
    worker: WorkerStatus
    jobs: JobCounts
    assets: int = Field(description="One's own, the trash not counted.")
