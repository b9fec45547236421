"""What somebody wrote into the search box, taken apart: words with weights, and clauses that narrow."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Words:
    """Words that belong together; a negative weight means "not that"."""

    text: str
    weight: float = 1.0
    #: Whether they were written in quotes: as they stand, in this order.
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """``field:value`` or ``field:one,other``, any of which will do; negated: none of them will."""

    name: str
    values: tuple[str, ...]
    negated: bool = False
    #: Where it was written, as character positions; no part of what it says.
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A part of what was written that can't be understood; the rest is searched for all the same."""

    #: Character positions in what was written, the second one behind the last character.
    start: int
    end: int
    #: What is wrong, a name that does not change: ``quote.open``, ``filter.unknown`` and so on.
    code: str
    #: What would have been understood, as it would be written; empty where nothing comes near.
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was written, in its order."""

    parts: tuple[Words | Clause, ...]
    flaws: tuple[Flaw, ...] = ()
    #: How long the text was, characters; no part of what it says.
    length: int = field(default=0, compare=False)

    @property
    def words(self) -> tuple[Words, ...]:
        """What is looked for."""
        return tuple(part for part in self.parts if isinstance(part, Words))

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What the answer is narrowed to."""
        return tuple(part for part in self.parts if isinstance(part, Clause))
