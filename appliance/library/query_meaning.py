"""What a query of the search box means: words to look for, and a filter; and the query that means a given filter.

Several values of one clause are alternatives, several clauses hold together, and ``-`` before one turns it round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from appliance.library.query_syntax import read_query, write_query
from appliance.library.query_values import NotUnderstood, read_value, write_value
from appliance.records.query import Clause, Flaw, Query, Words
from appliance.records.search import And, Filter, Not, Or, Term, TextTerm

#: More words and phrases than these no search has.
MAX_TERMS = 20
#: More values of clauses than these no query has.
MAX_VALUES = 60
#: What "not that" counts, where what is wanted counts 1: at full weight it takes more of what fits away than of what
#: does not.
_NOT_THAT = 0.5
#: The smallest weight that can be written.
_LEAST_WEIGHT = 1e-6


@dataclass(frozen=True, slots=True)
class Understood:
    """What a query means: what is looked for, what that is narrowed to, and what could not be understood."""

    terms: tuple[TextTerm, ...]
    where: And
    flaws: tuple[Flaw, ...]


def understand(query: Query, *, today: date) -> Understood:
    """The query's meaning; never fails.

    A value that says nothing is a flaw and is left out, a clause of which no value is left with it; the rest counts.
    """
    flaws = list(query.flaws)
    terms = [TextTerm(words.text, _weight(words.weight), words.quoted) for words in query.words]
    if len(terms) > MAX_TERMS:
        flaws.append(Flaw(0, query.length, "words.many"))
    parts: list[Filter] = []
    left = MAX_VALUES
    for clause in query.clauses:
        if left < len(clause.values):
            flaws.append(Flaw(clause.start, clause.end, "filter.many"))
            break
        left -= len(clause.values)
        part = _meaning(clause, today, flaws)
        if part is not None:
            parts.append(part)
    return Understood(tuple(terms[:MAX_TERMS]), And(tuple(parts)), tuple(sorted(flaws, key=_place)))


def read_meaning(text: str, *, today: date) -> Understood:
    """The meaning of a text as it was written into the box; never fails."""
    return understand(read_query(text), today=today)


def query_of(terms: Sequence[Term], where: Filter) -> Query:
    """The query that means these terms and this filter. Terms without words have no place in a query.

    Raises:
        ValueError: the filter has parts within parts, or values, that no query can say.
    """
    parts: list[Words | Clause] = [_words(term) for term in terms if isinstance(term, TextTerm)]
    clauses = [_clause(part) for part in _flat(where)]
    read = read_query(write_query(Query(tuple(clauses))))
    if understand(read, today=date.min).where != And(tuple(_flat(where))):
        raise ValueError("no query says this filter")
    return Query((*parts, *clauses))


def _meaning(clause: Clause, today: date, flaws: list[Flaw]) -> Filter | None:
    found: list[Filter] = []
    for value in clause.values:
        try:
            found.append(read_value(clause.name, value, today))
        except NotUnderstood as error:
            meant = f"{'-' if clause.negated else ''}{error.meant}" if error.meant else ""
            flaws.append(Flaw(clause.start, clause.end, error.code, meant))
    if not found:
        return None
    either = found[0] if len(found) == 1 else Or(tuple(found))
    return Not(either) if clause.negated else either


def _weight(written: float) -> float:
    return written if written > 0 else written * _NOT_THAT


def _place(flaw: Flaw) -> tuple[int, int]:
    return flaw.start, flaw.end


def _words(term: TextTerm) -> Words:
    text = " ".join(term.text.split())
    written = term.weight if term.weight > 0 else term.weight / _NOT_THAT
    weight = round(written, 6) or (_LEAST_WEIGHT if term.weight > 0 else -_LEAST_WEIGHT)
    plain = Words(text, weight)
    if not term.quoted and read_query(write_query(Query((plain,)))).parts == (plain,):
        return plain
    return Words(text, weight, quoted=True)


def _flat(where: Filter) -> list[Filter]:
    if isinstance(where, And):
        return [part for each in where.of for part in _flat(each)]
    return [where]


def _clause(part: Filter) -> Clause:
    if isinstance(part, Not):
        if isinstance(part.of, Not):
            raise ValueError("no query says the opposite of an opposite")
        clause = _clause(part.of)
        return Clause(clause.name, clause.values, negated=True)
    leaves = part.of if isinstance(part, Or) else (part,)
    said = [write_value(leaf) for leaf in leaves if not isinstance(leaf, And | Or | Not)]
    names = {name for name, _ in said}
    if len(said) < len(leaves) or len(names) != 1:
        raise ValueError("no query says this choice")
    return Clause(names.pop(), tuple(value for _, value in said))
