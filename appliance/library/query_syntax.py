"""The query syntax of the search box, read and written.

``red bike -helmet``, ``2*beach + sunset``, ``"old town" tag:holiday,sea -folder:Work before:2024``: words that follow
one another belong together, ``+`` begins anew, quotes hold a phrase together, ``-`` means "not that", a number and
``*`` give a weight, and ``name:value`` narrows. Whatever is written is read: what can't be understood is told with
its place, and the rest counts.
"""

import difflib
import re
from collections.abc import Iterator, Sequence

from appliance.records.query import Clause, Flaw, Query, Words

#: The clauses that there are. What their values mean is not decided here.
FIELDS = (
    "album",
    "after",
    "before",
    "camera",
    "expires",
    "folder",
    "is",
    "larger",
    "lens",
    "name",
    "orientation",
    "owner",
    "rating",
    "smaller",
    "tag",
    "type",
    "uploaded",
    "year",
)

#: A weight is at most this; more would drown all else.
MAX_WEIGHT = 10.0

#: Any of them opens and closes: keyboards differ, and so do countries.
_QUOTES = '"“”„‟«»'
#: A hyphen, and what telephones make of it.
_MINUS = "-−–"
_WEIGHT = re.compile(r"(\d{1,6}(?:[.,]\d{1,6})?)\s*\*\s*(?=\S)")
_FIELD = re.compile(r"([A-Za-z]{1,30}):")
_BARE = re.compile(rf"[^\s,{_QUOTES}]+")
_ESCAPED = re.compile(rf"[\\{_QUOTES}]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def read_query(text: str) -> Query:
    """What was written, taken apart; never fails."""
    return _Reader(_CONTROL.sub(" ", text)).read()


def write_query(query: Query) -> str:
    """The query as it would be written: reading it again gives the same parts."""
    return " ".join(_written(query.parts))


def _written(parts: Sequence[Words | Clause]) -> Iterator[str]:
    in_run = False
    for part in parts:
        if isinstance(part, Clause):
            values = ",".join(_value(value) for value in part.values)
            yield f"{'-' if part.negated else ''}{part.name}:{values}"
            continue
        if in_run and not part.quoted and part.weight == 1:
            yield "+"
        yield _factor(part.weight) + (_quoted(part.text) if part.quoted else part.text)
        if part.weight > 0:
            in_run = not part.quoted


def _factor(weight: float) -> str:
    sign = "-" if weight < 0 else ""
    return sign if abs(weight) == 1 else f"{sign}{abs(weight):.6f}".rstrip("0").rstrip(".") + "*"


def _value(value: str) -> str:
    return value if _BARE.fullmatch(value) else _quoted(value)


def _quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(r"\\\g<0>", text) + '"'


class _Reader:
    """Reads one query from its first character to its last."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._parts: list[Words | Clause] = []
        self._flaws: list[Flaw] = []
        self._run: list[str] = []
        self._run_weight = 1.0
        #: Where among the parts the run of words began.
        self._run_place = 0

    def read(self) -> Query:
        while self._skip_blanks():
            if self._lone("+"):
                self._end_run()
            elif not self._lone(_MINUS):
                self._read_part()
        self._end_run()
        return Query(tuple(self._parts), tuple(self._flaws), len(self._text))

    def _read_part(self) -> None:
        start = self._at
        if self._text[start] == "+":
            self._at += 1
            self._end_run()
        negated = self._text[self._at] in _MINUS and self._has_more(1)
        if negated:
            self._at += 1
        weight = self._read_weight()
        if self._read_clause(start, negated=negated, weighted=weight is not None):
            return
        factor = weight if weight is not None else 1.0
        if self._text[self._at] in _QUOTES:
            self._add(
                " ".join(self._read_quoted().split()), -factor if negated else factor, start, quoted=True
            )
        elif negated:
            self._add(self._read_word(), -factor, start)
        else:
            if weight is not None:
                self._end_run()
            self._run_on(self._read_word(), factor, start)

    def _run_on(self, word: str, factor: float, start: int) -> None:
        if not self._run:
            if not self._weighs(factor, start):
                return
            self._run_place, self._run_weight = len(self._parts), factor
        self._run.append(word)

    def _end_run(self) -> None:
        if self._run:
            self._parts.insert(self._run_place, Words(" ".join(self._run), self._run_weight))
            self._run = []

    def _add(self, text: str, factor: float, start: int, *, quoted: bool = False) -> None:
        if factor > 0:
            self._end_run()
        if text and self._weighs(factor, start):
            self._parts.append(Words(text, factor, quoted))

    def _weighs(self, factor: float, start: int) -> bool:
        if factor == 0:
            self._flaw(start, "weight.zero", "")
        return factor != 0

    def _read_word(self) -> str:
        start = self._at
        while self._has_more() and not self._text[self._at].isspace() and self._text[self._at] not in _QUOTES:
            self._at += 1
        return self._text[start : self._at]

    def _read_weight(self) -> float | None:
        found = _WEIGHT.match(self._text, self._at)
        if found is None:
            return None
        start, self._at = self._at, found.end()
        weight = float(found.group(1).replace(",", "."))
        if weight > MAX_WEIGHT:
            self._flaw(start, "weight.large", f"{MAX_WEIGHT:g}*")
        return min(weight, MAX_WEIGHT)

    def _read_quoted(self) -> str:
        start = self._at
        said: list[str] = []
        self._at += 1
        while self._has_more():
            sign = self._text[self._at]
            self._at += 1
            if sign in _QUOTES:
                return "".join(said)
            if sign == "\\" and self._has_more():
                sign = self._text[self._at]
                self._at += 1
            said.append(sign)
        self._flaw(start, "quote.open", '"')
        return "".join(said)

    def _read_clause(self, start: int, *, negated: bool, weighted: bool) -> bool:
        """Read a clause where one begins; a word that only looks like one stays where it is."""
        found = _FIELD.match(self._text, self._at)
        if found is None:
            return False
        name = found.group(1).lower()
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, 1, cutoff=0.75)
            if near:
                self._at, before = found.end(), self._at
                self._flaw(start, "filter.unknown", f"{near[0]}:")
                self._at = before
            return False
        self._at = found.end()
        values = tuple(self._read_values())
        if weighted:
            self._flaw(start, "filter.weight", f"{name}:")
        if values:
            self._parts.append(Clause(name, values, negated, start, self._at))
        else:
            self._flaw(start, "filter.empty", f"{name}:…")
        return True

    def _read_values(self) -> Iterator[str]:
        while self._skip_blanks():
            if self._text[self._at] in _QUOTES:
                yield self._read_quoted()
            elif found := _BARE.match(self._text, self._at):
                self._at = found.end()
                yield found.group()
            if not self._has_more() or self._text[self._at] != ",":
                return
            self._at += 1

    def _skip_blanks(self) -> bool:
        """Go on to the next character that is not blank; whether there is one."""
        while self._has_more() and self._text[self._at].isspace():
            self._at += 1
        return self._has_more()

    def _lone(self, signs: str) -> bool:
        """Pass by one of these signs where it stands alone; whether one did."""
        alone = self._text[self._at] in signs and not (
            self._has_more(1) and not self._text[self._at + 1].isspace()
        )
        self._at += alone
        return alone

    def _has_more(self, ahead: int = 0) -> bool:
        return self._at + ahead < len(self._text)

    def _flaw(self, start: int, code: str, meant: str) -> None:
        self._flaws.append(Flaw(start, self._at, code, meant))
