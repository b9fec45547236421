"""A model as the library knows it, and as it is presented to people."""

from dataclasses import dataclass


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
