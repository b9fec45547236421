"""Bodies of the health checks."""

from pydantic import Field

from web.schemas.base import Schema


class Live(Schema):
    """The process answers."""

    status: str = Field("ok", description="Always `ok`.")


class PartState(Schema):
    """One part that the server needs."""

    name: str = Field(description="`database`, `queue`, `volume`, `model` or `listener`.")
    ready: bool
    needed: bool = Field(description="Whether the server is not ready without it.")
    detail: str = Field(description="What is wrong, or an empty string.")


class Ready(Schema):
    """Whether requests can be served now."""

    ready: bool
    missing: list[str] = Field(description="Names of the parts that are not there.")
    parts: list[PartState]
