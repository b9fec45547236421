"""The body that tells a person how the appliance is."""

from typing import Literal

from pydantic import Field

from web.schemas.base import Schema


class VolumeStatus(Schema):
    """How the storage volume is."""

    state: Literal["online", "missing", "foreign"]
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


class Status(Schema):
    """How the appliance is, and one's own part of it."""

    version: str
    volume: VolumeStatus
    model: ModelInfo | None = Field(description="Null: nothing can be searched now.")
    jobs: JobCounts
    assets: int = Field(description="One's own, the trash not counted.")
