"""A model as the library knows it, and as it is presented to people."""

from dataclasses import dataclass
from enum import StrEnum

#: Precisions whose vectors differ from the exact ones by more than rounding.
LESS_EXACT = frozenset({"bf16", "int8", "int4"})


class SetState(StrEnum):
    """What happens to the set of a model's vectors."""

    #: Pictures that lack a vector get one in the background; new ones get one as well.
    FILLING = "filling"
    #: Every picture has had its turn; new ones get a vector as they come.
    READY = "ready"
    #: Nothing is added; what is there stays.
    PAUSED = "paused"
    #: On its way out.
    DROPPING = "dropping"


@dataclass(frozen=True, slots=True)
class Model:
    """A model whose vectors are or were kept in the library."""

    id: int
    #: Hash over everything that shapes a vector: weights, preprocessing, tokenizer.
    identity: str
    #: ``starter``, or the name of a folder in MODELS_PATH.
    name: str
    #: Numbers in one vector.
    dimension: int
    #: ``fp32``, ``fp16``, ``bf16`` or ``int8``: what the encoders compute with.
    precision: str = "fp32"
    state: SetState = SetState.READY


@dataclass(frozen=True, slots=True)
class SetStatus:
    """How full the set of a model is, and what it is to the library."""

    model: Model
    #: Whether it answers searches.
    active: bool
    #: Whether it did before the active one, so that an undo goes back to it.
    previous: bool
    #: Assets in the library, trash included.
    assets: int
    #: Assets that have a vector of this model.
    vectors: int
    #: Pieces of work that are to be done.
    waiting: int
    #: Pieces of work that were given up.
    failed: int
    #: Vectors made per second, lately.
    per_second: float
    #: Whether it has an approximate index.
    indexed: bool

    @property
    def coverage(self) -> float:
        """The share of assets that have a vector, 0 to 1."""
        return self.vectors / self.assets if self.assets else 1.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the latest rate; None when nothing was done lately."""
        if not self.waiting:
            return 0.0
        return self.waiting / self.per_second if self.per_second > 0 else None


@dataclass(frozen=True, slots=True)
class Card:
    """What people are told about a model."""

    name: str
    title: str
    #: One sentence on what it is good and bad at; empty when nothing is known.
    description: str
    #: Languages that it understands, as ISO 639-1 codes; empty when its folder doesn't say.
    languages: tuple[str, ...]
    #: Licence of the weights; empty when its folder doesn't say.
    licence: str
    dimension: int
    #: ``fp32``, ``fp16``, ``bf16`` or ``int8``: what its encoders compute with.
    precision: str = "fp32"
