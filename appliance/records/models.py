"""A model as the library knows it, and as it is presented to people."""

from dataclasses import dataclass
from enum import StrEnum


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
