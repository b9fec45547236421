"""Bodies about models and their sets of vectors."""

from pydantic import Field

from appliance.records.models import SetState, SetStatus
from appliance.records.search import Comparison as ComparisonRecord
from web.schemas.base import Schema
from web.schemas.search import SearchHit

_NAME = Field(min_length=1, max_length=200, description="The model's name.")


class ModelSet(Schema):
    """How full the set of a model is, and what it is to the library."""

    name: str
    identity: str = Field(description="Hash over everything that shapes a vector.")
    dimension: int
    precision: str
    state: SetState
    active: bool = Field(description="Whether it answers searches.")
    previous: bool = Field(description="Whether an undo goes back to it.")
    assets: int
    vectors: int
    waiting: int = Field(description="Pictures whose vector is still to be made.")
    failed: int = Field(description="Pictures that no vector could be made of.")
    per_second: float = Field(description="Vectors made per second, lately.")
    seconds_left: float | None = Field(description="At that rate; null: nothing was done lately.")
    indexed: bool = Field(description="Whether it has an approximate index.")

    @classmethod
    def of(cls, status: SetStatus) -> "ModelSet":
        """The body for this set."""
        model = status.model
        return cls(
            name=model.name,
            identity=model.identity,
            dimension=model.dimension,
            precision=model.precision,
            state=model.state,
            active=status.active,
            previous=status.previous,
            assets=status.assets,
            vectors=status.vectors,
            waiting=status.waiting,
            failed=status.failed,
            per_second=status.per_second,
            seconds_left=status.seconds_left,
            indexed=status.indexed,
        )


class ModelName(Schema):
    """Which model."""

    name: str = _NAME


class ModelFill(Schema):
    """Which model is to have a set."""

    name: str = _NAME
    unmeasured: bool = Field(
        False, description="Also a model in 8 bits or less of which nobody has measured how far it agrees."
    )


class ModelSwitch(Schema):
    """Which model is to answer."""

    name: str = _NAME
    anyway: bool = Field(
        False, description="Also when it lacks pictures, which are not found until it has them."
    )


class ModelUndo(Schema):
    """Back to the model that answered before."""

    anyway: bool = Field(
        False, description="Also when it lacks pictures, which are not found until it has them."
    )


class CompareBody(Schema):
    """Two models and what to look for."""

    models: list[str] = Field(min_length=2, max_length=2, description="The names of two models with a set.")
    queries: list[str] = Field(
        default_factory=list, max_length=100, description="Left out: one's own saved searches."
    )
    limit: int = Field(10, ge=1, le=100)


class Comparison(Schema):
    """What two models found for the same words, each best first."""

    query: str
    shared: int = Field(description="How many assets both found.")
    one: list[SearchHit]
    other: list[SearchHit]

    @classmethod
    def of(cls, found: ComparisonRecord) -> "Comparison":
        """The body for this comparison."""
        return cls(
            query=found.query,
            shared=found.shared,
            one=[SearchHit.of(hit) for hit in found.one],
            other=[SearchHit.of(hit) for hit in found.other],
        )
