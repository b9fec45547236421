"""What all request and response bodies have in common."""

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """A body or a set of query parameters: unknown names are refused, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)
